"""AMP and mobile variants of a page, led back to the page itself."""

from __future__ import annotations

import re

_VARIANT_LABELS = ("amp.", "m.", "mobile.")
_AMP_SUFFIX = re.compile(r"^(?P<page>/.+?)(?:/amp(?P<slash>/?)|\.amp(?P<html>(?:\.html?)?))$", re.IGNORECASE)
_AMP_PREFIX = re.compile(r"^/amp(?=/.)", re.IGNORECASE)
# A page that has an AMP variant has a date, a number or a slug of words in its path; a section named "amp"
# (of an electronics shop, of a tag) stands under plain words.
_IS_ARTICLE_LIKE = re.compile(r"[0-9]|[^/]-[^/]|%")
# Blogger serves its own mobile pages with m=1 (m=0 for the others) at /year/month/slug.html.
_BLOGGER_PATH = re.compile(r"^/\d{4}/\d{2}/[^/]+\.html$")
_AMP_VALUES = frozenset({"", "1", "true", "yes"})


def may_be_variant_host(host: str) -> bool:
    """Whether a host starts with a label that marks AMP or mobile variants."""
    return host.startswith(_VARIANT_LABELS)


def without_variant_label(host: str) -> str:
    """The host without its first label."""
    return host.partition(".")[2]


def page_path(path: str) -> str:
    """The path of the page that an AMP path shows: `/news/a-b/amp` gives `/news/a-b`."""
    # Every spelling ends or starts with these letters: most paths are done with one look.
    if "amp" not in path and "AMP" not in path:
        return path
    while (found := _AMP_SUFFIX.match(path)) is not None and _IS_ARTICLE_LIKE.search(found["page"]):
        path = found["page"] + (found["slash"] or found["html"] or "")
    while (found := _AMP_PREFIX.match(path)) is not None and _IS_ARTICLE_LIKE.search(path):
        path = path[found.end() :]
    return path


def is_variant_parameter(name: str, value: str, path: str) -> bool:
    """Whether a query parameter only asks for the AMP or mobile variant of a page."""
    if name in {"amp", "amp;amp"}:
        return value.lower() in _AMP_VALUES
    if name in {"outputType", "outputtype"}:
        return value.lower() == "amp"
    return name == "m" and value in {"0", "1"} and _BLOGGER_PATH.match(path) is not None
