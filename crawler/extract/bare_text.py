"""Text that stands between the paragraphs of a container without an element of its own."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.html import HtmlElement

_INLINE = frozenset(
    ["a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "small",
     "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"]
)  # fmt: skip
_CONTAINERS = frozenset(["div", "td", "section", "article", "main", "blockquote", "center"])
_MIN_CHARS = 60  # shorter ones are as often labels
_MAX_CONTAINERS = 2000


def wrap_bare_text(tree: HtmlElement) -> None:
    """Puts paragraphs around such texts: extraction reads the paragraphs beside them, and leaves them out."""
    parents = dict.fromkeys(p.getparent() for p in tree.iter("p"))
    for parent in list(parents)[:_MAX_CONTAINERS]:
        if parent is None or parent.tag not in _CONTAINERS or parent.find("br") is not None:
            continue  # where lines end with breaks, extraction reads them all
        if _has_bare_text(parent):
            _wrap(parent)


def _has_bare_text(parent: HtmlElement) -> bool:
    return bool(parent.text and parent.text.strip()) or any(child.tail and child.tail.strip() for child in parent)


def _wrap(parent: HtmlElement) -> None:
    before: HtmlElement | None = None  # the block that a run follows
    run: list[HtmlElement] = []
    for child in (*parent, None):
        if child is not None and child.tag in _INLINE:
            run.append(child)
            continue
        text = parent.text if before is None else before.tail
        if len(_words(text, run)) >= _MIN_CHARS:
            paragraph = parent.makeelement("p")
            paragraph.text = text
            paragraph.extend(run)
            if before is None:
                parent.text = None
                parent.insert(0, paragraph)
            else:
                before.tail = None
                before.addnext(paragraph)  # asking for its index takes as long as the parent is
        if child is not None:
            before, run = child, []


def _words(text: str | None, run: Sequence[HtmlElement]) -> str:
    return " ".join(((text or "") + "".join(e.text_content() + (e.tail or "") for e in run)).split())
