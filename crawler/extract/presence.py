"""Whether a page shows a name: anywhere, in any way of writing, and to readers rather than to machines only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from itertools import chain, islice

from lxml.html import HtmlElement

from crawler.extract.elements import Elements, text_of
from crawler.extract.persons import folded, key

_LINEAGE = 8
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element's own style hides it, or a class that themes have for what only machines shall read."""
    style = element.get("style")
    if style is not None and _HIDDEN.search(style):
        return True
    return "snippet-hidden" in (element.get("class") or "")


class Presence:
    """The text of a tree as long as it is whole, in which names are looked for; made in each form when first needed."""

    def __init__(self, elements: Elements) -> None:
        self._elements = elements

    def lacks(self, name: str) -> bool:
        """Whether the page shows a name in no way of writing, or only to machines."""
        if name not in self._text and name.casefold() not in self._casefolded:
            return not self._spells(name)
        return self._is_hidden_everywhere(name)

    def _spells(self, name: str) -> bool:
        """Whether it stands there without its accents, or over neighbouring elements.

        Most names that get here stand nowhere, and of those mostly a single word shows it.
        """
        words = key(name)
        return all(map(self._may_hold, words.split())) and f" {words} " in self._words

    def _may_hold(self, word: str) -> bool:
        """Whether the text may hold a word without accents; whatever is no ASCII is left out for those in ASCII."""
        return word.encode() in self._ascii if word.isascii() else word in self._folded

    def _is_hidden_everywhere(self, name: str) -> bool:
        """Whether all places that hold a name are hidden by the style of an element around them."""
        places = 0
        for home in self._homes(name):
            if home is not None and not any(is_hidden(e) for e in (home, *islice(home.iterancestors(), _LINEAGE))):
                return False
            places += 1
        # else it also stands there over several elements
        return bool(places) and self._words.count(f" {key(name)} ") <= places

    def _homes(self, name: str) -> Iterator[HtmlElement | None]:
        """The elements that hold a name in a text of their own, one for each such text; those after the headline, where
        names mostly stand, before others.
        """
        elements = self._elements.all
        body = elements.index(self._body)
        start = next((place for place in self._elements.places("h1") if place > body), body)
        for element in chain(islice(elements, start, None), islice(elements, body, start)):
            if (text := element.text) and name in text:
                yield element
            if element is not self._body and (tail := element.tail) and name in tail:
                yield element.getparent()

    @cached_property
    def _body(self) -> HtmlElement:
        return next(self._elements.of("body"), self._elements.all[0])

    @cached_property
    def _text(self) -> str:
        return " ".join(text_of(self._body).split())

    @cached_property
    def _casefolded(self) -> str:
        return self._text.casefold()

    @cached_property
    def _folded(self) -> str:
        return folded(self._text)

    @cached_property
    def _ascii(self) -> bytes:
        return unicodedata.normalize("NFKD", self._casefolded).encode("ascii", "ignore").lower()

    @cached_property
    def _words(self) -> str:
        """Without case, accents and punctuation, those of neighbouring elements apart."""
        return f" {key(' '.join(self._body.itertext()))} "
