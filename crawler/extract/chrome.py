"""Parts of a page that its own names show to be no article: promos, sign-ups, related links, bios."""

from __future__ import annotations

from lxml.etree import XPath
from lxml.html import HtmlElement

_WORDS = (
    "related", "Related", "newsletter", "Newsletter", "promo", "Promo", "signup", "sign-up", "recirc", "Recirc",
    "outbrain", "taboola", "recommend", "most-read", "mostread", "most-popular", "read-more", "readmore", "ReadMore",
    "read-also", "see-also", "also-read", "also-like", "author-bio", "authorbio", "author-box", "about-author",
    "author-info", "AuthorBio", "social-share", "share-buttons", "paywall", "subscription", "caption", "Caption",
    "correction-form", "feedback", "rating", "skip-link", "sr-only", "visually-hidden", "screen-reader",
)  # fmt: skip
_NAMED = XPath(
    "//*[self::div or self::section or self::ul or self::ol or self::p or self::span or self::figure or self::article "
    "or self::li or self::table][@class or @id]["
    + " or ".join(f"contains(@class, '{word}') or contains(@id, '{word}')" for word in _WORDS)
    + "]"
)
_MAX_SHARE = 0.15  # of the page's text: a larger part is named for something else


def prune(tree: HtmlElement) -> None:
    """Deletes such parts from a tree, each only while it holds little of the text and no headline."""
    named = _NAMED(tree)
    if not named:
        return
    limit = _MAX_SHARE * len(tree.text_content())
    for element in named:
        parent = element.getparent()
        if parent is None or element.find(".//h1") is not None or len(element.text_content()) > limit:
            continue
        _drop(element, parent)


def _drop(element: HtmlElement, parent: HtmlElement) -> None:
    """Removes an element and keeps the text that follows it."""
    if element.tail and element.tail.strip():
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def link_texts(tree: HtmlElement) -> frozenset[str]:
    """Texts of all links of some length, white space collapsed: a line that is one of them is a pointer elsewhere."""
    found = (" ".join(a.text_content().split()) for a in tree.iter("a"))
    return frozenset(text for text in found if len(text) >= _MIN_LINK_CHARS)


_MIN_LINK_CHARS = 12
