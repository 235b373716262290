"""What runs in the child processes: reading a page, a source, or a home page for its sources. See
`crawler.pipelines.pool`.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from crawler.discovery.autodiscovery import feeds_in_page, propose_outlet, sitemaps_in_robots
from crawler.discovery.forms import Form, form_of
from crawler.discovery.inflate import Inflated
from crawler.discovery.read import discover
from crawler.extract.article import extract_article
from crawler.extract.article import warm as warm_extraction
from crawler.fetch.wire import BodyDamaged, BodyTooLarge, decode_body
from storage.records import Discovery, Extraction, Hints, Outlet, OutletSource, SourceKind

# Libraries warn about what pages contain (lxml, dateutil, ...): nothing that an operator can act on.
warnings.simplefilter("ignore")

_KIND_OF_FORM = {
    Form.FEED: SourceKind.FEED,
    Form.JSON: SourceKind.FEED,
    Form.SITEMAP: SourceKind.SITEMAP,
    Form.URL_LIST: SourceKind.SITEMAP,
}
#: Enough to tell whether two lists are of the same articles.
_KEYS_OF_A_TRIAL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A response's body as it came, and what its headers say of it."""

    raw: bytes
    content_encoding: str | None
    content_type: str | None
    max_bytes: int  # once decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A body that could not even be decoded."""

    is_too_large: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a home page says of its outlet. `kind` is what the body is: a feed's address may have been given."""

    kind: SourceKind
    outlet: Outlet  # proposed; none of its sources has been tried
    feeds: tuple[OutletSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the body of a source lists, in short. `problem` says why it could not be read."""

    kind: SourceKind  # what the body is, whatever it was called
    is_news: bool  # a sitemap with entries for news
    listed: int  # candidates that would be fetched
    left_out: int  # candidates that would not: at other sites, excluded, no articles
    sitemaps: int  # of a sitemap index
    newest: datetime | None
    keys: frozenset[int]  # fingerprints of the first candidates
    problem: str | None


def warm() -> None:
    """Loads what the first page would otherwise wait for."""
    warm_extraction()


def read_page(body: Body, url: str, hints: Hints, outlet: Outlet) -> Extraction | Unreadable:
    """Extracts an article from a response."""
    html = _decoded(body)
    if isinstance(html, Unreadable):
        return html
    return extract_article(html, url=url, content_type=body.content_type, hints=hints, outlet=outlet)


def read_source(
    kind: SourceKind, body: Body, url: str, outlet: Outlet, since: datetime | None
) -> Discovery | Unreadable:
    """Lists the candidates in a response."""
    plain = _decoded(body)
    if isinstance(plain, Unreadable):
        return plain
    return discover(kind, plain, url=url, content_type=body.content_type, outlet=outlet, since=since)


def read_front(body: Body, url: str, home_url: str, taken_keys: Collection[str]) -> Front | Unreadable:
    """Reads a home page that was found at `url` for its outlet's name, languages and feeds."""
    html = _decoded(body)
    if isinstance(html, Unreadable):
        return html
    kind = _kind_of(html, SourceKind.LISTING)
    feeds = feeds_in_page(html, url) if kind is SourceKind.LISTING else ()
    return Front(kind=kind, outlet=propose_outlet(home_url, html, (), taken_keys), feeds=tuple(feeds))


def read_robots(text: bytes, url: str) -> tuple[OutletSource, ...]:
    """Sitemaps that a robots.txt names."""
    return tuple(sitemaps_in_robots(text.decode("utf-8", "replace"), url))


def try_source(kind: SourceKind, body: Body, url: str, outlet: Outlet) -> Trial | Unreadable:
    """Reads the body of a source to tell whether it would be of use."""
    plain = _decoded(body)
    if isinstance(plain, Unreadable):
        return plain
    found = discover(kind, plain, url=url, content_type=body.content_type, outlet=outlet)
    wanted = [candidate for candidate in found.candidates if candidate.reason is None]
    dates = (candidate.hints.published for candidate in wanted)
    return Trial(
        kind=_kind_of(plain, kind),
        is_news=any(date is not None and date.rule == "news sitemap" for date in dates),
        listed=len(wanted),
        left_out=len(found.candidates) - len(wanted),
        sitemaps=len(found.sitemaps),
        newest=found.newest,
        keys=frozenset(candidate.key for candidate in wanted[:_KEYS_OF_A_TRIAL]),
        problem=found.problem,
    )


def _kind_of(plain: bytes, otherwise: SourceKind) -> SourceKind:
    return _KIND_OF_FORM.get(form_of(next(iter(Inflated(plain)), b"")), otherwise)


def _decoded(body: Body) -> bytes | Unreadable:
    try:
        return decode_body(body.raw, body.content_encoding, body.max_bytes)
    except BodyTooLarge as error:
        return Unreadable(is_too_large=True, detail=str(error))
    except BodyDamaged as error:
        return Unreadable(is_too_large=False, detail=str(error))
