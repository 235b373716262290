"""Headings that a page shows, and the kickers in them."""

# ruff: noqa: PLR2004
# lengths and counts are the rules themselves

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.elements import Elements
from crawler.extract.page import Page, plain

MAX_CHARS = 400
_WORD = re.compile(r"\w+")
_MAX_HEADINGS = 40
_MAX_PARTS = 8
_SOFT_HYPHEN = "\u00ad"
_HEADLINE_CLASS = re.compile(
    r"headline|(?:entry|post|article|story|page|content|news|main)[-_]*title|title", re.IGNORECASE
)
_NO_HEADLINE = re.compile(
    r"site-?title|site-?name|logo|brand|widget|sidebar|related|comment|footer|nav\b|menu|modal|teaser|hidden|aural|"
    r"sr-only|alternativeHeadline|cookie|newsletter",
    re.IGNORECASE,
)
_FRONT_PAGE = re.compile(r"/|\./|(?:\S*://|//)[^/?#]+/?", re.IGNORECASE)  # also as an archive of the web links to it
_UNSEEN = ("script", "style", "template", "noscript")
_CRUMBS = re.compile(r"bread-?crumb", re.IGNORECASE)
_KICKER = re.compile(
    r"kicker|dachzeile|over-?line|over-?title|roof-?line|top-?line|top-?title|super-?title|sur-?titre|spitzmarke|eyebrow|"
    r"pre-?title|pre-?headline|ante-?titulo|volanta|occhiello|supertitle",
    re.IGNORECASE,
)
_SUBTITLE = re.compile(r"sub-?title|sub-?headline|sub-?line|unterzeile|standfirst", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading's text, and its parts (kicker, headline, subtitle) as far as elements set them apart."""

    text: str
    parts: tuple[str, ...]
    kickers: int = 0  # how many parts at the start are marked as a kicker
    subtitles: int = 0  # how many at the end as a subtitle
    is_named: bool = False  # its element is named for a headline
    is_inside: bool = False  # it stands in the article or the main part of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """The headings of a page that can be the headline, each kind with those named so first."""

    first: tuple[Heading, ...]  # h1
    second: tuple[Heading, ...]  # h2
    trail: tuple[Heading, ...]  # h1 at the end of a trail of links: the headline in words meant for search engines


def shown_headings(elements: Elements) -> Headings:
    """The headings that can be the headline; the outlet's own name (a link to its front page, a logo) and what is
    hidden are none.
    """
    kinds: dict[str, list[Heading]] = {"h1": [], "h2": [], "trail": []}
    for element in islice(elements.of("h1", "h2"), _MAX_HEADINGS):
        if heading := _heading(element):
            kinds["trail" if element.tag == "h1" and _is_crumb(element) else element.tag].append(heading)
    first, second, trail = (tuple(sorted(found, key=lambda h: not h.is_named)) for found in kinds.values())
    return Headings(first=first, second=second, trail=trail)


def headline_element(elements: Elements, title: str) -> HtmlElement | None:
    """The h1, or else the h2, that shows a headline; the only h1 where none does."""
    wanted = _letters(title)
    for element in islice(elements.of("h1", "h2"), _MAX_HEADINGS):
        if wanted and wanted in _letters(plain(element)) and not _is_crumb(element):
            return element
    alone = list(islice(elements.of("h1"), 2))
    return alone[0] if len(alone) == 1 else None


def headline_of(page: Page) -> HtmlElement | None:
    """The h1 that shows the headline: the only one, or the one that the head's title speaks of."""
    headlines = list(islice(page.tree.iter("h1"), 20))
    if len(headlines) < 2:
        return headlines[0] if headlines else None
    said = jsonld.text_of(page.article.get("headline")) or page.first_meta("og:title", "twitter:title") or ""
    words = set(_WORD.findall(said.casefold()))
    shares = [(len(words & set(_WORD.findall(plain(h).casefold()))), -i) for i, h in enumerate(headlines)]
    best, index = max(shares)
    return headlines[-index] if best >= 2 else None


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _heading(element: HtmlElement) -> Heading | None:
    is_other, is_named = _named_by(_names(element))
    if is_other or _leads_home(element):
        return None
    text = _clean(plain(element))
    if not 3 <= len(text) <= MAX_CHARS:
        return None
    pieces = _pieces(element)
    kickers = subtitles = 0
    if len(pieces) > 1:
        kickers = int(bool(_KICKER.search(pieces[0][1])) or pieces[0][0].endswith(":"))
        subtitles = int(bool(_SUBTITLE.search(pieces[-1][1])) and len(pieces) > 1 + kickers)
    return Heading(
        text=text,
        parts=tuple(p.removesuffix(":").strip() if i < kickers else p for i, (p, _) in enumerate(pieces)),
        kickers=kickers,
        subtitles=subtitles,
        is_named=is_named,
        is_inside=any(a.tag in ("article", "main") for a in element.iterancestors()),
    )


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"


@lru_cache(maxsize=20_000)
def _named_by(names: str) -> tuple[bool, bool]:
    """Whether names are those of no headline, and whether those of one; cached, as an outlet's pages repeat them."""
    return bool(_NO_HEADLINE.search(names)), bool(_HEADLINE_CLASS.search(names))


def _is_crumb(element: HtmlElement) -> bool:
    """Whether a heading is the end of a trail of links to the page."""
    if any("breadcrumb" in str(name) for name in element.attrib):
        return True
    near = islice(element.iterancestors(), 4)
    return any(a.tag == "nav" or _CRUMBS.search(f"{a.get('class') or ''} {a.get('id') or ''}") for a in near)


def _leads_home(element: HtmlElement) -> bool:
    """Whether all of a heading is a link to the front page of a site."""
    link = next(element.iter("a"), None)
    if link is None or plain(link) != plain(element):
        return False
    href = (link.get("href") or "").strip()
    return "home" in (link.get("rel") or "").lower().split() or bool(_FRONT_PAGE.fullmatch(href))


def _pieces(element: HtmlElement) -> list[tuple[str, str]]:
    """(text, names) of a heading's parts, one after the other: what its elements set apart."""
    inner = element
    while len(inner) == 1 and not (inner.text or "").strip() and not (inner[0].tail or "").strip():
        inner = inner[0]
    found = [(inner.text or "", "")]
    for child in inner[:_MAX_PARTS]:
        if child.tag not in _UNSEEN:
            found.append((plain(child), "kicker" if child.tag in ("small", "time") else _names(child)))
        found.append((child.tail or "", ""))
    return [(text, names) for raw, names in found if (text := _clean(raw))]


def _clean(text: str) -> str:
    return " ".join(text.replace(_SOFT_HYPHEN, "").split())
