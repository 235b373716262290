"""The Public Suffix List: under which domains anybody may register a name of their own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import ExtractResult, TLDExtract


def parts_of(host: str) -> ExtractResult:
    """A host (lower case, ASCII, no port) in its parts: subdomain, domain, suffix.

    By the list that ships with tldextract, never by the network or a cache on disk. Private suffixes count, so that
    each of many blogs at one blog host is a site of its own.
    """
    return _list().extract_str(host)


@cache
def _list() -> TLDExtract:
    # It loads an HTTP client that is never used: 0.15 s and 16 MB, which most commands have no need to pay.
    from tldextract import TLDExtract  # noqa: PLC0415

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
