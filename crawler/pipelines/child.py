"""What runs in the child processes: reading a page, reading a source. See `crawler.pipelines.pool`."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import datetime

from crawler.discovery.links import links_of, pictures_of
from crawler.discovery.read import discover
from crawler.extract.article import extract_article
from crawler.extract.article import warm as warm_extraction
from crawler.pipelines.body import Body, Unreadable, decoded
from crawler.pipelines.knowledge import Knowledge
from storage.records import Discovery, Extraction, Outlet, SourceKind

# Libraries warn about what pages contain (lxml, dateutil, ...): nothing that an operator can act on.
warnings.simplefilter("ignore")


def warm() -> None:
    """Loads what the first page would otherwise wait for."""
    warm_extraction()


def read_page(body: Body, url: str, known: Knowledge) -> Extraction | Unreadable:
    """Extracts an article from a response."""
    html = decoded(body)
    if isinstance(html, Unreadable):
        return html
    read = extract_article(
        html,
        url=url,
        content_type=body.content_type,
        hints=known.hints,
        outlet=known.outlet,
        now=known.now,
        repeated=known.repeated,
    )
    return replace(read, opt_outs=(*known.opt_outs, *read.opt_outs)) if known.opt_outs else read


def read_links(body: Body, url: str, outlet: Outlet) -> tuple[str, ...]:
    """Lists the links in a page."""
    plain = decoded(body)
    return (
        () if isinstance(plain, Unreadable) else links_of(plain, url=url, content_type=body.content_type, outlet=outlet)
    )


def read_pictures(body: Body, url: str) -> tuple[str, ...]:
    """Lists the addresses of the pictures in a page."""
    plain = decoded(body)
    return () if isinstance(plain, Unreadable) else pictures_of(plain, url=url, content_type=body.content_type)


def read_source(  # noqa: PLR0917 (the pool hands arguments over by position)
    kind: SourceKind, body: Body, url: str, outlet: Outlet, since: datetime | None, marks: bytes | None = None
) -> Discovery | Unreadable:
    """Lists the candidates in a response."""
    plain = decoded(body)
    if isinstance(plain, Unreadable):
        return plain
    return discover(kind, plain, url=url, content_type=body.content_type, outlet=outlet, since=since, marks=marks)
