"""Lines of an extracted body that are no part of the article, and the credit line among them."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; words of many scripts

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.extract.closing import without_closing
from crawler.extract.moments import read_date
from crawler.extract.persons import persons_in, without_by
from crawler.extract.prompts import is_prompt
from crawler.extract.prose import tells
from crawler.extract.title import key

_ABOUT = re.compile(
    r"^\W*(?:about|über|à propos de|sobre|chi siamo|o nas|درباره|אודות|عن)\s+(?P<who>.{2,60})$", re.IGNORECASE
)
_CAPTION = re.compile(
    r"\((?:[^()]{0,60}\b)?(?:photo|foto|image|credit|getty|reuters|afp|ap|epa|dpa|ap photo|fars|shutterstock|"
    r"screenshot|"
    r"courtesy|wikimedia|flickr|file|handout|tasnim|irna|xinhua|anadolu|alamy|instagram|twitter|"
    r"facebook)\b[^()]{0,60}\)\W*$"
    r"|(?:photo|foto|image|credit|picture)s?\s*(?:by|:|credit)\s*.{2,60}$|(?:/|\|)\s*(?:getty images|afp|reuters|"
    r"shutterstock|epa|dpa)\W*$"
    r"|\((?:AP|AFP|EPA|Reuters|Getty|TASS)[^()]{0,40}\)$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"^\W*(?:source|sources|via|originally published (?:by|in|on|at)|first published (?:by|in|on|at)|credit|quelle|"
    r"fuente|fonte|bron|źródło|источник|المصدر|منبع|מקור)\s*[:：]?\s+(?P<name>[^.]{2,60})\W*$",
    re.IGNORECASE,
)
_TEASER_MARK = re.compile(r"^\W+|\s*[\[(][A-Z ]+[\])]\W*$|\W+$")
_BIO = re.compile(
    r"\b(?:is|was|has been|ist|es|est|è|works?|writes?|covers?|joined|reports?|arbeitet|schreibt)\b", re.IGNORECASE
)
_LABEL_CHARS = 26
_MAX_DRESS = 200  # signs and a label around the text of a link
_MENU_LINES = 5
_BIO_LINES = 4
_CREDIT_LINES = 12
_MIN_DISTINCT = 0.4  # a page that shows its text twice has half
_END = re.compile(r"[.!?…:;”\"»)\]。！？؟]\s*$")
_WORDED = re.compile(r"\w")
_TOP_LINES = 4
_KICKER_CHARS = 20
_SHORT = 160
_PARAGRAPH_CHARS = 100
_NO_KICKER = re.compile(r"[,\-–—]\W*$|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # "Dear reader," "BERLIN -"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """A body without what is no part of it."""

    paragraphs: tuple[str, ...]
    credit: str | None = None
    written: str | None = None  # ISO day of a date line at the top of the text
    dropped: tuple[tuple[str, str], ...] = ()  # (why, line)


def trim(
    paragraphs: Sequence[str],
    *,
    titles: Sequence[str],
    authors: Sequence[str],
    outlet_names: Sequence[str],
    captions: frozenset[str],
    links: frozenset[str],
) -> Trimmed:
    """The article's own paragraphs.

    `titles` are the headline and its other forms, `captions` what the page marks as such, `links` the texts of its
    links. Dropped are captions, byline and date lines at the top, the title again, lines that are nothing but
    links elsewhere, prompts to read, share or subscribe, menus at either end, "About ..." blocks and biographies
    of the authors at the end, lines that repeat one before, and the credit line, which is returned.
    """
    dropped: list[tuple[str, str]] = []
    kept = _without_repeats(paragraphs, dropped)
    kept = [p for p in kept if not _drop_if(p in captions, "caption", p, dropped)]
    kept = without_closing(kept, authors, links, dropped)
    kept = [p for p in kept if not _drop_if(not _WORDED.search(p), "rule", p, dropped)]
    kept = [p for p in kept if not _drop_if(is_prompt(p), "prompt", p, dropped)]
    pointers = _Pointers(links)
    kept = [rest for p in kept if (rest := _without_links(p, pointers, dropped))]
    kept = _without_menu(kept, dropped)
    kept, written = _trim_top(kept, titles, outlet_names, dropped)
    kept, credit = _trim_end(kept, authors, outlet_names, dropped)
    return Trimmed(paragraphs=tuple(kept), credit=credit, written=written, dropped=tuple(dropped))


class _Pointers:
    """The texts of a page's links, to ask whether a line is one of them, with signs and a label around it."""

    def __init__(self, links: frozenset[str]) -> None:
        self.links = links
        self._longest = max(map(len, links), default=0) + _MAX_DRESS
        self._shortest = min(map(len, links), default=0)
        self._beginnings = {text[: self._shortest] for text in links}

    def hold(self, line: str) -> bool:
        """Whether a line is a link's text; what does not begin as one of them is not undressed."""
        if line in self.links:
            return True
        if not self.links or len(line) > self._longest or not (start := _WORDED.search(line)):
            return False
        begins_so = line[start.start() : start.start() + self._shortest] in self._beginnings
        return begins_so and _TEASER_MARK.sub("", line) in self.links


def _without_links(paragraph: str, pointers: _Pointers, dropped: list[tuple[str, str]]) -> str:
    """A paragraph without items that are links as a whole; empty when it is one itself."""
    items = paragraph.split("\n")
    if len(items) == 1 and not paragraph.startswith("- "):
        return "" if _drop_if(pointers.hold(paragraph), "link", paragraph, dropped) else paragraph
    others = [item for item in items if item.removeprefix("- ") not in pointers.links]
    if 2 * len(others) >= len(items):
        return paragraph
    dropped.append(("links", paragraph[:80]))
    return "\n".join(others) if len(others) > 1 else ""


def _without_menu(kept: list[str], dropped: list[tuple[str, str]]) -> list[str]:
    """The lines without a run of labels at either end."""
    start = next((i for i, line in enumerate(kept) if not _is_label(line)), len(kept))
    end = next((i for i, line in enumerate(reversed(kept)) if not _is_label(line)), 0)
    start, end = (start if start >= _MENU_LINES else 0), (end if end >= _MENU_LINES else 0)
    if start == len(kept):
        return kept
    dropped.extend(("menu", line[:80]) for line in (*kept[:start], *kept[len(kept) - end :]))
    return kept[start : len(kept) - end]


def _is_label(line: str) -> bool:
    return len(line) < _LABEL_CHARS and "\n" not in line and not _END.search(line)


def _drop_if(is_dropped: bool, why: str, line: str, dropped: list[tuple[str, str]]) -> bool:
    if is_dropped:
        dropped.append((why, line[:80]))
    return is_dropped


def _without_repeats(paragraphs: Sequence[str], dropped: list[tuple[str, str]]) -> list[str]:
    seen: set[str] = set()
    kept = []
    keys = [paragraph.casefold() for paragraph in paragraphs]
    if sum(map(len, set(keys))) < _MIN_DISTINCT * sum(map(len, keys)):
        return list(paragraphs)  # a refrain or a sample text: the repeats are what the page holds
    for paragraph, text in zip(paragraphs, keys, strict=True):
        if len(text) > 25 and text in seen:
            dropped.append(("repeat", paragraph[:80]))
            continue
        seen.add(text)
        kept.append(paragraph)
    return kept


def _trim_top(
    kept: list[str], titles: Sequence[str], names: Sequence[str], dropped: list[tuple[str, str]]
) -> tuple[list[str], str | None]:
    """Title, caption, byline and date lines among the first lines; the day that a date line names."""
    written: str | None = None
    title_keys = [key(t) for t in titles]
    top = kept[:_TOP_LINES]
    rest: list[str] = []
    for line in top:
        why = _top_reason(line, title_keys, names, is_first=not rest)
        if why == "date line" and written is None and (reading := read_date(line)):
            written = reading.day.isoformat()
        if why:
            dropped.append((why, line[:80]))
        else:
            rest.append(line)
    below = kept[len(top) :]
    while rest and _is_kicker(rest[0], (rest + below)[1:2]):
        dropped.append(("kicker", rest.pop(0)))
    return rest + below, written


def _is_kicker(line: str, following: Sequence[str]) -> bool:
    """Whether a first line is a label above a paragraph: the section's name, "Review", "Updated"."""
    is_above_text = bool(following) and len(following[0]) >= _PARAGRAPH_CHARS
    return is_above_text and _is_label(line) and not line.startswith("- ") and not _NO_KICKER.search(line)


def _top_reason(line: str, title_keys: Sequence[str], names: Sequence[str], *, is_first: bool) -> str | None:
    if len(line) > _SHORT * 2:
        return None
    line = line.strip("| ")
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("title", lambda: _is_title(key(line), title_keys)),
        ("byline", lambda: is_byline(line, names)),
        ("date line", lambda: is_date_line(line)),
        ("caption", lambda: is_first and bool(_CAPTION.search(line)) and not tells(line)),
    )
    return next((why for why, test in tests if test()), None)


def _is_title(line: str, titles: Sequence[str]) -> bool:
    """Whether a line is a headline, alone, with its kicker or with the outlet's name."""
    return any(line == t or (len(t) > _KICKER_CHARS and _is_dressed(line, t)) for t in titles)


def _is_dressed(line: str, title: str) -> bool:
    is_below = line.endswith(title) and len(line) < 1.8 * len(title)
    return is_below or (line.startswith(title) and len(line) - len(title) <= _KICKER_CHARS)


def is_byline(line: str, names: Sequence[str]) -> bool:
    """Whether a line only says who wrote: "By Anna Ahronheim", "By AP and Times of Israel Staff"."""
    rest, had_by = without_by(line)
    if not had_by or len(line) > 100 or line.rstrip().endswith((".", "?", "!")) or len(rest.split()) > 12:
        return False
    return bool(persons_in(rest, names)) or any(key(n) == key(rest) for n in names) or "staff" in rest.lower()


def is_date_line(line: str) -> bool:
    """Whether a line says little else than a date."""
    if len(line) > 60 or not (reading := read_date(line)):
        return False
    letters = re.findall(r"[^\W\d_]{3,}", line)
    return len(letters) <= (4 if reading.hour is None else 5)


def _trim_end(
    kept: list[str], authors: Sequence[str], names: Sequence[str], dropped: list[tuple[str, str]]
) -> tuple[list[str], str | None]:
    """About blocks and biographies, then the credit line."""
    kept = _without_bios(kept, authors, dropped)
    own = {key(n) for n in names} - {""}
    for index in range(max(0, len(kept) - 6), len(kept)):
        found = _ABOUT.match(kept[index])
        if found and index > 1 and (len(kept[index]) < 60 or key(found["who"]) in own):
            dropped.extend(("about block", line[:80]) for line in kept[index:])
            kept = kept[:index]
            break
    while len(kept) > 2 and any(key(kept[-1]).startswith((f"{n} is ", f"{n}{n} ".replace(" ", ""))) for n in own):
        dropped.append(("about block", kept[-1][:80]))
        kept = kept[:-1]
    if len(kept) > 2 and (credit := credit_in(kept[-1], own)):
        dropped.append(("credit line", kept[-1][:80]))
        return kept[:-1], credit
    return kept, None


def _without_bios(kept: list[str], authors: Sequence[str], dropped: list[tuple[str, str]]) -> list[str]:
    """The lines without those at the end that begin with an author's name and say what he or she is."""
    start = max(1, len(kept) - _BIO_LINES)
    bios = {
        i
        for i in range(start, len(kept))
        if any(key(kept[i][:80]).startswith(key(a)) for a in authors) and _BIO.search(kept[i][:120])
    }
    dropped.extend(("biography", kept[i][:80]) for i in sorted(bios))
    return [line for i, line in enumerate(kept) if i not in bios]


def credit_lines(paragraphs: Sequence[str], names: Sequence[str]) -> frozenset[str]:
    """Lines near the end that name a source, were they the last: an outlet repeats them, and they are wanted."""
    own = {key(n) for n in names} - {""}
    return frozenset(line for line in paragraphs[-_CREDIT_LINES:] if credit_in(line, own))


def credit_in(line: str, own: set[str]) -> str | None:
    """Whom a closing line names as the source: "Source: Reuters", or a line that is only a publisher's name."""
    if found := _SOURCE.match(line):
        return found["name"].strip()
    line = line.strip()
    bare = line.strip("()[]–—- ")
    words = bare.split()
    if not 1 <= len(words) <= 6 or len(bare) > 50 or _END.search(bare) or key(bare) in own:
        return None
    if not all(w[0].isupper() or w.lower() in ("of", "the", "and", "de", "la", "le", "für", "di") for w in words):
        return None
    return bare if _PUBLISHER.search(bare) else None


_PUBLISHER = re.compile(
    r"\b(?:post|times|news|press|herald|tribune|gazette|journal|agency|reuters|afp|ap|dpa|bbc|cnn|guardian|telegraph|"
    r"zeitung|tageblatt|monde|figaro|independent|chronicle|observer|monitor|mail|standard|star|sun|express|"
    r"jazeera|arabiya|haaretz|bloomberg|politico|axios|tass|xinhua|irna|isna|mehr|tasnim|fars|anadolu|magazine|"
    r"daily|weekly|review|today|mirror|globe|examiner|dispatch|courier|record|citizen|bulletin|report|wire|radio)\b",
    re.IGNORECASE,
)
