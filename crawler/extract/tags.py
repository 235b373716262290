"""What an article is filed under: its tags and its section."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from html import unescape
from itertools import islice
from typing import Any

from crawler.extract import jsonld
from crawler.extract.page import Page, plain
from crawler.extract.title import key, keys_of
from storage.records import Evidence

MAX_TAGS = 30
_MAX_CHARS = 60
_MAX_WORDS = 7
_MAX_SECTION_CHARS = 80
_MAX_ITEMS = 500
_MAX_LOST = 5
_SHOWN_CHARS = 120
_TAG_META = ("article:tag", "og:article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "keywords")
_SECTION_META = ("article:section", "og:article:section", "parsely-section", "sailthru.section", "section")
#: What a system files by, not a reader: paths, addresses, "type_review", "Category: News", "id:123", numbers alone.
_MACHINE = re.compile(
    r"^[\W\d]*$|://|^/|\w_\w|\w[:=]\w|\b(?:category|type|region|page|brand)\s*:|^no-?index$|"
    r"^[\da-f]{8}-[\da-f-]{27}$|^[\w.-]+\.(?:com|org|net|info)$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[,،;|、，\n]")  # noqa: RUF001 - commas of other scripts


def read_tags(page: Page) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """At most 30 distinct tags in the page's order, and where they came from. To be asked before the body is cut.

    Order: JSON-LD keywords and about, meta article:tag, news_keywords and its like, keywords, then links with rel=tag
    (six in ten of those agree with labels, nearly nine of the others): the first that holds any. A tag has up to 60
    characters and seven words; the outlet's names and what only a system files by are none.
    """
    found = [(rule, tags) for rule, tags in _declared(page) if tags] or [("rel=tag", _linked(page))]
    (rule, tags), others = found[0], found[1:]
    if not tags:
        return (), ()
    lost = tuple((r, ", ".join(t)[:_SHOWN_CHARS]) for r, t in others if t != tags)[:_MAX_LOST]
    return tags, (Evidence(field="tags", rule=rule, value=", ".join(tags)[:_SHOWN_CHARS], lost=lost),)


def read_section(page: Page) -> tuple[str | None, tuple[Evidence, ...]]:
    """The section that a page names: JSON-LD articleSection, meta, the breadcrumb after the home page."""
    values = (
        ("json-ld articleSection", jsonld.text_of(page.article.get("articleSection"))),
        *((f"meta {name}", page.first_meta(name)) for name in _SECTION_META),
        ("json-ld breadcrumb", _crumb(page)),
    )
    names = keys_of(page.names)
    found = [
        (rule, value)
        for rule, value in values
        if value and len(value) <= _MAX_SECTION_CHARS and key(value) not in names
    ]
    if not found:
        return None, ()
    (rule, section), others = found[0], found[1:]
    lost = tuple(dict.fromkeys((r, v) for r, v in others if v != section))[:_MAX_LOST]
    return section, (Evidence(field="section", rule=rule, value=section, lost=lost),)


def _declared(page: Page) -> Iterator[tuple[str, tuple[str, ...]]]:
    node, none = page.article, keys_of(page.names)
    yield "json-ld keywords", _clean(_words(node.get("keywords")), none)
    yield "json-ld about", _clean(_words(node.get("about")), none)
    for name in _TAG_META:
        yield f"meta {name}", _clean(_split(page.meta.get(name, ())), none)


def _linked(page: Page) -> tuple[str, ...]:
    links = (a for a in page.elements.of("a") if "tag" in (a.get("rel") or "").lower().split())
    return _clean((plain(a) for a in islice(links, _MAX_ITEMS)), keys_of(page.names))


def _words(value: Any) -> Iterator[str]:
    """Names in a JSON-LD value: a string with separators, a list of strings or of things."""
    items = value if isinstance(value, list) else [value]
    if len(items) == 1 and isinstance(items[0], str):
        yield from _SEPARATOR.split(items[0][: _MAX_ITEMS * _MAX_CHARS])
        return
    for item in items[:_MAX_ITEMS]:
        if text := jsonld.text_of(item.get("name") if isinstance(item, dict) else item):
            yield text


def _split(values: Sequence[str]) -> Iterator[str]:
    """The parts of a single value; of several, each is one tag, since a comma in it belongs to it."""
    if len(values) > 1:
        yield from values[:_MAX_ITEMS]
    for value in values if len(values) == 1 else ():
        yield from _SEPARATOR.split(value)


def _clean(texts: Iterator[str], none: Collection[str]) -> tuple[str, ...]:
    """Distinct tags without what is none."""
    tags: dict[str, str] = {}
    for text in islice(texts, _MAX_ITEMS):
        tag = jsonld.clean_text(unescape(text)).lstrip("#").strip(" \"'“”«»")
        is_tag = 1 < len(tag) <= _MAX_CHARS and len(tag.split()) <= _MAX_WORDS and not _MACHINE.search(tag)
        if is_tag and (folded := key(tag)) and folded not in none:
            tags.setdefault(folded, tag)
        if len(tags) == MAX_TAGS:
            break
    return tuple(tags.values())


def _crumb(page: Page) -> str | None:
    """The first step below the home page, where the trail has one between that and the page itself."""
    trail = next((n for n in page.nodes if "breadcrumblist" in jsonld.types(n)), {}).get("itemListElement")
    if not isinstance(trail, list):
        return None
    steps = [step for step in trail[:_MAX_ITEMS] if isinstance(step, dict)]
    if all(isinstance(step.get("position"), int) for step in steps):
        steps.sort(key=lambda step: int(step["position"]))
    names = [jsonld.text_of(step.get("name") or step.get("item")) for step in steps]
    return names[1] if len(names) > 2 else None  # noqa: PLR2004 - home, section, the page
