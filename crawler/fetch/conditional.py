"""Conditional requests: the validators of the last answer go back byte-identical (RFC 9110 13.1)."""

from __future__ import annotations

from scrapy.http import Response

from crawler.fetch.headers import header


def condition(etag: str | None, last_modified: str | None) -> dict[str, bytes]:
    """Request headers for what a source sent last time."""
    headers = {}
    if etag:
        headers["If-None-Match"] = etag.encode("latin-1")
    if last_modified:
        headers["If-Modified-Since"] = last_modified.encode("latin-1")
    return headers


def validators(response: Response) -> tuple[str | None, str | None]:
    """ETag and Last-Modified as sent."""
    return header(response, "ETag"), header(response, "Last-Modified")
