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
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.datings import Dating, datings, tells_publication, told_apart
from crawler.extract.elements import Elements
from crawler.extract.moments import DateStyle

# In small letters, as names are made before: a pattern that ignores case is five times as slow.
_DATE_NAMES = re.compile(
    r"publi[sc]|posted|pub[-_]?date|entry-date|post-?date|article-?date|news-?date|date-?line|byline|timestamp|created|"
    r"date\b(?<!\wdate)|[-_]date\b|date[-_]|datum|fecha|data\b(?<!\wdata)|data-|dato|time|tarih|stand\b"
)  # fmt: skip
_MODIFIED_NAMES = re.compile(r"updat|modif")
_PUBLISHED_NAMES = re.compile(r"publi[sc]|posted|created")
_COMMENT_NAMES = re.compile(r"comment|disqus|kommentar|reply\b(?<!\wreply)|replies\b(?<!\wreplies)|trackback|pingback")
_OTHER_NAMES = re.compile(
    r"related|sidebar|footer|widget|teaser|recommend|popular|latest|more-|most-|trending|carousel|swiper|slider|ticker|"
    r"nav(?<!\wnav)|menu|copyright|current-?(?:time|date)|calendar|weather|breaking"
)
_FRAME_TAGS = frozenset({"aside", "footer"})
_DATE_TAGS = frozenset(
    [
        "time",
        "span",
        "div",
        "p",
        "abbr",
        "li",
        "small",
        "em",
        "b",
        "strong",
        "a",
        "td",
        "dd",
        "h4",
        "h5",
        "i",
        "ul",
        "header",
    ]
)
_UNREAD = frozenset({"head", "title", "meta", "link", "noscript"})
_HAS_YEAR = re.compile(
    r"(?:19|20|25)\d\d|1[34]\d\d|[۰-۹٠-٩०-९০-৯๐-๙]{4}|\d[./-]\d{1,2}[./-]\d\d\b"
)  # fmt: skip
_BEGINS = re.compile(r"\W*\d{1,2}\. ?(?:\d{1,2}\. ?|[^\W\d]+ )\d{4}\b(?=\s*[-–—:|•])")
_OWN = {"article": 0, "frame": 0, "comment": 200}  # what may hold the article's day at the headline: worth elements
_DOUBT = (0, 0, 20, 45)  # by tier: so many elements farther from the headline
_HEADING_LIKE = ("h4", "div", "p", "span", "strong", "b", "a", "td")
_BEFORE, _AFTER = 30, 60  # elements around the headline within which a date is the article's
_MAX_SHOWN = 40
_MAX_TEXTS = 400
_MAX_NAME_CHARS = 300
_MAX_RAW_CHARS = 1000
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
    tier: int  # 0 marked as the day of publication, 1 made or named for dates, 2 a mere text, 3 a sentence
    position: int
    element: HtmlElement
    is_change: bool = False


class _Layout:
    """Elements in page order with the headline's position among them."""

    def __init__(self, elements: Elements, title: str) -> None:
        self.elements = elements.all
        self.names = elements.names
        headline = _headline(elements, title)
        self.position = None if headline is None else self.elements.index(headline)
        self._around = set() if headline is None else {headline, *headline.iterancestors()}
        self.near = self._near()

    def _near(self) -> range:
        """Positions at the headline; none where there is no headline."""
        if self.position is None:
            return range(0)
        return range(max(0, self.position - _BEFORE), min(len(self.elements), self.position + _AFTER + 1))

    def distance(self, position: int) -> int | None:
        """How far a place is from the headline, before it counting double; None of what is not near."""
        if self.position is None or position not in self.near:
            return None
        ahead = position - self.position
        return ahead if ahead >= 0 else -2 * ahead

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


def shown_dates(elements: Elements, title: str, style: DateStyle, *, is_near_enough: bool = False) -> ShownDates:
    """Dates in microdata and <time>, in elements named for dates and in short texts at the headline.

    A date in a comment is none of the article's, but that a forum's opening post stands at the headline. Those
    before the headline and not near it are the site's; those of lists, menus and sidebars are of other articles.
    With `is_near_enough` nothing but the headline's surroundings is looked at.
    """
    layout = _Layout(elements, title)
    found = ShownDates()
    near: list[tuple[int, Dating]] = []
    for place in _places(layout, is_near_enough=is_near_enough):
        belonging, distance = layout.belonging(place.element), layout.distance(place.position)
        if belonging == "comment" and distance is None:
            continue
        published, modified = ("", place.text) if place.is_change else told_apart(place.text)
        found.modified.extend(d for d in datings(place.rule, modified, style) if belonging == "article")
        for dating in datings(place.rule, published, style):
            if belonging in _OWN and distance is not None:
                near.append((_OWN[belonging] + _DOUBT[place.tier] + distance, dating))
            elif belonging == "article" and (place.tier == 0 or layout.is_behind(place.position)):
                found.marked.append(dating)
    found.near.extend(dating for _, dating in sorted(near, key=lambda n: n[0]))
    return found


def text_dates(elements: Elements, title: str, style: DateStyle, today: frozenset[date]) -> Iterator[Dating]:
    """Dates in short texts that nothing marks, wherever they are.

    Those that say little else before those in sentences; of each, those of other parts of the page last, and
    those after the headline before those ahead of it. In the frame of the site `today` is no day of the article.
    """
    layout = _Layout(elements, title)
    ranked: list[tuple[tuple[bool, bool, bool], str]] = []
    for position, element in enumerate(layout.elements):
        for text in (element.text, element.tail):
            short = _dated_text(text)
            if not short or "©" in short or (belonging := layout.belonging(element)) == "comment":
                continue
            rank = (not _is_bare(short), belonging != "article", not layout.is_behind(position))
            ranked.append((rank, short))
        if len(ranked) > _MAX_TEXTS:
            break
    for rank, short in sorted(ranked, key=lambda r: r[0])[: 2 * _MAX_SHOWN]:
        for dating in datings("text", told_apart(short)[0], style):
            if not (any(rank[1:]) and dating.reading.day in today):
                yield dating


def _places(layout: _Layout, *, is_near_enough: bool) -> Iterator[_Place]:
    """Places that may hold a date, those at the headline in any case; what lies ahead of it is the site's frame."""
    near = layout.near
    if not is_near_enough:
        yield from _microdata(layout)
    yield from _dated(layout, near)
    if not is_near_enough:
        yield from islice(_dated(layout, range(near.stop, len(layout.elements))), _MAX_SHOWN)


def _microdata(layout: _Layout) -> Iterator[_Place]:
    found = ((place, element) for place, element in enumerate(layout.elements) if _is_of_date(element))
    for position, element in islice(found, _MAX_SHOWN):
        prop = (element.get("itemprop") or element.get("property") or "")[:_MAX_NAME_CHARS].lower()
        is_change = "modified" in prop
        if is_change or "published" in prop or "datecreated" in prop:
            yield _Place(rule=f"itemprop {prop}", text=_value(element), tier=0, element=element, is_change=is_change,
                         position=position)  # fmt: skip


def _is_of_date(element: HtmlElement) -> bool:
    """Whether a visible element is marked up with a property of a date."""
    item, prop = element.get("itemprop"), element.get("property")
    if item is None and prop is None:
        return False
    is_date = bool(item and ("date" in item or "Date" in item)) or bool(prop and "date" in prop)
    return is_date and element.tag != "meta"


def _dated(layout: _Layout, positions: range) -> Iterator[_Place]:
    """<time>, elements named for dates, and at the headline mere texts."""
    near = layout.near
    for position in positions:
        element = layout.elements[position]
        tag = element.tag
        if tag not in _DATE_TAGS and position not in near:
            continue
        is_date, is_change = _speaks(*layout.names[position])
        if tag == "time":
            rule = "time pubdate" if element.get("pubdate") is not None else "time"
            yield _Place(rule=rule, text=_value(element), tier=1, position=position, element=element,
                         is_change=is_change)  # fmt: skip
        elif is_date and tag in _DATE_TAGS and (text := _short_text(element)):
            tier = 1 if _is_bare(text) else 3
            yield _Place(rule="text", text=text, tier=tier, position=position, element=element)
        elif position in near and tag not in _UNREAD:
            for said in (element.text, element.tail):
                if (short := _dated_text(said)) and _is_bare(short):
                    yield _Place(rule="text", text=short, tier=2, position=position, element=element)


def _headline(elements: Elements, title: str) -> HtmlElement | None:
    """The heading that says the headline, else the first there is."""
    key = _key_of(title)
    headings = list(islice(elements.of("h1", "h2", "h3"), 200))
    if key:
        for heading in headings:
            said = _key_of(_beginning(heading))
            if said and (said == key or (len(said) > 20 and (said in key or key in said))):
                return heading
    first = next((h for h in headings if h.tag == "h1" and _beginning(h)), None)
    if first is None and key:
        return next((e for e in elements.of(*_HEADING_LIKE) if e.text and _key_of(e.text) == key), None)
    return first


def _key_of(text: str) -> str:
    return " ".join(_KEY.findall(unescape(text[:400]).casefold()))


@lru_cache(maxsize=50_000)
def _speaks(class_names: str, identifier: str) -> tuple[bool, bool]:
    """Whether names speak of a date of the article, and whether only of a change; cached."""
    names = f"{class_names} {identifier}"[:_MAX_NAME_CHARS].lower()
    is_date = bool(_DATE_NAMES.search(names))
    is_change = bool(_MODIFIED_NAMES.search(names)) and not _PUBLISHED_NAMES.search(names)
    return is_date, is_change


@lru_cache(maxsize=50_000)
def _belongs(class_names: str, identifier: str) -> tuple[bool, bool]:
    """Whether names speak of comments, and whether of another part of the page; cached."""
    names = f"{class_names} {identifier}"[:_MAX_NAME_CHARS].lower()
    return bool(_COMMENT_NAMES.search(names)), bool(_OTHER_NAMES.search(names))


def _value(element: HtmlElement) -> str:
    said = element.get("datetime") or element.get("content") or element.get("title") or _beginning(element)
    return said[:_MAX_NAME_CHARS].strip()


def _beginning(element: HtmlElement) -> str:
    """The first thousand characters of an element and a few more, white space collapsed; cheap of huge ones too."""
    parts: list[str] = []
    size = 0
    for text in element.itertext():
        parts.append(text[:_MAX_RAW_CHARS])
        size += len(parts[-1])
        if size > _MAX_RAW_CHARS:
            break
    return " ".join("".join(parts).split())


def _short_text(element: HtmlElement) -> str | None:
    """Text of an element that holds little else than a date."""
    if len(element) > _MAX_CHILDREN:
        return None
    text = _beginning(element)
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
