"""A second reading of pages whose first one is mostly menus: the densest block, by readability's measure."""

# ruff: noqa: RUF001
# signs of many scripts

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement, fragment_fromstring
from trafilatura.readability_lxml import Document

_INLINE = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "img", "ins", "kbd", "mark",
     "nobr", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr"]
)  # fmt: skip
_LABEL_CHARS = 60
_LONG_CHARS = 80
_MIN_CHARS = 250
_MIN_SENTENCES = 0.3  # of the first reading's: the rest of them is often comments and teasers
_MIN_GAIN = 0.05
_MIN_NAMED = 0.4
_STEM_CHARS = 5
_STEM = re.compile(r"[^\W\d_]{5,}")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MIN_LEGAL = 2
_LEGAL = re.compile(
    r"©|\bcopyright\b|rights reserved|alle rechte|tous droits|derechos reservados|direitos reservados|"
    r"tutti i diritti|prawa zastrzeżone|все права|охраняются|δικαιώματα|版权所有|版權所有|جميع الحقوق|כל הזכויות",
    re.IGNORECASE,
)
_ENDS = (".", "!", "?", "…", ":", ";", "”", '"', "»", "。", "！", "？", "؟", ")", "“")


def junk_share(paragraphs: Sequence[str]) -> float:
    """How much of a text, by characters, stands in table rows and in short lines that are no sentences."""
    total = junk = 0
    for paragraph in paragraphs:
        for line in paragraph.split("\n"):
            size = width(line)
            total += size
            if line.startswith("|") or (size < _LABEL_CHARS and not line.endswith(_ENDS)):
                junk += size
    return junk / total if total else 1.0


def sentences(paragraphs: Sequence[str]) -> int:
    """How many characters stand in lines of some length."""
    return sum(size for line in paragraphs if (size := width(line)) >= _LONG_CHARS)


def width(line: str) -> int:
    """Characters of a line, one of Chinese, Japanese or Korean counted as three: so much it says."""
    return len(line) if line.isascii() else len(line) + 2 * len(_DENSE.findall(line))


def is_clearer(other: Sequence[str], paragraphs: Sequence[str], title: str) -> bool:
    """Whether another reading holds text with less junk and a fair part of the sentences of the first, speaks as
    much as that of what the title names, and is not the page's legal notice.
    """
    return (
        sentences(other) >= max(_MIN_CHARS, _MIN_SENTENCES * sentences(paragraphs))
        and junk_share(other) < junk_share(paragraphs) - _MIN_GAIN
        and sum(bool(_LEGAL.search(line)) for line in other) < _MIN_LEGAL
        and _named(other, title) >= _MIN_NAMED * _named(paragraphs, title)
    )


def _named(paragraphs: Sequence[str], title: str) -> int:
    """How many of the title's longer words a text holds; only their first letters count, for inflection's sake."""
    text = " ".join(paragraphs).casefold()
    return sum(stem in text for stem in {word[:_STEM_CHARS] for word in _STEM.findall(title.casefold())})


def densest_block(tree: HtmlElement) -> list[str]:
    """The paragraphs of the block that holds the most text with the fewest links; empty when there is none.

    Changes the tree, so it is asked last.
    """
    try:
        return lines_of(fragment_fromstring(Document(tree).summary(), create_parent="div"))
    except Exception:  # noqa: BLE001 - a third party's reading of hostile markup, with another one in hand
        return []


def lines_of(element: HtmlElement) -> list[str]:
    """The text of an element, a line for each block and each line break, white space collapsed."""
    parts: list[str] = []
    for child in element.iter():
        is_block = child.tag not in _INLINE
        if is_block:
            parts.append("\n")
        if child.text:
            parts.append(" ".join(child.text.split("\n")) if is_block else child.text.replace("\n", " "))
        if child.tail and child is not element:
            parts.append(("\n" if is_block else "") + child.tail.replace("\n", " "))
    return [line for raw in "".join(parts).split("\n") if (line := " ".join(raw.split()))]
