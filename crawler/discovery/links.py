"""All links of a page that stay at its outlet."""

from __future__ import annotations

from crawler.discovery.errors import BadUrl
from crawler.discovery.inflate import inflate
from crawler.discovery.pagetree import page_tree
from crawler.discovery.urls import fetch_url, is_within
from storage.records import Outlet

_MOST = 5_000


def links_of(body: bytes, *, url: str, content_type: str | None, outlet: Outlet) -> tuple[str, ...]:
    """Addresses to fetch, each once, in page order. Never raises: a page that cannot be read has none."""
    root = page_tree(inflate(body)[0], content_type)
    if root is None:
        return ()
    found: dict[str, None] = {}
    for anchor in root.iter("a"):
        try:
            target = fetch_url(anchor.get("href") or "", base=url)
        except BadUrl:
            continue
        if is_within(outlet, target):
            found[target] = None
        if len(found) >= _MOST:
            break
    return tuple(found)
