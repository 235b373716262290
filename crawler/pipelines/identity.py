"""Which article a page is: by what it says of itself, where that can be believed."""

from __future__ import annotations

from urllib.parse import urlsplit

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fingerprint, is_within
from storage.records import Candidate, Extraction, Outlet


def identity(outlet: Outlet, candidate: Candidate, final_url: str, read: Extraction) -> tuple[str, int]:
    """The article's canonical URL and its fingerprint.

    What the page says, while it stays within the outlet and is no front page; else where it was found.
    """
    for url in (read.canonical_url, final_url):
        try:
            canonical = canonical_url(url or "", outlet=outlet)
        except BadUrl:
            continue
        if is_within(outlet, canonical) and urlsplit(canonical).path not in {"", "/"}:
            return canonical, fingerprint(canonical)
    return candidate.url, candidate.key


def key_of(url: str, outlet: Outlet) -> int | None:
    """Fingerprint of an outlet's address; None for what is none."""
    try:
        return fingerprint(canonical_url(url, outlet=outlet))
    except BadUrl:
        return None
