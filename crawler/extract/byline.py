"""Who wrote an article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.page import Page, plain
from crawler.extract.persons import is_person, key, persons_in, proper_case, without_by
from storage.records import Evidence, Hints

_META = (
    "author", "article:author", "og:article:author", "dc.creator", "dcterms.creator", "dc:creator", "parsely-author",
    "sailthru.author", "byl", "byline", "twitter:data1", "article.author", "cxenseparse:author", "authors", "citation_author",
    "dcsext.author", "article_author", "creator", "article:author_name",
)  # fmt: skip
_CLASS = re.compile(
    r"author|byline|byl\b|\bautor|writer|posted-by|journalist|redakteur|reporter|verfasser|signature|firma\b",
    re.IGNORECASE,
)
_NOT_THERE = re.compile(
    r"comment|related|sidebar|footer|widget|teaser|recommend|popular|latest|bio\b|biograph|about|avatar|image|img|photo|"
    r"caption|share|social|follow|description|authority|box-more|most-|more-",
    re.IGNORECASE,
)
_NEAR_TOP = 3  # how many first lines of the text may hold a byline
_BYLINE_CHARS = 120


def read_byline(page: Page, hints: Hints, lead: Sequence[str]) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """Persons who wrote the article, in order, and why.

    Order: JSON-LD persons, meta, microdata and rel=author, a line "By ..." at the top of the text (`lead`, its first
    paragraphs), elements named for authors, the source's hint. The first that names a person wins; what named
    only desks, addresses or the outlet is told as lost.
    """
    lost: list[tuple[str, str]] = []
    chosen: tuple[str, tuple[str, ...]] | None = None
    for rule, text, names in _candidates(page, hints, lead):
        if chosen is None and names:
            chosen = (rule, tuple(proper_case(n) for n in names))
        elif text:
            lost.append((rule, text[:120]))
        if len(lost) >= 8:
            break
    if chosen is None:
        return (), (Evidence(field="authors", rule="none", value="", lost=tuple(lost)),) if lost else ()
    rule, authors = chosen
    others = tuple(dict.fromkeys((r, t) for r, t in lost if key(t) != key(", ".join(authors))))
    return authors, (Evidence(field="authors", rule=rule, value=", ".join(authors), lost=others),)


def _candidates(page: Page, hints: Hints, lead: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """(rule, text as found, persons in it) in order."""
    for field in ("author", "creator"):
        names = list(_people(page.article.get(field), page))
        if names:
            yield "json-ld " + field, ", ".join(names), _all_persons(names, page)
    for name in _META:
        values = [v for v in page.meta.get(name, ()) if not v.startswith(("http:", "https:", "/"))]
        if values:
            yield "meta " + name, ", ".join(values), _all_persons(values, page)
    marked, named = _elements(page.tree)
    if marked:
        yield "itemprop author", ", ".join(marked), _all_persons(marked, page)
    for line in lead[:_NEAR_TOP]:
        if len(line) <= _BYLINE_CHARS and without_by(line)[1]:
            yield "by-line in the text", line, persons_in(line, page.names)
    for text in named:
        yield "byline element", text, persons_in(text, page.names)
    if hints.authors:
        yield "hint", ", ".join(hints.authors), _all_persons(hints.authors, page)


def _people(value: Any, page: Page) -> Iterator[str]:
    """Names in a JSON-LD author: strings, objects, lists, and references to nodes elsewhere on the page."""
    for item in (value if isinstance(value, list) else [value])[:30]:
        if isinstance(item, dict) and "name" not in item and isinstance(item.get("@id"), str):
            item = next((n for n in page.nodes if n.get("@id") == item["@id"] and "name" in n), item)  # noqa: PLW2901
        if isinstance(item, dict):
            if jsonld.types(item) & {"organization", "newsmediaorganization"} and not is_person(str(item.get("name"))):
                continue
            inner = item.get("name")
            for name in inner if isinstance(inner, list) else [inner]:
                if text := jsonld.text_of(name, 300):
                    yield text
        elif isinstance(item, str) and (text := jsonld.text_of(item, 300)):
            yield text


def _all_persons(texts: Sequence[str], page: Page) -> list[str]:
    names: dict[str, str] = {}
    for text in texts:
        for name in persons_in(text, page.names):
            names.setdefault(key(name), name)
    return list(names.values())


def _elements(tree: HtmlElement) -> tuple[list[str], list[str]]:
    """Texts marked up as the author, and texts of elements that are only named so, in page order."""
    marked: list[str] = []
    named: list[str] = []
    for element in tree.iter("a", "span", "div", "p", "address", "li", "strong", "h2", "h3", "h4", "em", "b", "cite"):
        prop, rel = element.get("itemprop") or "", element.get("rel") or ""
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        is_marked = "author" in prop.lower() or "author" in rel.lower().split()
        if not is_marked and (not names.strip() or not _CLASS.search(names)):
            continue
        if _NOT_THERE.search(names) or len(marked) + len(named) > 30:
            continue
        text = _line(element)
        if text:
            (marked if is_marked else named).append(text)
    return marked, named


def _line(element: HtmlElement) -> str | None:
    """A short text of an element, the inner name where microdata nests one."""
    inner = next((e for e in element.iter("span", "a", "meta") if (e.get("itemprop") or "") == "name"), None)
    if inner is not None:
        return (inner.get("content") or plain(inner))[:_BYLINE_CHARS] or None
    if sum(1 for _ in element.iter()) > 40:
        return None
    text = plain(element)
    return text if 2 < len(text) <= _BYLINE_CHARS else None
