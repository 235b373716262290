"""trafilatura's readings of a tree: with and without its fall-backs.

Asked whole it copies the page many times and measures it, so that it can begin anew where it finds too little. On most
pages it finds enough in one part of them (`engine_frame`); where not, the steps that several readings need are done
once (`engine_steps`). Another version of trafilatura than the one they were compared with is asked whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from lxml.html import HtmlElement
from trafilatura import __version__, bare_extraction

from crawler.extract.engine_version import is_known


class _Asked:
    """What trafilatura says of a tree when it is asked whole."""

    def __init__(self, tree: HtmlElement) -> None:
        self._tree = tree

    def text(self, *, fast: bool) -> str:
        """The text, without readability and justext where `fast`."""
        document = bare_extraction(self._tree, fast=fast, include_comments=False, include_tables=True)
        return "" if document is None or isinstance(document, dict) else document.text or ""


class _Engine(Protocol):
    def text(self, *, fast: bool) -> str: ...


def _engine(version: str = __version__) -> Callable[[HtmlElement], _Engine]:
    if not is_known(version):
        return _Asked
    from crawler.extract.engine_steps import Steps  # noqa: PLC0415 - other versions may not have what it imports

    return Steps


_reading_of = _engine()


class Reading:
    """A reading of a tree without scripts, which it leaves as it is and which must not be changed while it lasts."""

    def __init__(self, tree: HtmlElement) -> None:
        self._engine = _reading_of(tree)

    def paragraphs(self, *, fast: bool) -> list[str]:
        """The paragraphs that trafilatura finds; with readability and justext at hand unless `fast`. The items of a
        list are one paragraph, one a line.
        """
        return list(_paragraphs(self._engine.text(fast=fast)))


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
