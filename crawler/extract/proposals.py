"""Rules proposed from an outlet's stored pages: what differs between them is the article's, what repeats is not.

`outline` tells of one page which of its elements could hold a field, `propose` compares the outlines of several.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.extract.article import extract_article
from crawler.extract.decoding import binary_kind, decode
from crawler.extract.moments import read_date
from crawler.extract.page import parse, plain
from crawler.extract.persons import persons_in
from crawler.extract.title import key
from storage.records import Outlet, RuleField

_MIN_PAGES = 3
_ON_MOST = 0.6  # of the pages
_MAX_PARTS = 400
_MAX_CHARS = 300
_LINE_CHARS = 120
_MIN_BODY_CHARS = 400
_HOLDS = 0.85  # of the extracted text's characters
_NO_MORE = 1.3  # times the extracted text's characters
_NAME = re.compile(r"^[A-Za-z_][\w-]{1,40}$")
_HASHED = re.compile(r"\d{3,}|[a-z]+[A-Z][a-zA-Z]*\d|__[a-zA-Z0-9]{5,}$|^css-")
_TAGS = ("article", "aside", "div", "h1", "h2", "header", "li", "p", "section", "span", "time", "ul", "a", "figure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An element that a selector finds once on a page."""

    selector: str
    text: str  # its first 300 characters
    chars: int
    share: float  # of the extracted text's characters that stand in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What of a page proposals are made of."""

    title: str
    authors: tuple[str, ...]
    has_date: bool
    body_chars: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rule that may be of use, with why."""

    field: RuleField
    css: str
    pages: int  # on which the selector finds one element
    why: str
    example: str


def outline(html: bytes, url: str, content_type: str | None, outlet: Outlet | None) -> Outline | None:
    """The outline of a page; None for what is no HTML."""
    tree = None if binary_kind(html) else parse(decode(html, content_type))
    if tree is None:
        return None
    found = extract_article(html, url=url, content_type=content_type, outlet=outlet)
    lines = [key(line) for line in found.body.split("\n") if line]
    parts = []
    for selector, element in _unique(tree):
        text = plain(element)
        folded = key(text)
        held = sum(len(line) for line in lines if line and line in folded)
        share = held / max(1, sum(map(len, lines)))
        parts.append(Part(selector=selector, text=text[:_MAX_CHARS], chars=len(text), share=share))
    return Outline(
        title=found.title,
        authors=found.authors,
        has_date=found.published is not None,
        body_chars=len(found.body),
        parts=tuple(parts),
    )


def _unique(tree: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Elements that their tag with a class or an id finds alone; at most 400."""
    found: dict[str, HtmlElement] = {}
    counts: Counter[str] = Counter()
    for element in tree.iter(*_TAGS):
        names = [f"{element.tag}.{name}" for name in (element.get("class") or "").split()[:6] if _is_stable(name)]
        if (identifier := element.get("id") or "") and _is_stable(identifier):
            names.append(f"{element.tag}#{identifier}")
        counts.update(names)
        for name in names:
            found.setdefault(name, element)
    seen: set[HtmlElement] = set()
    for name, element in list(found.items())[: 4 * _MAX_PARTS]:
        if counts[name] == 1 and element not in seen and len(seen) < _MAX_PARTS:
            seen.add(element)
            yield name, element


def _is_stable(name: str) -> bool:
    """Whether a name looks written by a person: such names outlive the next build of a site."""
    return bool(_NAME.match(name)) and not _HASHED.search(name)


def propose(outlines: Sequence[Outline]) -> list[Proposal]:
    """Rules that may be of use, best evidence first; none of fewer than three pages.

    A title or a byline is proposed where the core found none on most pages, a date likewise; a body where one element
    holds 85% of the text that the core finds; to be dropped is what stands in the text with the same words on most
    pages.
    """
    if len(outlines) < _MIN_PAGES:
        return []
    by_selector: dict[str, list[tuple[Outline, Part]]] = defaultdict(list)
    for page in outlines:
        for part in page.parts:
            by_selector[part.selector].append((page, part))
    least = max(_MIN_PAGES, _ON_MOST * len(outlines))
    proposals = [
        proposal
        for selector, found in by_selector.items()
        if len(found) >= least and (proposal := _proposal(selector, found, outlines))
    ]
    return sorted(proposals, key=lambda p: (p.field.value, -p.pages, len(p.css)))


def _proposal(selector: str, found: Sequence[tuple[Outline, Part]], outlines: Sequence[Outline]) -> Proposal | None:
    parts = [part for _, part in found]
    texts = Counter(part.text for part in parts)
    field, why = None, ""
    if texts.most_common(1)[0][1] > _ON_MOST * len(parts):
        if any(0 < part.share < 1 - _HOLDS for part in parts):
            field, why = RuleField.DROP, "stands in the text with the same words on most pages"
    elif _most(p.chars <= _LINE_CHARS and bool(persons_in(p.text, is_marked=True)) for p in parts):
        if not _most(bool(page.authors) for page in outlines):
            field, why = RuleField.AUTHORS, "names a person, where no author was found"
    elif _most(p.chars <= _LINE_CHARS and read_date(p.text) is not None for p in parts):
        if not _most(page.has_date for page in outlines):
            field, why = RuleField.PUBLISHED, "holds a date, where none was found"
    elif _most(_MIN_BODY_CHARS <= page.body_chars <= p.chars * _NO_MORE and _holds(page, p) for page, p in found):
        field, why = RuleField.BODY, "holds the text and little else"
    if field is None:
        return None
    example = next((part.text for part in parts if part.text), "")[:_LINE_CHARS]
    return Proposal(field=field, css=selector, pages=len(found), why=why, example=example)


def _holds(page: Outline, part: Part) -> bool:
    return part.share >= _HOLDS and part.chars <= _NO_MORE * page.body_chars


def _most(claims: Iterator[bool] | Sequence[bool]) -> bool:
    held = list(claims)
    return sum(held) >= _ON_MOST * len(held)
