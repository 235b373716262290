"""trafilatura's reading of a tree, without the copies and measures that only its fall-backs need.

Its own sequence copies the tree four times and renders the whole page as text, so that it can begin anew where it
finds too little. On most pages it finds enough: then the same steps on one copy say the same (`engine_steps`). Where
they do not suffice, or where another version of trafilatura is installed than the one they were compared with, it is
asked whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml.html import HtmlElement
from trafilatura import __version__, bare_extraction

from crawler.extract.engine_version import is_known


def _none(_tree: HtmlElement) -> str | None:
    return None


def _shortcut(version: str = __version__) -> Callable[[HtmlElement], str | None]:
    if not is_known(version):
        return _none
    from crawler.extract.engine_steps import text_at_once  # noqa: PLC0415 - other versions may not have what it imports

    return text_at_once


_text_at_once = _shortcut()


def read_paragraphs(tree: HtmlElement, *, fast: bool) -> list[str]:
    """The paragraphs that trafilatura finds in a tree without scripts, which stays as it is; with readability and
    justext at hand unless `fast`. The items of a list are one paragraph, one a line.
    """
    text = _text_at_once(tree) if fast else None
    if text is None:
        document = bare_extraction(tree, fast=fast, include_comments=False, include_tables=True)
        text = "" if document is None or isinstance(document, dict) else document.text or ""
    return list(_paragraphs(text))


def _paragraphs(text: str) -> Iterator[str]:
    """Lines as paragraphs; the items of a list stay together, one a line."""
    items: list[str] = []
    for raw in text.splitlines():
        line = " ".join(raw.split())
        if line.startswith("- "):
            items.append(line)
            continue
        if items:
            yield "\n".join(items)
            items = []
        if line:
            yield line
    if items:
        yield "\n".join(items)
