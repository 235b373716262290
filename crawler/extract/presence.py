"""Whether a page shows a name: anywhere, in any way of writing, and to readers rather than to machines only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.elements import Elements, text_of
from crawler.extract.persons import folded, key

_LINEAGE = 8
_IN_SIGHT = 60  # elements from the headline on, among which most names stand that are shown at all
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element's own style hides it, or a class that themes have for what only machines shall read."""
    style = element.get("style")
    if style is not None and _HIDDEN.search(style):
        return True
    return "snippet-hidden" in (element.get("class") or "")


def _is_seen(home: HtmlElement | None) -> bool:
    return home is not None and not any(map(is_hidden, (home, *islice(home.iterancestors(), _LINEAGE))))


class Presence:
    """The text of a tree as long as it is whole, in which names are looked for; made in each form when first needed."""

    def __init__(self, elements: Elements) -> None:
        self._elements = elements

    def lacks(self, name: str) -> bool:
        """Whether the page shows a name in no way of writing, or only to machines."""
        if any(map(_is_seen, self._homes(name, self._in_sight))):
            return False
        if name in self._text:
            return self._is_hidden_everywhere(name)
        words = key(name).split()
        if not all(map(self._may_hold, words)):
            return True  # most names that get here: a single word tells
        return name.casefold() not in self._evened and f" {' '.join(words)} " not in self._words

    def _may_hold(self, word: str) -> bool:
        """Whether the text may hold a word without accents; whatever is no ASCII is left out for those in ASCII."""
        return word.encode() in self._ascii if word.isascii() else word in self._folded

    def _is_hidden_everywhere(self, name: str) -> bool:
        """Whether all places that hold a name are hidden by the style of an element around them."""
        places = 0
        for home in self._homes(name, self._within):
            if _is_seen(home):
                return False
            places += 1
        # else it also stands there over several elements
        return bool(places) and self._words.count(f" {key(name)} ") <= places

    def _homes(self, name: str, elements: Sequence[HtmlElement]) -> Iterator[HtmlElement | None]:
        """The elements that hold a name in a text of their own, one for each such text."""
        for element in elements:
            if (text := element.text) and name in text:
                yield element
            if element is not self._body and (tail := element.tail) and name in tail:
                yield element.getparent()

    @cached_property
    def _body(self) -> HtmlElement:
        return next(self._elements.of("body"), self._elements.all[0])

    @cached_property
    def _within(self) -> Sequence[HtmlElement]:
        return self._elements.all[self._elements.all.index(self._body) :]

    @cached_property
    def _in_sight(self) -> Sequence[HtmlElement]:
        headline = next(self._elements.of("h1"), self._body)
        start = self._elements.all.index(headline)
        return self._elements.all[start : start + _IN_SIGHT]

    @cached_property
    def _text(self) -> str:
        return text_of(self._body)

    @cached_property
    def _evened(self) -> str:
        """Without case, and white space collapsed."""
        return " ".join(self._text.casefold().split())

    @cached_property
    def _folded(self) -> str:
        return folded(self._text)

    @cached_property
    def _ascii(self) -> bytes:
        text = self._text.casefold()
        return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").lower()

    @cached_property
    def _words(self) -> str:
        """Without case, accents and punctuation, those of neighbouring elements apart."""
        return f" {key(' '.join(self._body.itertext()))} "
