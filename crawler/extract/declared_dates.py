"""Dates that a page declares: JSON-LD, meta, its address and the state its own scripts keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.extract import jsonld
from crawler.extract.datings import Dating, datings
from crawler.extract.moments import DateStyle
from crawler.extract.page import Page

_PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "article.published", "publish-date", "publish_date", "pubdate", "article_date_original",
    "originalpublicationdate", "rnews:datepublished", "cxenseparse:recs:publishtime", "bt:pubdate", "dc.date.issued",
    "dcterms.created", "dcterms.issued", "dc.date.created", "citation_publication_date", "citation_date",
    "article:published", "published_date", "publication_date", "publication-date", "date_published", "published",
    "article.created", "article:created", "published_at", "created_at", "datecreated", "date.created", "release_date",
    "dc:created", "created", "publishdate", "vr:published_time", "pub_date", "article:publish_time", "og:pubdate",
)  # fmt: skip
#: Names under which some publishing systems tell the publication and others the last change.
_DOUBTFUL_META = ("dcterms.date", "dc.date", "date", "dc:date", "last-published")
_MODIFIED_META = (
    "article:modified_time", "og:updated_time", "og:article:modified_time", "datemodified", "article.updated",
    "last-modified", "lastmod", "dcterms.modified", "dc.date.modified", "revised", "article:modified",
    "og:modified_time", "article.modified", "article:updated_time", "updated_at", "modified_date", "date_modified",
)  # fmt: skip
_DAY_IN_URL = re.compile(
    r"/((?:19|20)\d\d)(?:([/-])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])|(0[1-9]|1[0-2])(0[1-9]|[12]\d|"
    r"3[01]))(?=[/_.-]|$)"
)
_DAY_FIRST_IN_URL = re.compile(r"(?<=[/_-])([0-3]?\d)-([01]?\d)-((?:19|20)\d\d)(?=[/_.-]|$)")
_MAX_SCRIPT_CHARS = 1 << 20
_MAX_STATED = 20
#: Names under which the scripts of a page keep its article's day, the surest first.
_STATE_NAMES = (
    ("datepublished", "publishdate", "publisheddate", "publicationdate", "publishedat", "firstpublished",
     "firstpublishedat", "firstpublisheddate", "firstpublishdate", "firstpubdate", "publishingdate",
     "publishtime", "publicationtime", "pubdate", "datepublish"),
    ("createdat", "createddate", "creationdate", "createddatetime", "datecreated"),
)  # fmt: skip
_STATED = re.compile(
    r"\b([a-z_]{0,12}(?:[Pp]ubli[sc]|[Pp]ub_?[Dd]at|[Cc]reat)[A-Za-z_]{0,20})\\{0,3}[\"']?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']"
    r"((?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?)\\{0,3}[\"']"
)


def declared_dates(page: Page, style: DateStyle) -> Iterator[Dating]:
    """Publication as JSON-LD and meta declare it, in order of trust."""
    for name in ("datePublished", "dateCreated", "uploadDate"):
        yield from datings("json-ld " + name, jsonld.text_of(page.article.get(name)), style)
    yield from _in_meta(page, _PUBLISHED_META, style)


def doubtful_dates(page: Page, style: DateStyle) -> Iterator[Dating]:
    """Publication or change: meta names that mean the one or the other."""
    yield from _in_meta(page, _DOUBTFUL_META, style)


def declared_changes(page: Page, style: DateStyle) -> Iterator[Dating]:
    """The last change as JSON-LD and meta declare it."""
    yield from datings("json-ld dateModified", jsonld.text_of(page.article.get("dateModified")), style)
    yield from _in_meta(page, _MODIFIED_META, style)


def date_in_url(url: str) -> Iterator[Dating]:
    """The day that a URL's path names, the year first."""
    if found := _DAY_IN_URL.search(url):
        day = "-".join((found[1], found[3] or found[5], found[4] or found[6]))
        yield from datings("url", day, DateStyle())


def day_first_in_url(url: str) -> Iterator[Dating]:
    """A day as "29-10-2021" in a URL, which may as well be the event's."""
    if found := _DAY_FIRST_IN_URL.search(url):
        yield from datings("url", "-".join((found[3], found[2], found[1])), DateStyle())


def stated_dates(scripts: Sequence[str]) -> Iterator[Dating]:
    """A day that scripts keep for the article, where a name of publication, else of creation, has but one.

    Pages that a browser builds hold their article there and nowhere else; several days of one name are a list's.
    """
    found: dict[str, list[str]] = {}
    left = _MAX_SCRIPT_CHARS
    for script in scripts:
        matches, left = _STATED.finditer(script, 0, max(0, left)), left - len(script)
        for match in matches:
            found.setdefault(match[1].replace("_", "").lower(), []).append(match[2])
    for names in _STATE_NAMES:
        values = [value for name in names for value in found.get(name, ())[:_MAX_STATED]]
        if values and len({value[:10] for value in values}) == 1:
            yield from datings("script", max(values, key=len), DateStyle())


def _in_meta(page: Page, names: Sequence[str], style: DateStyle) -> Iterator[Dating]:
    for name in names:
        for value in page.meta.get(name, ())[:1]:
            yield from datings("meta " + name, value, style)
