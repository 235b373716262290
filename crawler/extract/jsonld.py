"""JSON-LD: the article node that a page describes itself with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from lxml.html import HtmlElement

MAX_SCRIPT_CHARS = 1 << 20
MAX_SCRIPTS = 40
MAX_NODES = 3000
MAX_DEPTH = 12

ARTICLE_TYPES = frozenset(
    [
        "article",
        "newsarticle",
        "analysisnewsarticle",
        "askpublicnewsarticle",
        "backgroundnewsarticle",
        "opinionnewsarticle",
        "reportagenewsarticle",
        "reviewnewsarticle",
        "satiricalarticle",
        "advertisercontentarticle",
        "blogposting",
        "liveblogposting",
        "socialmediaposting",
        "report",
        "techarticle",
        "scholarlyarticle",
    ]
)
PAGE_TYPES = frozenset(["webpage", "itempage"])  # second choice: it may carry the article's fields
_CDATA = re.compile(r"^\s*(?:/\*\s*)?(?://\s*)?<!\[CDATA\[(?:\s*\*/)?|(?:/\*\s*)?(?://\s*)?\]\]>(?:\s*\*/)?\s*;?\s*$")
_COMMENT = re.compile(r"^\s*<!--|-->\s*$")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_FIELD = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|inLanguage|articleSection)"\s*:\s*"((?:[^"\\\n]|\\.){1,500})"'
)

Node = dict[str, Any]


def nodes(tree: HtmlElement) -> list[Node]:
    """All JSON-LD objects of a page, outer ones before those inside, in page order.

    Scripts over 1 MiB are not looked at; a broken one is mended where that is safe (comments, CDATA marks,
    trailing commas, raw line breaks in strings), else its plain string fields are picked out.
    """
    found: list[Node] = []
    for count, script in enumerate(tree.iter("script")):
        if count > MAX_SCRIPTS * 10 or len(found) > MAX_NODES:
            break
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = script.text or ""
        if len(text) <= MAX_SCRIPT_CHARS:
            found.extend(_walk(_load(text), 0))
    return found[:MAX_NODES]


def types(node: Node) -> set[str]:
    """The node's types in lower case, without vocabulary prefixes."""
    value = node.get("@type")
    values = value if isinstance(value, list) else [value]
    return {v.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for v in values if isinstance(v, str)}


def text_of(value: Any, limit: int = 2000) -> str | None:
    """A plain string of a JSON-LD value: of a list the first, of an object its name or @value."""
    for _ in range(4):
        if isinstance(value, list):
            value = next((v for v in value if v), None)
        elif isinstance(value, dict):
            value = value.get("name") or value.get("@value") or value.get("url") or value.get("@id")
        else:
            break
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    return clean_text(unescape(value[:limit])) or None


def clean_text(text: str) -> str:
    """Text without lone surrogates and control characters, white space collapsed."""
    return " ".join(text.encode("utf-8", "ignore").decode().replace("\x00", "").split())


def _load(text: str) -> Any:
    if "]>" in text or "CDATA" in text:
        text = _CDATA.sub("", text)
    if "--" in text:
        text = _COMMENT.sub("", text)
    text = text.strip().rstrip(";")
    if not text:
        return None
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return _salvage(text)


def _salvage(text: str) -> Any:
    """The plain string fields of an object that cannot be parsed, the first of each name."""
    if not re.search(r'"@type"\s*:\s*\[?\s*"[A-Za-z]*(?:Article|BlogPosting)"', text):
        return None
    node: Node = {"@type": "Article"}
    for name, value in _FIELD.findall(text):
        try:
            node.setdefault(name, json.loads(f'"{value}"', strict=False))
        except ValueError:
            continue
    return node if len(node) > 1 else None


def _walk(value: Any, depth: int) -> Iterator[Node]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value[:500]:
            yield from _walk(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for item in list(value.values())[:200]:
            if isinstance(item, (dict, list)):
                yield from _walk(item, depth + 1)
