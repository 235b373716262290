"""A response's body on its way to a child process, and decoded there."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.fetch.limits import MAX_PAGE_BYTES
from crawler.fetch.wire import BodyDamaged, BodyTooLarge, decode_body
from storage.records import StoredCapture

_PAGE_TYPES = ("html", "xml", "text/plain")


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


def is_page(content_type: str | None) -> bool:
    """Whether what a response calls itself may be a page; what calls itself nothing may."""
    kind = (content_type or "html").lower()
    return any(word in kind for word in _PAGE_TYPES)


def body_of_capture(capture: StoredCapture, raw: bytes) -> Body:
    """The body of a page that is kept."""
    headers = {header.lower(): value for header, value in capture.headers}
    return Body(
        raw=raw,
        content_encoding=headers.get("content-encoding"),
        content_type=headers.get("content-type"),
        max_bytes=MAX_PAGE_BYTES,
    )


def decoded(body: Body) -> bytes | Unreadable:
    """The body with its content codings undone, up to its cap."""
    try:
        return decode_body(body.raw, body.content_encoding, body.max_bytes)
    except BodyTooLarge as error:
        return Unreadable(is_too_large=True, detail=str(error))
    except BodyDamaged as error:
        return Unreadable(is_too_large=False, detail=str(error))
