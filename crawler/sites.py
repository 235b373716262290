"""Sites: the registrable domain of a URL, and short keys made from it."""

from __future__ import annotations

import re
from collections.abc import Collection

import ada_url

from crawler.suffixes import parts_of

MAX_KEY_LENGTH = 64


def host_of(url: str) -> str:
    """Host of an absolute URL, lower case and in ASCII; "" when there is none."""
    try:
        return ada_url.URL(url).hostname
    except ValueError:
        return ""


def site_of(url: str) -> str:
    """Registrable domain of an absolute URL ("bbc.co.uk"), or its host where it has none; "" for no URL."""
    host = host_of(url)
    return parts_of(host).top_domain_under_public_suffix or host


def site_label(url: str) -> str:
    """The part of a site's name that is its own: "bbc" of https://www.bbc.co.uk/."""
    host = host_of(url)
    parts = parts_of(host)
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
