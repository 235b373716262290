"""Names of persons, apart from desks, agencies, roles and outlets."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; words of many scripts

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from crawler.extract.desks import AGENCIES, DESK, desk_in, is_initials

MAX_AUTHORS = 12
_MAX_CHARS = 60
_BY = re.compile(
    r"^\s*(?:written\s+by|story\s+by|reported\s+by|report\s+by|posted\s+by|published\s+by|words\s+by|text\s+by|by|"
    r"author|authors|auteurs?|autrice|interview|erstellt\s+von|veröffentlicht\s+von|publiziert\s+von|verfasst\s+von|"
    r"(?:zeige\s+)?alle\s+(?:beiträge|artikel)\s+von|view\s+all\s+posts\s+by|artikel\s+von|publicado\s+por|"
    r"geschrieben\s+von|ein\s+artikel\s+von|ein\s+beitrag\s+von|ein\s+kommentar\s+von|eingestellt\s+von|von|"
    r"autor(?:en|in|e|es|as)?|publié\s+par|écrit\s+par|propos\s+recueillis\s+par|par|escrito\s+por|publicado\s+por|"
    r"redactado\s+por|por|scritto\s+da|a\s+cura\s+di|articolo\s+di|di|da|door|av|af|tekst|text|texte|texto|testo|"
    r"автор|автори|авторы|текст|od|autorzy|opracował|opracowała|przez|napsal|yazan|haber|εφημ|του|της|από|"
    r"نویسنده|نوشته|گزارش\s*از|به\s+قلم|بقلم|كتب|كتبت|بواسطة|מאת|文|記者|作者|编辑|投稿者|oleh|penulis|bởi|tác\s+giả)"
    r"(?:\s*[:：/]\s*|\s+(?=\S))",
    re.IGNORECASE,
)
_GLUED_BY = re.compile(r"^\s*(?:By|Von|Par|Por|Author|Autor|Auteur)(?=[A-Z][a-zà-ÿ]+\s+[A-Z])")
_SPLIT = re.compile(
    r"\s*(?:[;|•·\n\t]|\s/\s|(?<=[^\W\d])/(?=[^\W\d])|,\s|،|、|\s+&amp;\s+|\s+&\s+|\s+\+\s+|"
    r"\s[-–—]\s|\s(?:im\s+Gespräch\s+mit|in\s+conversation\s+with|interviewed\s+by|and|und|et|y|e|en|og|och|i|и|та|ja|ve|și|a|и|και|و|ו)\s(?=\S))\s*"
)
_HEBREW_AND = re.compile(r"\s+ו(?=[\u05d0-\u05ea]{2,}\s)")
_ARABIC_AND = re.compile(r"\s+و(?=[\u0621-\u064a]{3,}\s)")
_SUFFIX = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "mba", "dr", "ph.d", "m.d"}
_BAD = re.compile(
    r"[@#\d<>{}\[\]=_\\!?…]|https?:|www\.|\.(?:com|org|net|de|co|fr|it|es|info|eu|at|ch|uk)\b", re.IGNORECASE
)
_CLOCK_TAIL = re.compile(
    r"\s*(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Okt|Dez|Mai)[a-z]*\.?\s*)?"
    r"(?:(?<!\w)\d|\d{1,2}[.:/]\s?\d|(?:Stand|Published|Updated|Posted|Aktualisiert|Veröffentlicht|Publicado|Actualizado|"
    r"Publié|Pubblicato)\b|(?:Mo|Di|Mi|Do|Fr|Sa|So|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b\.?$).*$"
)
_ROLE_TAIL = re.compile(
    r"\s*(?:[,(|–—]|\s-\s)\s*(?:.*\b(?:editor|reporter|correspondent|columnist|writer|journalist|contributor|producer|"
    r"redakteur\w*|korrespondent\w*|volont\w+|autor\w*|analyst|staff|special to|bureau|press|news|author|reuters|afp|"
    r"ap|dpa|"
    r"director|professor|lecturer|fellow|chief|head|leiter\w*|for the|of the|in)\b.*)$",
    re.IGNORECASE,
)
_GLUED_ROLE = re.compile(
    r"(?<=[a-zà-ÿ])(?:Redakteur|Redaktor|Korrespondent|Correspondent|Reporter|Editor|Journalist|Columnist|Volont[äa]r)\w*.*$"
)
_WHEN_TAIL = re.compile(
    r"\s+(?:am|on|vom|le|el|il|den|um|at|—|–|-)\s+(?:\d|(?:Jan|Feb|Mar|Mär|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|"
    r"Dez)[a-zä]*\.?\s+\d|(?:Mo|Di|Mi|Do|Fr|Sa|So|Tu|We|Th|Su|Lu|Ma|Me|Je|Ve)\w*\b).*$"
)
_PARTICLES = frozenset(
    [
        "de", "da", "di", "do", "dos", "das", "du", "des", "del", "della", "van", "von", "der", "den", "ten", "ter",
        "la", "le", "el", "al", "bin", "ibn", "ben", "bint", "abu", "zu", "zur", "zum", "af", "av", "y", "e", "und",
        "i",
    ]
)  # fmt: skip
_HANDLE = re.compile(r"\(?@\w+\)?")
_PEN_NAME = re.compile(r"^[^\W\d_][\w’'-]*$")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_ASCII_GAPS = {code: " " for code in range(128) if not _WORD.match(chr(code))}
_UNCASED = re.compile(r"[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]")
_CJK = re.compile(r"^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af・\s]{2,12}$")
_STOP = frozenset(
    [
        "the", "this", "that", "with", "for", "from", "when", "what", "how", "why", "who", "is", "are", "was", "were",
        "has", "have", "had", "not", "but", "you", "your", "our", "we", "they", "it", "in", "on", "at", "as", "to",
        "of", "or", "if", "der", "die", "das", "ein", "eine", "und", "ist", "sind", "für", "mit", "auf", "les", "une",
        "est", "dans", "pour", "que", "los", "las", "una", "es", "más", "mehr", "more", "our", "an",
    ]
)  # fmt: skip


def key(name: str) -> str:
    """A name without case, accents and punctuation."""
    if name.isascii():
        return " ".join(name.lower().translate(_ASCII_GAPS).split())
    return " ".join(_WORD.findall(folded(name)))


def folded(text: str) -> str:
    """A text without case and accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        for mark in filter(unicodedata.combining, set(text)):
            text = text.replace(mark, "")  # a few marks, each sooner than one table of them all
    return text.casefold()


def without_by(text: str) -> tuple[str, bool]:
    """A line without its "By", in a dozen languages, and whether it had one."""
    if found := (_BY.match(text) or _GLUED_BY.match(text)):
        rest = text[found.end() :].strip()
        again = _BY.match(rest)
        return (rest[again.end() :].strip() if again else rest), True
    return text, False


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs: persons apart from desks, agencies and outlets, each in the order of the byline."""

    persons: tuple[str, ...]
    desks: tuple[str, ...] = ()


def persons_in(text: str, outlet_names: Iterable[str] = (), *, is_marked: bool = False) -> list[str]:
    """Persons named by a byline; see `signers_in`."""
    return list(signers_in(text, outlet_names, is_marked=is_marked).persons)


def signers_in(text: str, outlet_names: Iterable[str] = (), *, is_marked: bool = False) -> Signers:
    """Persons and desks named by a byline, in its order: split at commas, "and" and the like; roles and e-mail
    addresses left out, desks, agencies and the outlet's own names apart. Empty when none is plausible. With
    `is_marked`, for text that the page marks up as the author, a single word may be a (pen) name.
    """
    text, _ = without_by(_HANDLE.sub(" ", " ".join(text[:500].split())))
    text = re.sub(r"\([^)]{0,80}\)", " ", text)
    text = _HEBREW_AND.sub(", ", _ARABIC_AND.sub(", ", text))
    own = _keys_of(tuple(outlet_names))
    found: list[str] = []
    desks: dict[str, str] = {}
    parts = _SPLIT.split(text)
    for index, part in enumerate(parts):
        name = _clean(part)
        fits = is_person(name) or (is_marked and not index and _starts(part, name) and is_pen_name(name))
        if fits and not _is_outlet(name, own):
            if key(name) not in map(key, found):
                found.append(name)
        elif found and key(part) in _SUFFIX:
            found[-1] = f"{found[-1]} {part.strip()}"
        elif desk := desk_in(_CLOCK_TAIL.sub("", part), own, key(part), is_marked=is_marked):
            desks.setdefault(key(desk), desk)
    return Signers(tuple(found[:MAX_AUTHORS]), tuple(desks.values())[:MAX_AUTHORS])


@lru_cache(maxsize=5_000)
def _keys_of(outlet_names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(key, outlet_names)) - {""}


def _starts(part: str, name: str) -> bool:
    """Whether a name is all of a part, but for its "By" and a date that follows."""
    rest = without_by(part.strip())[0]
    return rest == name or bool(_WHEN_TAIL.match(rest.removeprefix(name)))


def is_pen_name(name: str) -> bool:
    """Whether a single word can be what somebody signs with."""
    return bool(
        3 <= len(name) <= 20
        and _PEN_NAME.match(name)
        and not DESK.search(name.replace("_", " "))
        and not is_initials(name)
        and key(name) not in AGENCIES
        and name.casefold() not in _STOP
    )


def _is_outlet(name: str, own: frozenset[str]) -> bool:
    """Whether a name is the outlet's: as a whole, written together, by its initials (Deutsche Welle, DW), or with
    its initials before something else (MDR Aktuell).
    """
    name_key = key(name)
    squeezed = name_key.replace(" ", "")
    initials = "".join(word[0] for word in name_key.split())
    first = name.split(maxsplit=1)[0]
    begins = len(first) >= 3 and first.isupper() and key(first) in own and (len(first) <= 4 or not name.isupper())
    return begins or any(squeezed == o.replace(" ", "") or (1 < len(o) <= 4 and o == initials) for o in own)


def is_person(name: str) -> bool:
    """Whether a string can be the name of a person: two to five words that begin like names, none of a desk."""
    if not 3 <= len(name) <= _MAX_CHARS or _BAD.search(name) or DESK.search(name):
        return False
    if _CJK.match(name):
        return True
    words = [w for w in re.split(r"[\s\u200c]+", name) if w]
    if not 2 <= len(words) <= 6 or any(key(w) in AGENCIES or w.casefold() in _STOP for w in words):
        return False
    if _UNCASED.search(name):
        return all(_UNCASED.search(w) or len(w) <= 2 for w in words)
    cased = [w for w in words if w not in _PARTICLES]  # "Ben" begins a name, "ben" stands within one
    return len(cased) >= 2 and all(w[0].isupper() or w[:2] in ("d'", "d’", "al") for w in cased)


def _clean(part: str) -> str:
    part = _GLUED_ROLE.sub("", _CLOCK_TAIL.sub("", _WHEN_TAIL.sub("", _ROLE_TAIL.sub("", part))))
    part, _ = without_by(part)
    return part.strip(" \t,;:.·|-–—*\"“”„'’").strip()


_DIRECTION = re.compile(r"[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def proper_case(name: str) -> str:
    """Turns "ANNA AHRONHEIM" into "Anna Ahronheim"; a name that is not all capitals stays as it is, without the
    marks of direction that pages in right-to-left scripts put around it.
    """
    name = _DIRECTION.sub("", name)
    if not name.isupper() or len(name) < 5:
        return name
    return re.sub(r"[^\W\d_]+", lambda m: m[0][0] + m[0][1:].lower(), name)
