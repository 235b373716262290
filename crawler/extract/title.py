"""The headline: the article's own, without the outlet's name."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; words of many scripts

from __future__ import annotations

import re
import unicodedata

from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.page import Page, plain
from storage.records import Evidence, Hints

_SEPARATOR = re.compile(r"\s+[|\-–—·•»«:/~⋆›]+\s+|\s*[|»]\s*|(?<=\S):\s+|\s+::\s+|\s*\s_\s*")
_TAIL = re.compile(r"\s+(?:[|–—·•»:/~⋆›-]|::)+\s+|\s*[|»_]\s*")
_WORD = re.compile(r"\w+")
_MAX_CHARS = 400
_SOFT_HYPHEN = "\u00ad"
_HEADLINE_CLASS = re.compile(
    r"headline|(?:entry|post|article|story|page|content|news|main)[-_]*title|title", re.IGNORECASE
)
_NO_HEADLINE = re.compile(
    r"site-?title|logo|brand|widget|sidebar|related|comment|footer|nav\b|menu|modal|teaser|hidden", re.IGNORECASE
)
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
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def read_title(page: Page, hints: Hints) -> tuple[str, tuple[Evidence, ...]]:
    """The headline and why.

    The visible headline that the page's own metadata confirms; else the metadata (JSON-LD, OpenGraph, Twitter),
    else the best visible one, the source's hint, the <title>. The outlet's name is cut from either end.
    """
    candidates = _candidates(page, hints)
    if not candidates:
        return "", ()
    rule, value = _choose(candidates)
    lost = tuple(dict.fromkeys((r, v) for r, v in candidates if v != value))
    return value, (Evidence(field="title", rule=rule, value=value, lost=lost[:8]),)


def _candidates(page: Page, hints: Hints) -> list[tuple[str, str]]:
    """(rule, text) in order of trust; each cleaned, none empty."""
    raw: list[tuple[str, str | None]] = [("h1", h) for h in _headlines(page.tree)]
    raw.append(("json-ld headline", jsonld.text_of(page.article.get("headline"))))
    raw.append(("og:title", page.first_meta("og:title")))
    raw.append(("meta", page.first_meta("twitter:title", "dc.title", "sailthru.title", "parsely-title", "headline")))
    raw.append(("hint", hints.title))
    raw.append(("title element", next((plain(t) for t in page.tree.iter("title")), None)))
    cleaned = (
        (rule, without_outlet(" ".join(text.replace(_SOFT_HYPHEN, "").split())[:_MAX_CHARS], page.names))
        for rule, text in raw
        if text
    )
    return [(rule, text) for rule, text in cleaned if text and key(text) not in _GENERIC]


def _headlines(tree: HtmlElement) -> list[str]:
    """Texts of h1 elements, those named as headlines first."""
    named: list[str] = []
    plain_ones: list[str] = []
    for element in tree.iter("h1"):
        text = plain(element)
        if not 3 <= len(text) <= _MAX_CHARS:
            continue
        names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        if _NO_HEADLINE.search(names):
            continue
        (named if _HEADLINE_CLASS.search(names) else plain_ones).append(text)
    return named + plain_ones


def _choose(candidates: list[tuple[str, str]]) -> tuple[str, str]:
    """The visible headline that shares the most words with the metadata, if that is most of them; as the metadata
    spell it where the letters are the same, since kickers and line breaks are often glued to what is shown.
    """
    visible = [(r, t) for r, t in candidates if r == "h1"]
    declared = [(r, t) for r, t in candidates if r not in ("h1", "title element")]
    witnesses = [set(key(t).split()) for r, t in candidates if r != "h1"]
    best, best_share = None, 0.0
    for rule, text in visible:
        words = set(key(text).split())
        share = max((_overlap(words, w) for w in witnesses), default=0.0)
        if share > best_share:
            best, best_share = (rule, text), share
    if best and best_share >= 0.5:
        return next((d for d in declared if _letters(d[1]) == _letters(best[1])), best)
    if declared:
        return declared[0]
    return visible[0] if len(visible) == 1 and not witnesses else candidates[-1]


def _letters(text: str) -> str:
    return key(text).replace(" ", "")


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other))) if one and other else 0.0


def without_outlet(text: str, names: tuple[str, ...]) -> str:
    """A title without the outlet's name, and what follows it, at its end, or with it at its start."""
    known = {key(name) for name in names} - {""}
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


def _is_name(tail: str, known: set[str]) -> bool:
    squeezed = tail.replace(" ", "")
    return any(tail == name or squeezed == name.replace(" ", "") for name in known)
