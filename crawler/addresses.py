"""Addresses read as browsers read them (WHATWG URL Standard, by ada): what is judged is what is fetched. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import ada_url

_CREDENTIALS = re.compile(r"(?<=://)[^/@?#]*@")


def absolute_url(url: str, *, base: str | None = None) -> str:
    """The URL as written, made absolute and without credentials; text that cannot be joined is returned as it is."""
    return _joined(url, base) if base else _alone(url)


@lru_cache(maxsize=4_096)
def _alone(url: str) -> str:
    return _joined(url, None)


def _joined(url: str, base: str | None) -> str:
    try:
        href = ada_url.join_url(base, url) if base else ada_url.normalize_url(url)
    except ValueError:
        return url
    return _CREDENTIALS.sub("", href, count=1) if "@" in href else href
