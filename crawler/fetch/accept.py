"""What each kind of request says that it can read (RFC 9110 12.5.1)."""

from __future__ import annotations

from storage.records import SourceKind

ACCEPT_PAGE = "text/html, application/xhtml+xml, */*;q=0.5"
_ACCEPT_FEED = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_ACCEPT_SITEMAP = "application/xml, text/xml, text/plain;q=0.8, */*;q=0.5"


def accept(kind: SourceKind) -> str:
    """The Accept header for a source."""
    return {SourceKind.FEED: _ACCEPT_FEED, SourceKind.SITEMAP: _ACCEPT_SITEMAP}.get(kind, ACCEPT_PAGE)
