"""Addresses read as browsers read them (WHATWG URL Standard, by ada): what is judged is what is fetched. Pure."""

from __future__ import annotations

import re

import ada_url

_CREDENTIALS = re.compile(r"(?<=://)[^/@?#]*@")


def absolute_url(url: str, *, base: str | None = None) -> str:
    """The URL as written, made absolute and without credentials; text that cannot be joined is returned as it is."""
    try:
        href = ada_url.join_url(base, url) if base else ada_url.normalize_url(url)
    except ValueError:
        return url
    return _CREDENTIALS.sub("", href, count=1) if "@" in href else href
