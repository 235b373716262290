"""Conditional requests: the validators of the last answer go back byte-identical (RFC 9110 13.1)."""

from __future__ import annotations

from scrapy.http import Response

from crawler.fetch.headers import header
from storage.records import Validators


def condition(url: str, known: Validators | None) -> dict[str, bytes]:
    """Request headers for a URL; none where what is known was sent by another one."""
    if known is None or known.url != url:
        return {}
    told = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: sent for name, value in told.items() if (sent := _as_sent(value))}


def _as_sent(value: str | None) -> bytes | None:
    """The bytes of a validator; none where the store could not keep them all (a NUL)."""
    try:
        return value.encode("latin-1") if value else None
    except UnicodeEncodeError:
        return None


def validators(response: Response) -> tuple[str | None, str | None]:
    """ETag and Last-Modified as sent."""
    return header(response, "ETag"), header(response, "Last-Modified")
