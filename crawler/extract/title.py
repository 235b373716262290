"""The headline: the article's own, without the outlet's name."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; words of many scripts

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from crawler.extract import jsonld
from crawler.extract.headings import MAX_CHARS, Heading, Headings, shown_headings
from crawler.extract.page import Page, plain
from storage.records import Evidence, Hints

_TAIL = re.compile(r"\s+(?:[|–—·•»:/~⋆›-]|::)+\s+|\s*[|»_｜：]\s*")
_WORD = re.compile(r"\w+")
_ASCII_GAPS = {code: " " for code in range(128) if not _WORD.match(chr(code))}
_SOFT_HYPHEN = "\u00ad"
_QUOTES = frozenset("\"'“”„«»‘’")
_KICKER_CHARS = 60
_FEW_WORDS = 3
_MIN_SHARE = 0.3  # of a heading's letters: so much of it a headline has, beside kicker and subtitle
Named = tuple[str, str]  # (rule, text)
_GENERIC = frozenset(
    [
        "home",
        "homepage",
        "index",
        "untitled",
        "news",
        "article",
        "articles",
        "blog",
        "page",
        "search",
        "menu",
        "archive",
        "404",
        "error",
    ]
)


def key(text: str) -> str:
    """Words of a title, case and punctuation evened out: what two spellings of one headline share."""
    if text.isascii():  # in half the time
        return " ".join(text.lower().translate(_ASCII_GAPS).split())
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


@lru_cache(maxsize=5_000)
def keys_of(names: tuple[str, ...]) -> frozenset[str]:
    """The keys of an outlet's names, which are asked for several times a page; no empty one."""
    return frozenset(map(key, names)) - {""}


def read_title(page: Page, hints: Hints) -> tuple[str, tuple[Evidence, ...]]:
    """The headline, and why; where the page sets a kicker apart from it, that as evidence of its own.

    The visible headline that the page's own metadata confirms; else the only one shown within the article; else the
    metadata (JSON-LD, OpenGraph, Twitter), the visible one, the source's hint, the <title>. The outlet's name is cut
    from either end.
    """
    shown, declared, element = _shown(page), _declared(page, hints), _title_element(page)
    choice = _choose(shown, declared, element)
    if choice is None:
        return "", ()
    value, rule, kicker = choice
    every = [*(("h1", h.text) for h in (*shown.first, *shown.trail)), *declared, *element]
    lost = tuple(dict.fromkeys((r, v) for r, v in every if v != value))
    evidence = [Evidence(field="title", rule=rule, value=value, lost=lost[:8])]
    if kicker := kicker or _declared_kicker(value, declared):
        evidence.append(Evidence(field="kicker", rule=f"before the {rule}", value=kicker))
    return value, tuple(evidence)


def _shown(page: Page) -> Headings:
    shown = shown_headings(page.elements)
    first, second, trail = (_without_names(h, page) for h in (shown.first, shown.second, shown.trail))
    return Headings(first=first, second=second, trail=trail)


def _without_names(headings: tuple[Heading, ...], page: Page) -> tuple[Heading, ...]:
    found = []
    for heading in headings:
        text = without_outlet(heading.text, page.names)
        if text and key(text) not in _GENERIC:
            found.append(heading if text == heading.text else replace(heading, text=text, parts=(text,), kickers=0))
    return tuple(found)


def _declared(page: Page, hints: Hints) -> list[Named]:
    """(rule, text) in order of trust; each cleaned, none empty."""
    raw = (
        ("json-ld headline", jsonld.text_of(page.article.get("headline"))),
        ("og:title", page.first_meta("og:title")),
        ("meta", page.first_meta("twitter:title", "dc.title", "sailthru.title", "parsely-title", "headline")),
        ("hint", hints.title),
    )
    return _cleaned(raw, page)


def _title_element(page: Page) -> list[Named]:
    return _cleaned([("title element", next((plain(t) for t in page.elements.of("title")), None))], page)


def _cleaned(raw: Iterable[tuple[str, str | None]], page: Page) -> list[Named]:
    cleaned = (
        (rule, without_outlet(" ".join(text.replace(_SOFT_HYPHEN, "").split())[:MAX_CHARS], page.names))
        for rule, text in raw
        if text
    )
    return [(rule, text) for rule, text in cleaned if text and key(text) not in _GENERIC]


def _choose(shown: Headings, declared: list[Named], element: list[Named]) -> tuple[str, str, str] | None:
    """(headline, rule, kicker): see `read_title`."""
    told = [*declared, *element]
    witnesses = declared or element
    best = _confirmed(shown.first, declared) or _confirmed(shown.first, element)
    if best is None or _is_segment(best.text, element):
        best = next((h for h in shown.second if _is_spelled(h, witnesses)), best)
    if best := best or _confirmed(shown.trail, witnesses):
        return _spelled(best, told)
    inside = [h for h in shown.first if h.is_inside or h.is_named]
    alone = inside[0] if len(inside) == 1 else None
    if alone and len(key(alone.text).split()) >= _FEW_WORDS and not _is_segment(alone.text, element):
        return _spelled(alone, told)
    for rule, text in told:
        return _whole(text, told), rule, ""
    return _spelled(shown.first[0], told) if len(shown.first) == 1 else None


def _confirmed(visible: Iterable[Heading], witnesses: list[Named]) -> Heading | None:
    """The heading that shares the most words with a witness, if they are most of either's."""
    best, most = None, 0
    for heading in visible:
        words = set(key(heading.text).split())
        for _, text in witnesses:
            others = set(key(text).split())
            if _overlap(words, others) >= 0.5 and len(words & others) > most:
                best, most = heading, len(words & others)
    return best


def _is_spelled(heading: Heading, told: list[Named]) -> bool:
    """Whether the metadata hold a heading letter by letter, with or without its kicker."""
    spelled = _spellings(told)
    ends = (" ".join(heading.parts[cut:]) for cut in range(1, len(heading.parts)))
    return any(len(key(text).split()) > 1 and _letters(text) in spelled for text in (heading.text, *ends))


def _spellings(told: list[Named]) -> dict[str, str]:
    """The metadata's headlines, and then the parts of the <title>, by their letters; in order of trust."""
    parts = [part for rule, text in told if rule == "title element" for part in _TAIL.split(text)]
    spelled: dict[str, str] = {}
    for text in (*(text for _, text in told), *parts):
        spelled.setdefault(_letters(text), text)
    return spelled


def _spelled(heading: Heading, told: list[Named]) -> tuple[str, str, str]:
    """A heading as the metadata spell it where the letters are the same, since kickers and line breaks are often
    glued to what is shown; else without the kicker and the subtitle that elements mark or the metadata leave out.
    """
    spelled = _spellings(told)
    if whole := spelled.get(_letters(heading.text)):
        return whole, "h1", ""
    cuts = [(" ".join(heading.parts[:at]), " ".join(heading.parts[at:])) for at in range(1, len(heading.parts))]
    for letters, text in spelled.items():
        if len(letters) < _MIN_SHARE * len(_letters(heading.text)):
            continue
        for head, tail in cuts:
            if letters == _letters(tail):
                return text, "h1", head
            if letters == _letters(head):
                return text, "h1", ""
    if not heading.kickers and not heading.subtitles:
        return heading.text, "h1", ""
    end = len(heading.parts) - heading.subtitles
    return " ".join(heading.parts[heading.kickers : end]), "h1", " ".join(heading.parts[: heading.kickers])


def _declared_kicker(value: str, declared: list[Named]) -> str:
    """What the metadata's headline has before the one that is shown: "Kenya: Nairobi from below"."""
    for _, text in declared:
        head, separator, tail = text.partition(": ")
        if separator and len(head) <= _KICKER_CHARS and _letters(tail) == _letters(value):
            return head
    return ""


def _whole(text: str, others: list[Named]) -> str:
    """A headline that a quotation mark broke off in the metadata, as another place has it whole."""
    for _, other in others:
        if other.startswith(text) and other[len(text) :].lstrip()[:1] in _QUOTES:
            return other
    return text


def _is_segment(text: str, element: list[Named]) -> bool:
    """Whether a text is one part among others of the <title>: the name of a site or of a section."""
    return any(
        key(text) in {key(part) for part in _TAIL.split(title)} and key(text) != key(title) for _, title in element
    )


def _letters(text: str) -> str:
    return key(text).replace(" ", "")


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other))) if one and other else 0.0


def without_outlet(text: str, names: tuple[str, ...]) -> str:
    """A title without the outlet's name, and what follows it, at its end, or with it at its start."""
    known = keys_of(names)
    for _ in range(3):
        parts = list(_TAIL.finditer(text))
        if not parts:
            return text
        last, first = parts[-1], parts[0]
        tail, head = key(text[last.end() :]), key(text[: first.start()])
        if tail and _is_name(tail, known) and len(text[: last.start()].strip()) >= 3:
            text = text[: last.start()].strip()
        elif head and head in known and text[first.end() :].strip():
            text = text[first.end() :].strip()
        else:
            return text
    return text


def _is_name(tail: str, known: frozenset[str]) -> bool:
    squeezed = tail.replace(" ", "")
    return any(tail == name or squeezed == name.replace(" ", "") for name in known)
