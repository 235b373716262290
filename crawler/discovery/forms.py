"""What a body is, whatever its address or headers promise."""

from __future__ import annotations

import re
from enum import StrEnum

_LOOK_BYTES = 65_536
_BEFORE_ROOT = re.compile(
    rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[[^\]]*\][^<>]*)?>", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_FEED_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_EBCDIC_XML = b"\x4c\x6f\xa7\x94"
_FORM_OF_ROOT = {
    b"rss": "feed", b"feed": "feed", b"rdf": "feed", b"channel": "feed", b"entry": "feed", b"urlset": "sitemap",
    b"sitemapindex": "sitemap", b"html": "html", b"head": "html", b"body": "html",
}  # fmt: skip


class Form(StrEnum):
    """What a body turned out to be."""

    FEED = "feed"
    JSON = "json"
    SITEMAP = "sitemap"
    URL_LIST = "url-list"
    HTML = "html"
    EMPTY = "empty"
    OTHER = "other"


def form_of(body: bytes) -> Form:
    """Looks at the first 64 KiB: the root element, or what stands in its place."""
    if body.startswith(_EBCDIC_XML):
        return Form.FEED
    # UTF-16 and UTF-32 without their zero bytes are ASCII enough to tell a root element.
    head = body[:_LOOK_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not head:
        return Form.EMPTY
    if head.startswith((b"{", b"[")):
        return Form.JSON
    if head[:8].lower().startswith((b"http://", b"https://")):
        return Form.URL_LIST
    return _form_of_markup(head)


def _form_of_markup(head: bytes) -> Form:
    position = 0
    while (skipped := _BEFORE_ROOT.match(head, position)) is not None:
        position = skipped.end()
    root = _ROOT.match(head, position)
    known = _FORM_OF_ROOT.get(root[1].lower()) if root is not None else None
    if known is not None:
        return Form(known)
    # Messages of a server in front of the root, or an undeclared wrapper around it.
    if _FEED_ROOT.search(head) is not None:
        return Form.FEED
    if b"<urlset" in head or b"<sitemapindex" in head:
        return Form.SITEMAP
    return Form.HTML if b"<html" in head.lower() or root is not None else Form.OTHER
