"""One door for all kinds of sources: a body in, what it lists out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crawler.discovery.feeds import read_feed
from crawler.discovery.forms import Form, form_of
from crawler.discovery.inflate import Inflated, inflate
from crawler.discovery.listings import read_listing
from crawler.discovery.sitemaps import read_sitemap
from crawler.encodings.decoding import decode
from crawler.walls.pages import wall_of_html
from storage.records import Discovery, Outlet, Reason, SourceKind

_LOOK_BYTES = 131_072

_SITEMAP_FORMS = frozenset({Form.SITEMAP, Form.URL_LIST})
_FEED_FORMS = frozenset({Form.FEED, Form.JSON})


def discover(
    kind: SourceKind,
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    outlet: Outlet,
    since: datetime | None = None,
    marks: bytes | None = None,
) -> Discovery:
    """What the body of a source lists, read as what it is rather than as what it was called.

    Outlets put feeds at addresses of sitemaps and the other way round; such a body is read all the same. Only an
    HTML page under a feed or sitemap is a problem: it is an error page or the wrong address, and its links
    would be taken for the outlet's list. `since` (aware UTC) leaves out what a sitemap lists as older, `marks`
    what a feed listed at the last visit (`crawler.discovery.entries`). Never raises, whatever the bytes.
    """
    found = _read(kind, body, url=url, content_type=content_type, outlet=outlet, since=since, marks=marks)
    if found.candidates or found.known or found.sitemaps or form_of(body[:_LOOK_BYTES]) is not Form.HTML:
        return found
    wall = wall_of_html(decode(inflate(body)[0][:_LOOK_BYTES], content_type), url)
    if wall is None:
        return found
    return replace(found, problem=wall.detail, wall=wall.reason if wall.reason is not Reason.GONE else None)


def _read(
    kind: SourceKind,
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    outlet: Outlet,
    since: datetime | None,
    marks: bytes | None,
) -> Discovery:
    form = form_of(next(iter(Inflated(body)), b""))
    if form in _SITEMAP_FORMS:
        return read_sitemap(body, url=url, outlet=outlet, since=since, content_type=content_type)
    if form in _FEED_FORMS:
        return read_feed(body, url=url, content_type=content_type, outlet=outlet, marks=marks)
    if kind is SourceKind.LISTING:
        return read_listing(body, url=url, content_type=content_type, outlet=outlet)
    if kind is SourceKind.SITEMAP:
        return read_sitemap(body, url=url, outlet=outlet, since=since, content_type=content_type)
    return read_feed(body, url=url, content_type=content_type, outlet=outlet)
