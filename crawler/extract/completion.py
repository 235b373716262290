"""Paragraphs that were left out of a body although they stand beside those that were taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.elements import text_of, words_of

_MIN_CHARS = 60  # shorter ones are as often captions and prompts
_MIN_MATCHED = 2  # paragraphs of one container that must have been taken
_MIN_WRAPPED = 3
_WRAPPED_LEVELS = 5
_MAX_LINK_SHARE = 0.5
_MAX_PARAGRAPHS = 3000
_LIVE = re.compile(r"live-?(?:blog-?)?(?:post|entry|update|event)\b|ticker-?(?:entry|item|post)\b", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W_]+")


def complete(tree: HtmlElement, taken: Sequence[str]) -> list[str]:
    """The paragraphs in `taken` with those of the same containers put in their places.

    A container is the parent of at least two taken paragraphs, or one of the same tag and class beside it: where
    a body is cut in pieces by advertisements, extraction often keeps the first.
    """
    exact = set(taken)
    elements = [(e, text) for e in tree.iter("p") if len(text := words_of(e)) >= _MIN_CHARS][:_MAX_PARAGRAPHS]
    if all(text in exact for _, text in elements):
        return list(taken)
    letters = Letters(taken)
    known = [(e, text, text in exact or letters.hold(text)) for e, text in elements]
    if all(is_known for _, _, is_known in known):
        return list(taken)
    parents = Counter(e.getparent() for e, _, is_known in known if is_known)
    homes = {parent for parent, count in parents.items() if parent is not None and count >= _MIN_MATCHED}
    kinds = {(_kind(home), above) for home in homes for above in _above(home)}
    wrapped = _wrapped(parents)
    last = max((i for i, (_, _, is_known) in enumerate(known) if is_known), default=-1)
    result = list(taken)
    position = -1
    for index, (element, text, is_known) in enumerate(known):
        if is_known:
            position = _index_of(result, text, position)
            continue
        parent = element.getparent()
        if parent is None:
            continue
        is_beside = parent in homes or any((_kind(parent), above) in kinds for above in _above(parent))
        if not (is_beside or (index < last and _is_wrapped(parent, wrapped)) or _is_live(parent)):
            continue
        if _is_text(element, text):
            position += 1
            result.insert(position, text)
    return result


def _wrapped(parents: Counter[HtmlElement | None]) -> set[tuple[tuple[str, str], HtmlElement]]:
    """Kinds of containers that each hold one taken paragraph or more, and what they hang in: some outlets wrap
    every paragraph on its own. Teasers below may be wrapped alike, so only gaps are filled by it.
    """
    counts = Counter(
        (_kind(parent), above)
        for parent in parents
        if parent is not None and parent.get("class")
        for above in islice(parent.iterancestors(), _WRAPPED_LEVELS)
    )
    return {kind for kind, count in counts.items() if count >= _MIN_WRAPPED}


def squeeze(text: str) -> str:
    """Letters and digits of a text, for comparing what two readings made of it."""
    return "".join(_LETTERS.findall(text))


class Letters:
    """The letters and digits of paragraphs, one after the other, as another reading of them may hold them too."""

    def __init__(self, paragraphs: Sequence[str]) -> None:
        self._text = "".join("".join(paragraphs).split())
        self._letters: str | None = None

    def hold(self, text: str) -> bool:
        """Whether they hold those of a text. What is there with its punctuation is so without, and sooner found."""
        if "".join(text.split()) in self._text:
            return True
        if self._letters is None:
            self._letters = squeeze(self._text)
        return squeeze(text) in self._letters


def _above(element: HtmlElement) -> list[HtmlElement]:
    """Where twins of a container may hang: its parent; for one with a class also up to four levels higher."""
    return list(islice(element.iterancestors(), 5 if element.get("class") else 1))


def _is_wrapped(parent: HtmlElement, wrapped: set[tuple[tuple[str, str], HtmlElement]]) -> bool:
    kind = _kind(parent)
    return any((kind, above) in wrapped for above in islice(parent.iterancestors(), _WRAPPED_LEVELS))


def _is_live(parent: HtmlElement) -> bool:
    """Whether a paragraph lies in what is named as an entry of a live blog."""
    return any(_is_live_name(e.get("class") or "") for e in (parent, *islice(parent.iterancestors(), _WRAPPED_LEVELS)))


@lru_cache(maxsize=20_000)
def _is_live_name(class_names: str) -> bool:
    return bool(_LIVE.search(class_names))


def _kind(element: HtmlElement) -> tuple[str, str]:
    return str(element.tag), element.get("class") or ""


def _is_text(element: HtmlElement, text: str) -> bool:
    linked = sum(len(text_of(a)) for a in element.iter("a"))
    return linked <= _MAX_LINK_SHARE * len(text)


def _index_of(paragraphs: Sequence[str], text: str, start: int) -> int:
    """Where a taken paragraph stands, at or after `start`; `start` when it was merged into another."""
    try:
        return paragraphs.index(text, max(0, start))
    except ValueError:
        wanted = squeeze(text)
    for index in range(max(0, start), len(paragraphs)):
        if wanted in squeeze(paragraphs[index]):
            return index
    return start
