"""All links of a page that stay at its outlet, and the pictures that it shows."""

from __future__ import annotations

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.inflate import inflate
from crawler.discovery.pagetree import page_tree
from crawler.discovery.urls import fetch_url, is_within
from storage.records import Outlet

_MOST = 5_000
_MOST_PICTURES = 100


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


def pictures_of(body: bytes, *, url: str, content_type: str | None) -> tuple[str, ...]:
    """Addresses of the pictures in a page, each once, in page order. Never raises."""
    root = page_tree(inflate(body)[0], content_type)
    if root is None:
        return ()
    found: dict[str, None] = {}
    for image in root.iter("img"):
        sets = ((image.get(name) or "").split(",")[0].split(" ")[0] for name in ("srcset", "data-srcset"))
        for said in (image.get("src") or "", image.get("data-src") or "", *sets):
            if said.strip():
                found[absolute_url(said.strip(), base=url)] = None
        if len(found) >= _MOST_PICTURES:
            break
    return tuple(found)
