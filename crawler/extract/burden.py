"""What a page may weigh: parts that cost the parser or the body's engine more than their size says are made light.

Nothing of an ordinary page is touched; what is lost of others is markup, never words.
"""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

# The parser compares each attribute of an element with all before it: 80,000 take a minute.
_LONG_CHARS = 20_000
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<]{{{_LONG_CHARS},}}")
_TAG = re.compile(r"""<([a-zA-Z][\w:-]*+)((?:[^"'>]++|"[^"]*+"|'[^']*+')*+)>?""")
_QUOTED = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_MAX_ATTRIBUTES = 2000
# The engine sorts the text of paragraphs by asking each piece for all before it: 20,000 take minutes.
_MAX_CHILDREN = 1000
_INLINE = frozenset(
    ["a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "small",
     "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"]
)  # fmt: skip
# The engine looks up from each paragraph to the root, several times.
_MAX_PARAGRAPHS = 5000
_MAX_DEPTH = 60
_WRAPPERS = ("div", "section", "article", "main", "center", "span", "font")


def without_attribute_floods(source: str) -> str:
    """A page's source without the attributes of tags that have more than 2,000 of them."""
    return _LONG_TAG.sub(_calmed, source) if _has_gap(source) else source


def _has_gap(source: str) -> bool:
    """Whether 20,000 characters and more stand between two tags' beginnings; in a hundredth of the pattern's time."""
    start = 0
    while start + _LONG_CHARS <= len(source):
        last = source.rfind("<", start, start + _LONG_CHARS)
        if last < 0:
            return True
        start = last + 1
    return False


def _calmed(found: re.Match[str]) -> str:
    tag = _TAG.match(found[0])
    if tag is None or len(_QUOTED.sub("", tag[2]).split()) <= _MAX_ATTRIBUTES:
        return found[0]
    return f"<{tag[1]}>{found[0][tag.end() :]}"


def lighten(tree: HtmlElement, size: int) -> None:
    """Makes elements with a thousand children and more lighter, and paragraphs that lie deep by the thousand, in a
    tree of at most `size` elements.
    """
    if size <= _MAX_CHILDREN:
        return
    for element in [e for e in tree.iter() if len(e) > _MAX_CHILDREN]:
        _join(element)
    paragraphs = list(islice(tree.iter("p"), _MAX_PARAGRAPHS))
    if len(paragraphs) == _MAX_PARAGRAPHS and sum(1 for _ in paragraphs[-1].iterancestors()) > _MAX_DEPTH:
        etree.strip_tags(tree, *_WRAPPERS)


def _join(element: HtmlElement) -> None:
    """Inline children as mere text, further breaks after a break without any."""
    before: HtmlElement | None = None
    parts: list[str] = [element.text or ""]
    kept: list[tuple[HtmlElement, str]] = []
    opening = ""
    for child in [*element, None]:
        tail = "" if child is None else child.tail or ""
        if child is not None and child.tag in _INLINE:
            parts += (child.text_content(), tail)
            continue
        text = "".join(parts)
        is_break = child is not None and child.tag == "br" and before is not None and before.tag == "br"
        if is_break and not text.strip():
            parts = [text, tail]
            continue
        if before is None:
            opening = text
        else:
            kept.append((before, text))
        before, parts = child, [tail]
    del element[:]
    element.text = opening
    for child, text in kept:
        child.tail = text
        element.append(child)
