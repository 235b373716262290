"""Meta elements: what the head of a page says in name, property and itemprop."""

from __future__ import annotations

from collections.abc import Mapping

from lxml.html import HtmlElement

_MAX_TAGS = 2000
_MAX_CHARS = 5000


def read_meta(tree: HtmlElement) -> Mapping[str, tuple[str, ...]]:
    """Values of each name, in lower case, in page order; white space collapsed, empty ones left out.

    A page that repeats a tag more than 2,000 times is read up to there; a value is cut at 5,000 characters.
    """
    found: dict[str, list[str]] = {}
    for count, tag in enumerate(tree.iter("meta")):
        if count >= _MAX_TAGS:
            break
        value = " ".join((tag.get("content") or tag.get("value") or "")[:_MAX_CHARS].split())
        if not value:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = tag.get(attribute)
            if name:
                values = found.setdefault(name.strip().lower(), [])
                if value not in values:
                    values.append(value)
    return {name: tuple(values) for name, values in found.items()}
