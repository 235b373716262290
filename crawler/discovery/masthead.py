"""Masthead: the name and languages that an outlet's home page gives itself."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from lxml import etree

from crawler.codes import language_code

MAX_NAME_LENGTH = 120
MAX_JSON_NODES = 5_000

_SEPARATOR = re.compile(r"\s+[-|:\u2013\u2014\u00b7\u2022\u00bb\u00ab]+\s+|\s*[|\u00bb\u00ab]\s*|:\s+")
_PUBLISHERS = frozenset({"NewsMediaOrganization", "Organization", "WebSite", "Corporation"})
# control, surrogate, unassigned, line and paragraph separators
_NOT_SHOWN = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_NO_NAME = frozenset({"home", "homepage", "home page", "index", "news", "untitled", "website"})


def name_of(tree: etree._Element, label: str) -> str | None:
    """The outlet's name: og:site_name, JSON-LD's publisher, application-name, or the part of the title
    that is most like `label` (the domain's own part); None where the page tells none.
    """
    told = (
        _meta(tree, "property", "og:site_name"),
        *_json_ld_names(tree),
        _meta(tree, "name", "application-name"),
        _from_title(tree, label),
    )
    names = (_clean(name) for name in told)
    return next((name for name in names if name and name.lower() not in _NO_NAME), None)


def languages_of(tree: etree._Element) -> tuple[str, ...]:
    """ISO 639-1 codes that a page gives itself: html lang, else content-language, else og:locale."""
    element = tree if tree.tag == "html" else next(tree.iter("html"), tree)
    told = (
        element.get("lang"),
        element.get("xml:lang"),
        _meta(tree, "http-equiv", "content-language"),
        _meta(tree, "property", "og:locale"),
    )
    codes = (language_code(tag[:40]) for tag in told if tag)
    return tuple(code for code in codes if code)[:1]


def _meta(tree: etree._Element, attribute: str, value: str) -> str:
    metas = (meta for meta in tree.iter("meta") if (meta.get(attribute) or "").strip().lower() == value)
    return next((meta.get("content") or "" for meta in metas if (meta.get("content") or "").strip()), "")


def _json_ld_names(tree: etree._Element) -> Iterator[str]:
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _names_in(data)


def _names_in(data: Any) -> Iterator[str]:
    """Names of publishers in JSON-LD, the outermost first; walks without recursion."""
    waiting, at = [data], 0
    while at < len(waiting) and at < MAX_JSON_NODES:
        node = waiting[at]
        at += 1
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            kinds = node.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and kind in _PUBLISHERS for kind in kinds):
                yield from (name for name in (node.get("name"),) if isinstance(name, str))


def _from_title(tree: etree._Element, label: str) -> str:
    title = next((element.text or "" for element in tree.iter("title")), "")
    parts = [part for part in _SEPARATOR.split(title[:1_000]) if part.strip()]
    same = re.sub(r"[^a-z0-9]", "", label.lower())
    alike = [part for part in parts if _is_alike(part, same)]
    return min(alike, key=len) if alike else next(iter(parts), "")


def _is_alike(part: str, label: str) -> bool:
    """Whether a domain's label is a title's part without blanks ("timesofisrael"), or its initials ("bbc")."""
    words = re.findall(r"[a-z0-9]+", part.lower())
    joined, initials = "".join(words), "".join(word[0] for word in words)
    has_part = len(joined) > 2 and joined in label  # noqa: PLR2004 - shorter parts are in many a label
    return bool(label and words) and (label in joined or has_part or initials == label)


def _clean(text: str) -> str:
    """A name on one line, its character references resolved (pages often escape twice)."""
    shown = unicodedata.normalize("NFC", html.unescape(text))
    kept = "".join(" " if unicodedata.category(c) in _NOT_SHOWN else c for c in shown[:1_000])
    return " ".join(kept.split())[:MAX_NAME_LENGTH].strip(" -|:\u2013\u2014\u00b7\u00bb\u00ab")
