"""Caps on what one response may cost. Past a cap the response is given up with a recorded reason."""

from __future__ import annotations

from storage.records import SourceKind

#: Pages: of 923 real ones the largest had 1.6 MB; some parsers grow faster than their input.
MAX_PAGE_BYTES = 4 * 1024 * 1024
MAX_FEED_BYTES = 16 * 1024 * 1024
#: The sitemap protocol's own limit, uncompressed.
MAX_SITEMAP_BYTES = 52_428_800
#: RFC 9309 2.5: at least 500 KiB are to be parsed.
MAX_ROBOTS_BYTES = 512_000
#: A robots.txt longer than what is parsed is cut, not refused, up to this size.
MAX_ROBOTS_RESPONSE_BYTES = 4 * 1024 * 1024

#: Headers of a response, interim answers included. Browsers stop at 256 KB; a million lines cost 20 s and 0.8 GB.
MAX_HEADER_LINES = 256
MAX_HEADER_BYTES = 64 * 1024
MAX_REDIRECTS = 5
#: What a hub pushed, decoded; what it may send is less (`delivery.web.websub`).
MAX_PUSH_BYTES = MAX_FEED_BYTES
MAX_URL_CHARS = 2048
#: The whole response, headers and body.
TIMEOUT_S = 30
#: Extraction or parsing of one body.
PARSE_TIMEOUT_S = 10


def max_source_bytes(kind: SourceKind) -> int:
    """The cap for the body of a source, decoded."""
    return {SourceKind.SITEMAP: MAX_SITEMAP_BYTES, SourceKind.LISTING: MAX_PAGE_BYTES}.get(kind, MAX_FEED_BYTES)
