"""Who wrote an article."""

# ruff: noqa: PLR2004
# lengths, shares and clock numbers are the rules themselves

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.page import Page, plain
from crawler.extract.persons import is_person, key, persons_in, proper_case, without_by
from storage.records import Evidence, Hints

_META = (
    "author", "article:author", "og:article:author", "dc.creator", "dcterms.creator", "dc:creator", "parsely-author",
    "sailthru.author", "byl", "byline", "twitter:data1", "article.author", "cxenseparse:author", "authors",
    "citation_author",
    "dcsext.author", "article_author", "creator", "article:author_name",
)  # fmt: skip
_CLASS = re.compile(
    r"author|byline|byl\b|\bautor|writer|posted-by|journalist|redakteur|"
    r"reporter|verfasser|signature|firma\b",
    re.IGNORECASE,
)
_NOT_THERE = re.compile(
    r"comment|related|sidebar|footer|widget|teaser|recommend|popular|latest|bio\b|biograph|about|avatar|image|img|"
    r"photo|"
    r"caption|share|social|follow|description|authority|box-more|most-|more-",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"comment|related|sidebar|footer|teaser|recommend|popular|most-read|read-more", re.IGNORECASE)
_MAX_ELEMENTS = 30
_TAGS = ("a", "span", "div", "p", "address", "li", "strong", "em", "b", "cite", "h2", "h3", "h4", "h5", "section", "td")
_NEAR_TOP = 3  # how many first lines of the text may hold a byline
_BYLINE_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A byline as it was found: by what rule, its text, and the persons in it."""

    rule: str
    text: str
    names: tuple[str, ...]
    is_marked: bool = True  # the page says that this is the author; else only a name of a class does


def read_byline(
    declared: Sequence[Claim], lines: Sequence[Claim], shown: Sequence[Claim], hints: Hints, outlet_names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """Persons who wrote the article, in order, and why.

    Order: a line "By ..." at the top of the text (where the head and it differ, the head names who posted it),
    JSON-LD, meta, microdata and rel=author, elements named for authors, the source's hint. The first that names a
    person wins, but for a declared one that names further persons as well; what named only desks, addresses or
    the outlet is told as lost.
    """
    hint = _claim("hint", hints.authors, outlet_names)
    marked, named = [c for c in shown if c.is_marked], [c for c in shown if not c.is_marked]
    claims = [*lines, *declared, *marked, *named, *hint]
    won = _fuller(next((c for c in claims if c.names), None), declared)
    authors = tuple(proper_case(n) for n in won.names) if won else ()
    lost = dict.fromkeys(
        (c.rule, c.text[:_BYLINE_CHARS]) for c in claims if c is not won and key(c.text) != key(", ".join(authors))
    )
    if not won and not lost:
        return (), ()
    value = ", ".join(authors)
    return authors, (Evidence(field="authors", rule=won.rule if won else "none", value=value, lost=tuple(lost)[:8]),)


def declared_byline(page: Page) -> list[Claim]:
    """What JSON-LD and meta say, in order of trust."""
    claims: list[Claim] = []
    for field in ("author", "creator"):
        claims += _claim("json-ld " + field, list(_people(page.article.get(field), page)), page.names)
    for name in _META:
        values = [v for v in page.meta.get(name, ()) if not v.startswith(("http:", "https:", "/"))]
        claims += _claim("meta " + name, values, page.names)
    return claims


def by_lines(paragraphs: Sequence[str], outlet_names: Sequence[str]) -> list[Claim]:
    """Lines "By ..." among the first of the text."""
    return [
        Claim(rule="by-line in the text", text=line, names=tuple(persons_in(line, outlet_names)))
        for line in paragraphs[:_NEAR_TOP]
        if len(line) <= _BYLINE_CHARS and without_by(line)[1]
    ]


def shown_byline(page: Page) -> list[Claim]:
    """What elements marked up as, or named for, the author say, those near the headline first; at most 30."""
    marked: list[str] = []
    claims: list[Claim] = []
    far: list[Claim] = []
    region = _region(page.tree)
    for element in page.tree.iter(*_TAGS):
        is_marked = "author" in (element.get("itemprop") or element.get("rel") or "").lower()
        is_named, is_other = _names(element.get("class") or "", element.get("id") or "")
        if is_other or not (is_marked or is_named) or _is_elsewhere(element):
            continue
        text = _line(element)
        if text and is_marked:
            marked.append(text)
        elif text:
            names_in = tuple(persons_in(text, page.names))
            is_near = any(a in region for a in element.iterancestors())
            (claims if is_near else far).append(
                Claim(rule="byline element", text=text, names=names_in, is_marked=False)
            )
        if len(claims) + len(far) + len(marked) >= _MAX_ELEMENTS:
            break
    return [*_claim("itemprop author", marked, page.names), *claims, *far]


@lru_cache(maxsize=50_000)
def _names(class_names: str, identifier: str) -> tuple[bool, bool]:
    """Whether names speak of an author, and whether of something else; cached, as an outlet's pages repeat them."""
    names = f"{class_names} {identifier}"
    return bool(_CLASS.search(names)), bool(_NOT_THERE.search(names))


def _claim(rule: str, texts: Sequence[str], outlet_names: Sequence[str]) -> list[Claim]:
    if not texts:
        return []
    names: dict[str, str] = {}
    for text in texts:
        for name in persons_in(text, outlet_names, is_marked=True):
            names.setdefault(key(name), name)
    return [Claim(rule=rule, text=", ".join(texts), names=tuple(names.values()))]


def _region(tree: HtmlElement) -> set[HtmlElement]:
    """The nearest five ancestors of the only h1: what lies in none of them belongs to something else."""
    headlines = list(tree.iter("h1"))
    if len(headlines) != 1:
        return set()
    return {a for a in islice(headlines[0].iterancestors(), 5) if a.tag != "html"}


def _fuller(won: Claim | None, declared: Sequence[Claim]) -> Claim | None:
    """The longest declared claim that holds all of the winner's names: templates often declare only the first."""
    if won is None or won.rule == "by-line in the text":
        return won
    mine = {key(n) for n in won.names}
    larger = [c for c in declared if mine < {key(n) for n in c.names}]
    return max(larger, key=lambda c: len(c.names), default=won)


def _is_elsewhere(element: HtmlElement) -> bool:
    """Whether an element lies in what is not the article: comments, teasers, footers."""
    return any(
        a.tag in ("aside", "footer", "nav") or _ELSEWHERE.search(f"{a.get('class') or ''} {a.get('id') or ''}")
        for a in islice(element.iterancestors(), 6)
    )


def _people(value: Any, page: Page) -> Iterator[str]:
    """Names in a JSON-LD author: strings, objects, lists, and references to nodes elsewhere on the page."""
    for item in (value if isinstance(value, list) else [value])[:30]:
        person = item
        if isinstance(item, dict) and "name" not in item and isinstance(item.get("@id"), str):
            person = next((n for n in page.nodes if n.get("@id") == item["@id"] and "name" in n), item)
        if isinstance(person, dict):
            if jsonld.types(person) & {"organization", "newsmediaorganization"} and not is_person(
                str(person.get("name"))
            ):
                continue
            inner = person.get("name")
            for name in inner if isinstance(inner, list) else [inner]:
                if text := jsonld.text_of(name, 300):
                    yield text
        elif isinstance(person, str) and (text := jsonld.text_of(person, 300)):
            yield text


def _line(element: HtmlElement) -> str | None:
    """A short text of an element, the inner name where microdata nests one."""
    inner = next((e for e in element.iter("span", "a", "meta") if (e.get("itemprop") or "") == "name"), None)
    if inner is not None:
        return (inner.get("content") or plain(inner))[:_BYLINE_CHARS] or None
    if sum(1 for _ in element.iter()) > 40:
        return None
    text = plain(element)
    return text if 2 < len(text) <= _BYLINE_CHARS else None
