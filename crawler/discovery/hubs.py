"""Which hub pushes a feed, as the feed says: Link headers (RFC 8288), links in its head, `hubs` of JSON Feed.

W3C WebSub 4: what headers say comes first. A hub is named by whoever writes the feed, so nothing is believed of it here
but that it is a web address; the address guard judges it when it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.feedwords import head_of
from crawler.discovery.urls import MAX_URL_CHARS, origin
from storage.records import HubLink

_LINK = re.compile(rb"<(?:[\w.-]+:)?link\s([^<>]{1,4096})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w:-])([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_HEADER_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^\s";,]+))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))', re.IGNORECASE)
_MOST_LINKS = 50


def hub_in_headers(headers: Iterable[tuple[str, str]], url: str) -> HubLink | None:
    """Of the Link headers of an answer from `url`."""
    links: list[tuple[str, str]] = []
    for name, value in headers:
        if name.lower() != "link":
            continue
        for target, parameters in _HEADER_LINK.findall(value[: 4 * MAX_URL_CHARS])[:_MOST_LINKS]:
            rel = _REL.search(parameters)
            links += [(word, target) for word in (rel[1] or rel[2] or "").lower().split()] if rel else []
    return _chosen(links, url)


def hub_in_feed(body: bytes, url: str) -> HubLink | None:
    """Of a feed's bytes, in an encoding that holds ASCII: its links before its first entry."""
    head = head_of(body)
    if b"hub" not in head:
        return None
    links: list[tuple[str, str]] = []
    for found in list(_LINK.finditer(head))[:_MOST_LINKS]:
        told = {
            name.lower(): one or other for name, one, other in _ATTRIBUTE.findall(found[1].decode("utf-8", "replace"))
        }
        links += [(word, unescape(told.get("href", ""))) for word in told.get("rel", "").lower().split()]
    return _chosen(links, url)


def hub_in_json(feed: Mapping[str, Any], url: str) -> HubLink | None:
    """Of a JSON Feed: its first hub of type WebSub, and its `feed_url`."""
    hubs = feed.get("hubs")
    links = [
        ("hub", str(hub.get("url") or ""))
        for hub in (hubs if isinstance(hubs, list) else [])[:_MOST_LINKS]
        if isinstance(hub, dict) and str(hub.get("type")).lower() == "websub"
    ]
    return _chosen([*links, ("self", str(feed.get("feed_url") or ""))], url)


def _chosen(links: Iterable[tuple[str, str]], url: str) -> HubLink | None:
    """The first hub that is a web address, and the feed's own address if it tells one."""
    found = list(links)
    hub = next((address for rel, link in found if rel == "hub" and (address := _address(link, url))), None)
    if hub is None:
        return None
    topic = next((address for rel, link in found if rel == "self" and (address := _address(link, url))), None)
    return HubLink(hub=hub, topic=topic)


def _address(link: str, url: str) -> str | None:
    """The link as it is written, if that is whole, since hubs compare topics letter by letter."""
    link = link.strip()
    if not link or len(link) > MAX_URL_CHARS:
        return None
    try:
        address = link if re.match(r"https?://", link, re.IGNORECASE) else absolute_url(link, base=url)
        origin(address)
    except BadUrl:
        return None
    return address if address.isprintable() and " " not in address else None
