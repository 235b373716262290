"""What runs in the child processes of a probe: reading a home page, or a source that is tried, in short.

Apart from `crawler.pipelines.child`, so that a probe does not wait for what only extraction needs.
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
from crawler.pipelines.body import Body, Unreadable, decoded
from storage.records import Outlet, OutletSource, SourceKind

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


def read_front(body: Body, url: str, home_url: str, taken_keys: Collection[str]) -> Front | Unreadable:
    """Reads a home page that was found at `url` for its outlet's name, languages and feeds."""
    html = decoded(body)
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
    plain = decoded(body)
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
