"""Captures for the tests of the archive."""

from __future__ import annotations

import gzip
import hashlib
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from storage.records import Capture, HttpExchange, Provenance, Tls

PAGE = b"<html><p>Iran withdrew, and Hezbollah stayed.</p></html>" * 200
URL = "https://www.jpost.example/news/article-1?b=2&a=1"
AT = datetime(2026, 7, 30, 12, 0, 1, 250_000, tzinfo=UTC)
FOUND = Provenance(
    outlet_key="jpost",
    candidate_id=7,
    candidate_url="https://jpost.example/news/article-1?utm_source=feed",
    source_id=3,
    source_url="https://jpost.example/feed",
)
NOISE = gzip.compress(random.Random(1).randbytes(150_000))


def capture(body: bytes = PAGE, url: str = URL, at: datetime = AT, **changes: Any) -> Capture:
    """A page as an older archive has it: nobody saw it on the wire."""
    made = Capture(
        url=url,
        final_url=url,
        fetched_at=at,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx")),
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
    )
    return replace(made, **changes)


def exchanged(
    body: bytes = PAGE, url: str = URL, at: datetime = AT, *, chunks: int = 0, trailer: bytes = b"", **changes: Any
) -> Capture:
    """A page with what was on the wire; in so many chunks, if any."""
    length = b"transfer-encoding: chunked" if chunks else b"Content-length: %d" % len(body)
    head = b"HTTP/1.1 200 Fine\r\nserver: nginx\r\nContent-TYPE: text/html; charset=utf-8\r\n%b\r\n\r\n" % length
    step = -(-len(body) // chunks) if chunks and body else 1
    pieces = [body[start : start + step] for start in range(0, len(body), step)] if chunks else []
    framed = b"".join(b"%X;x=1\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n" + trailer + b"\r\n"
    exchange = HttpExchange(
        request=b"GET /news/article-1?b=2&a=1 HTTP/1.1\r\nHost: www.jpost.example\r\nAuthorization: withheld\r\n\r\n",
        response_head=head,
        framed=framed if chunks else None,
        ip="203.0.113.7",
        tls=Tls(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", certificate="ab" * 32),
    )
    return capture(body, url, at, exchange=exchange, **changes)
