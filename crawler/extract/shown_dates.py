"""Dates that a reader sees on a page: which stand at the headline, and which belong to something else."""

# ruff: noqa: PLR2004, RUF001
# lengths, shares and clock numbers are the rules themselves; digits of many scripts

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from html import unescape

from lxml.html import HtmlElement

from crawler.extract.datings import Dating, datings, tells_publication, told_apart
from crawler.extract.moments import DateStyle

_DATE_NAMES = re.compile(
    r"publi[sc]|posted|pub[-_]?date|entry-date|post-?date|article-?date|news-?date|date-?line|byline|timestamp|created|"
    r"^date$|\bdate\b|[-_]date\b|date[-_]|datum|fecha|fecha-|\bdata\b|data-|dato|time|tarih|stand\b",
    re.IGNORECASE,
)  # fmt: skip
_MODIFIED_NAMES = re.compile(r"updat|modif", re.IGNORECASE)
_PUBLISHED_NAMES = re.compile(r"publi[sc]|posted|created", re.IGNORECASE)
_COMMENT_NAMES = re.compile(r"comment|disqus|kommentar|\brepl(?:y|ies)\b|trackback|pingback", re.IGNORECASE)
_OTHER_NAMES = re.compile(
    r"related|sidebar|footer|widget|teaser|recommend|popular|latest|more-|most-|trending|carousel|swiper|slider|ticker|"
    r"\bnav|menu|copyright|current-?(?:time|date)|calendar|weather|breaking",
    re.IGNORECASE,
)
_FRAME_TAGS = frozenset({"aside", "footer"})
_DATE_TAGS = frozenset(
    ["span", "div", "p", "abbr", "li", "small", "em", "b", "strong", "a", "td", "dd", "h4", "h5", "i", "ul", "header"]
)
_UNREAD = frozenset({"head", "title", "meta", "link", "noscript"})
_HAS_YEAR = re.compile(
    r"(?:19|20|25)\d\d|1[34]\d\d|[۰-۹٠-٩०-९০-৯๐-๙]{4}|\d[./-]\d{1,2}[./-]\d\d\b"
)  # fmt: skip
_BEGINS = re.compile(r"\W*\d{1,2}\. ?(?:\d{1,2}\. ?|[^\W\d]+ )\d{4}\b(?=\s*[-–—:|•])")
_OWN = {"article": 0, "frame": 0, "comment": 3}  # what may hold the article's day at the headline; the last tier
_HEADING_LIKE = ("h4", "div", "p", "span", "strong", "b", "a", "td")
_BEFORE, _AFTER = 30, 60  # elements around the headline within which a date is the article's
_MAX_SHOWN = 40
_MAX_CHILDREN = 12
_BARE_LETTERS = 22  # weekday, month and a short word
_KEY = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDates:
    """Datings of publication in order of trust, and of changes."""

    near: list[Dating] = field(default_factory=list)  # at the headline
    marked: list[Dating] = field(default_factory=list)  # after it, in elements for dates
    modified: list[Dating] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    rule: str
    text: str
    tier: int  # 0 marked as the day of publication, 1 made or named for dates, 2 a mere text
    position: int
    element: HtmlElement
    is_change: bool = False


class _Layout:
    """Elements in page order with the headline's position among them."""

    def __init__(self, tree: HtmlElement, title: str) -> None:
        self.elements = list(tree.iter())
        headline = _headline(tree, title)
        self.position = None if headline is None else self.elements.index(headline)
        self._around = set() if headline is None else {headline, *headline.iterancestors()}

    def distance(self, position: int) -> int | None:
        """How far a place is from the headline, before it counting double; None of what is not near."""
        if self.position is None:
            return None
        ahead = position - self.position
        if ahead >= 0:
            return ahead if ahead <= _AFTER else None
        return -2 * ahead if -ahead <= _BEFORE else None

    def is_behind(self, position: int) -> bool:
        """Whether a place comes after the headline, or may."""
        return self.position is None or position >= self.position

    def belonging(self, element: HtmlElement) -> str:
        """To what a place belongs, by the element and those around it that do not hold the headline.

        "article"; "frame" for tags that may as well hold an article's own data; "elsewhere"; "comment".
        """
        found = "article"
        for part in (element, *element.iterancestors()):
            if part in self._around or part.tag == "body":
                break
            is_comment, is_other = _belongs(part.get("class") or "", part.get("id") or "")
            if is_comment:
                return "comment"
            if is_other or part.tag == "nav" or (part.tag == "article" and self._around):
                found = "elsewhere"
            elif part.tag in _FRAME_TAGS and found == "article":
                found = "frame"
        return found


def shown_dates(tree: HtmlElement, title: str, style: DateStyle) -> ShownDates:
    """Dates in microdata and <time>, in elements named for dates and in short texts at the headline.

    A date in a comment is none of the article's, but that a forum's opening post stands at the headline. Those
    before the headline and not near it are the site's; those of lists, menus and sidebars are of other articles.
    """
    layout = _Layout(tree, title)
    found = ShownDates()
    near: list[tuple[int, int, Dating]] = []
    for place in _places(layout):
        belonging, distance = layout.belonging(place.element), layout.distance(place.position)
        if belonging == "comment" and distance is None:
            continue
        published, modified = ("", place.text) if place.is_change else told_apart(place.text)
        found.modified.extend(d for d in datings(place.rule, modified, style) if belonging == "article")
        for dating in datings(place.rule, published, style):
            if belonging in _OWN and distance is not None:
                near.append((_OWN[belonging] + place.tier, distance, dating))
            elif belonging == "article" and place.tier < 2 and layout.is_behind(place.position):
                found.marked.append(dating)
    found.near.extend(dating for _, _, dating in sorted(near, key=lambda n: n[:2]))
    return found


def text_dates(tree: HtmlElement, title: str, style: DateStyle, today: frozenset[date]) -> Iterator[Dating]:
    """Dates in short texts that nothing marks, wherever they are.

    Those that say little else before those in sentences; of each, those of other parts of the page last, and
    those after the headline before those ahead of it. In the frame of the site `today` is no day of the article.
    """
    layout = _Layout(tree, title)
    ranked: list[tuple[tuple[bool, bool, bool], str]] = []
    for position, element in enumerate(layout.elements):
        for text in (element.text, element.tail):
            short = _dated_text(text)
            if not short or "©" in short or (belonging := layout.belonging(element)) == "comment":
                continue
            rank = (not _is_bare(short), belonging != "article", not layout.is_behind(position))
            ranked.append((rank, short))
    for rank, short in sorted(ranked, key=lambda r: r[0])[: 2 * _MAX_SHOWN]:
        for dating in datings("text", told_apart(short)[0], style):
            if not (any(rank[1:]) and dating.reading.day in today):
                yield dating


def _places(layout: _Layout) -> Iterator[_Place]:
    looser = 0
    for position, element in enumerate(layout.elements):
        tag, names = element.tag, element.get("class") or ""
        prop = (element.get("itemprop") or element.get("property") or "") if tag != "meta" else ""
        if prop and "date" in prop.lower():
            is_change = "modified" in prop.lower()
            if is_change or "published" in prop.lower() or "created" in prop.lower():
                yield _Place(rule=f"itemprop {prop}", text=_value(element), tier=0, position=position,
                             element=element, is_change=is_change)  # fmt: skip
                continue
        if looser > _MAX_SHOWN:
            continue
        is_date, is_change = _speaks(names, element.get("id") or "")
        if tag == "time":
            rule = "time pubdate" if element.get("pubdate") is not None else "time"
            looser += 1
            yield _Place(rule=rule, text=_value(element), tier=1, position=position, element=element,
                         is_change=is_change)  # fmt: skip
        elif is_date and tag in _DATE_TAGS and (text := _short_text(element)):
            looser += 1
            yield _Place(rule="text", text=text, tier=1, position=position, element=element)
        elif layout.distance(position) is not None and tag not in _UNREAD:
            for text in (element.text, element.tail):
                if (short := _dated_text(text)) and _is_bare(short):
                    yield _Place(rule="text", text=short, tier=2, position=position, element=element)


def _headline(tree: HtmlElement, title: str) -> HtmlElement | None:
    """The heading that says the headline, else the first there is."""
    key = _key_of(title)
    headings = list(tree.iter("h1", "h2", "h3"))[:200]
    if key:
        for heading in headings:
            said = _key_of(heading.text_content())
            if said and (said == key or (len(said) > 20 and (said in key or key in said))):
                return heading
    first = next((h for h in headings if h.tag == "h1" and h.text_content().strip()), None)
    if first is None and key:
        return next((e for e in tree.iter(*_HEADING_LIKE) if e.text and _key_of(e.text) == key), None)
    return first


def _key_of(text: str) -> str:
    return " ".join(_KEY.findall(unescape(text[:400]).casefold()))


@lru_cache(maxsize=50_000)
def _speaks(class_names: str, identifier: str) -> tuple[bool, bool]:
    """Whether names speak of a date of the article, and whether only of a change; cached."""
    names = f"{class_names} {identifier}"
    if not names.strip():
        return False, False
    is_date = bool(_DATE_NAMES.search(names))
    is_change = bool(_MODIFIED_NAMES.search(names)) and not _PUBLISHED_NAMES.search(names)
    return is_date, is_change


@lru_cache(maxsize=50_000)
def _belongs(class_names: str, identifier: str) -> tuple[bool, bool]:
    """Whether names speak of comments, and whether of another part of the page; cached."""
    names = f"{class_names} {identifier}"
    return bool(_COMMENT_NAMES.search(names)), bool(_OTHER_NAMES.search(names))


def _value(element: HtmlElement) -> str:
    return str(
        element.get("datetime") or element.get("content") or element.get("title") or element.text_content()[:100]
    )


def _short_text(element: HtmlElement) -> str | None:
    """Text of an element that holds little else than a date."""
    if len(element) > _MAX_CHILDREN:
        return None
    text = " ".join(element.text_content().split())
    return text if 6 <= len(text) <= 120 and any(c.isdigit() for c in text) else None


def _dated_text(text: str | None) -> str | None:
    """A short text with a year in it, or the date that a longer one begins with."""
    if not text or len(short := " ".join(text[:300].split())) < 6:
        return None
    if len(short) > 100 and (begin := _BEGINS.match(short)):
        short = begin[0]
    return short if len(short) <= 100 and _HAS_YEAR.search(short) else None


def _is_bare(text: str) -> bool:
    """Whether a text says little before its date."""
    letters = 0
    for c in text:
        if c.isdigit():
            break
        letters += c.isalpha()
    return letters <= _BARE_LETTERS or tells_publication(text)
