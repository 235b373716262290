"""Sites: the registrable domain of a URL, and short keys made from it.

Pure: uses the public suffix list that ships with tldextract, never the network or a cache on disk.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import ada_url
import tldextract

MAX_KEY_LENGTH = 64

# Private suffixes count, so that each of many blogs at one host is a site of its own.
_split = tldextract.TLDExtract(
    suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True, include_psl_private_domains=True
)


def host_of(url: str) -> str:
    """Host of an absolute URL, lower case and in ASCII; "" when there is none."""
    try:
        return ada_url.URL(url).hostname
    except ValueError:
        return ""


def site_of(url: str) -> str:
    """Registrable domain of an absolute URL ("bbc.co.uk"), or its host where it has none; "" for no URL."""
    host = host_of(url)
    return _split.extract_str(host).top_domain_under_public_suffix or host


def site_label(url: str) -> str:
    """The part of a site's name that is its own: "bbc" of https://www.bbc.co.uk/."""
    host = host_of(url)
    parts = _split.extract_str(host)
    return parts.domain if parts.domain and parts.suffix else host


def free_key(wish: str, taken: Collection[str]) -> str:
    """A key of [a-z0-9-] like the one wished for that is not taken: "bbc", then "bbc-2", "bbc-3", ..."""
    key = re.sub(r"[^a-z0-9]+", "-", wish.lower()).strip("-")[: MAX_KEY_LENGTH - 8].strip("-") or "outlet"
    if key not in taken:
        return key
    number = 2
    while f"{key}-{number}" in taken:
        number += 1
    return f"{key}-{number}"
