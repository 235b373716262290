"""What trafilatura makes of the elements of a text, one after the other: paragraphs and headings without markup in
them, which most are, become lines at once; lists, quotes, tables and the rest by its own hands.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape

from lxml.etree import Element, _Element, strip_elements, strip_tags
from lxml.html import HtmlElement
from trafilatura.main_extractor import handle_textelem
from trafilatura.settings import TAG_CATALOG, Extractor
from trafilatura.utils import RE_FILTER, sanitize
from trafilatura.xml import process_element

from crawler.extract.elements import text_of

_TAGS = {*TAG_CATALOG, "table", "td", "th", "tr"}
_LEAVES = frozenset({"p", "head"})
_BLOCKS = frozenset({"p", "head", "list", "quote", "table"})
_FOLLOWED = frozenset({"list", "quote", "table"})  # by text of its own
_INLINE = frozenset({"code", "del", "hi", "ref", "graphic"})  # not within blocks: rare, and each a case of its own


class Piece:
    """What becomes of one element: its text, all texts with what follows it, and its lines."""

    __slots__ = ("lines", "tag", "text", "texts")

    def __init__(self, tag: str, text: str, texts: list[str], lines: str) -> None:
        self.tag = tag
        self.text = text
        self.texts = texts
        self.lines = lines


def pieces_of(frame: HtmlElement, options: Extractor) -> list[Piece] | None:
    """The pieces of what stands in an element whose tags are converted; None where it holds a case of its own.

    Changes the element.
    """
    pieces: list[Piece | None] = []
    for element in list(frame.iterdescendants()):
        tag = element.tag
        if tag in _LEAVES and len(element) == 0:
            pieces.append(leaf(tag, element.text, element.tail))
        elif tag == "lb":
            pieces.append(leaf("p", (element.tail or "").strip(), None))
        elif tag in _INLINE or (tag == "div" and "w3-code" in (element.get("class") or "")):
            return None
        elif tag in _BLOCKS:
            tail = element.tail
            processed = handle_textelem(element, _TAGS, options)
            if processed is not None:
                piece = block(processed)
                if piece is None:
                    return None
                pieces.append(piece)
            if tag in _FOLLOWED and (processed is None or processed.tail is None):
                pieces.append(leaf("p", (tail or "").strip(), None))
    return [piece for piece in pieces if piece]


def leaf(tag: str, text: str | None, tail: str | None) -> Piece | None:
    """The piece of an element without children; None where it says nothing, or no more than a button."""
    texts = [each for each in (" ".join((text or "").split()), " ".join((tail or "").split())) if each]
    if texts:
        return None if RE_FILTER.match(texts[0]) else Piece(tag, texts[0], texts, "\n".join(texts))
    return Piece(tag, "", texts, "") if tag == "p" and (text or tail) else None  # a heading above it is not the last


def block(processed: _Element) -> Piece | None:
    """The piece of what trafilatura made of an element; None where what stands beside it would share its line."""
    if processed.tag not in _BLOCKS:
        return None
    text = " ".join(text_of(processed).split())
    body = Element("body")
    body.append(processed)
    texts = [str(text) for text in body.itertext()]
    strip_elements(body, "done")
    strip_tags(body, "div")
    for line_break in body.iter("lb"):
        if line_break.tail and not line_break.tail.strip():
            line_break.tail = None
    lines: list[str] = []
    process_element(body, lines, include_formatting=False)
    return Piece(str(processed.tag), text, texts, "".join(lines))


def rendered(pieces: Iterable[Piece]) -> str:
    """The lines of pieces, characters that cannot be printed left out."""
    return unescape(sanitize("\n".join(piece.lines for piece in pieces), preserve_space=True) or "")
