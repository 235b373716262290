"""Where a text may come from: what the page says of another place where it was published before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from crawler.extract import jsonld
from crawler.extract.given import Given
from crawler.extract.page import Page
from crawler.extract.title import key, keys_of

_MAX_ORIGINS = 8
_MAX_CHARS = 300
_LEAD_PARAGRAPHS = 3
_END_PARAGRAPHS = 8
_ZONE_CHARS = 2  # of a country's domain
_SECOND_CHARS = 3  # of "co", "com", "org" before it
_SOURCE_META = ("original-source", "syndication-source", "dc.source", "dcterms.source", "article:source", "source")


def origins_of(
    page: Page, canonical: str | None, credit: str | None, paragraphs: Sequence[str], given: Given
) -> tuple[tuple[str, str], ...]:
    """(rule, URL or name), the strongest hint first; at most eight.

    Order: a canonical URL at another site, JSON-LD isBasedOn, meta original-source and its like, the feed's source, a
    sentence "first published in ...", the credit line. What leads to the outlet itself is none; what bylines and
    datelines name is for `storage.origins`. `paragraphs` are the body as it was found.
    """
    own = {_site(_host(page.url)), *map(_site, given.hosts)}
    names = keys_of(page.names)
    found = (
        (rule, value[:_MAX_CHARS])
        for rule, value in _hints(page, canonical, credit, paragraphs, given)
        if key(value) not in names and not (_host(value) and _site(_host(value)) in own)
    )
    return tuple(islice(dict.fromkeys(found), _MAX_ORIGINS))


def _hints(
    page: Page, canonical: str | None, credit: str | None, paragraphs: Sequence[str], given: Given
) -> Iterator[tuple[str, str]]:
    if canonical:
        yield ("canonical, same page" if _is_same_page(page, canonical) else "canonical"), canonical
    for name in ("isBasedOn", "isBasedOnUrl"):
        yield from (("json-ld isBasedOn", value) for value in _works(page.article.get(name)))
    for name in _SOURCE_META:
        yield from ((f"meta {name}", value) for value in page.meta.get(name, ()))
    if given.hints.origin:
        yield "feed source", given.hints.origin
    for paragraph in (*paragraphs[:_LEAD_PARAGRAPHS], *paragraphs[-_END_PARAGRAPHS:]):
        folded = paragraph.lower()
        if any(cue in folded for cue in _CUES) and (found := _FIRST.search(paragraph)):
            yield "sentence in the text", found["where"].strip(" .,“”\"'*")
    if credit:
        yield "credit line", credit


def _is_same_page(page: Page, canonical: str) -> bool:
    """Whether a canonical URL may be the page itself under another name of its outlet: the path is the same, and the
    page does not call itself by the name of the host that it was found at, as those of sister outlets do.
    """
    if _path(canonical) != _path(page.url):
        return False
    label = key(_site(_host(page.url)).partition(".")[0]).replace(" ", "")
    publisher = jsonld.text_of(page.article.get("publisher"))
    said = (*page.meta.get("og:site_name", ()), *page.meta.get("application-name", ()), publisher or "")
    return not any(label in key(name).replace(" ", "") for name in said)


def _path(url: str) -> str:
    """Path of an absolute URL without the slash at its end, else nothing."""
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _works(value: Any) -> Iterator[str]:
    """URLs, or names, of the works that a text is based on."""
    for item in (value if isinstance(value, list) else [value])[:_MAX_ORIGINS]:
        if isinstance(item, dict):
            item = item.get("url") or item.get("@id") or item.get("name")  # noqa: PLW2901 - the work as it is written
        if text := jsonld.text_of(item):
            yield text


def _host(url: str) -> str:
    """Host of an absolute URL, else nothing."""
    try:
        return (urlsplit(url).hostname or "") if url.startswith(("http://", "https://")) else ""
    except ValueError:
        return ""


def _site(host: str) -> str:
    """The last parts of a host, which its owner registered: example.org, example.co.uk."""
    parts = host.lower().split(".")
    is_second = len(parts) > _ZONE_CHARS and len(parts[-1]) == _ZONE_CHARS and len(parts[-2]) <= _SECOND_CHARS
    return ".".join(parts[-3:] if is_second else parts[-2:])


_CUES = ("originally", "first", "publi", "erschien", "paru")  # one of which is in each such sentence
_FIRST = re.compile(
    r"(?:(?:originally|first)\s+(?:published|appeared|ran|posted)|(?:re)?published\s+(?:here\s+)?(?:with|by)\s+permission|"
    r"(?:erschien|erschienen)\s+zuerst|(?:publi[ée]|paru)\s+(?:initialement|d'abord)|publicado\s+originalmente)\s+"
    r"(?:of|in|on|at|by|from|bei|auf|in der|dans|sur|par|en|por)\s+(?P<where>[^.;:|()]{2,80})",
    re.IGNORECASE,
)
