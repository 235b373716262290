"""What runs in the child processes: reading a page, reading a source. See `crawler.pipelines.pool`."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime

from crawler.discovery.read import discover
from crawler.extract.article import extract_article
from crawler.extract.article import warm as warm_extraction
from crawler.fetch.wire import BodyDamaged, BodyTooLarge, decode_body
from storage.records import Discovery, Extraction, Hints, Outlet, SourceKind

# Libraries warn about what pages contain (lxml, dateutil, ...): nothing that an operator can act on.
warnings.simplefilter("ignore")


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


def _decoded(body: Body) -> bytes | Unreadable:
    try:
        return decode_body(body.raw, body.content_encoding, body.max_bytes)
    except BodyTooLarge as error:
        return Unreadable(is_too_large=True, detail=str(error))
    except BodyDamaged as error:
        return Unreadable(is_too_large=False, detail=str(error))
