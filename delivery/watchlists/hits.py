"""Where the patterns of queries stand in a document, and whether a query's leaf holds there.

A span is (start, end): characters of the document's line, from the first of the first word to past the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from delivery.watchlists.document import Document
from delivery.watchlists.query import FactKind, TextField

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What was found in one article."""

    document: Document
    spans: Mapping[int, Sequence[Span]]  # by the number of the pattern
    facts: frozenset[tuple[FactKind, str]]
    at: datetime

    def of(
        self, patterns: Iterable[int], exceptions: Iterable[int] = (), within: TextField | None = None
    ) -> list[Span]:
        """Where any of the patterns stands, and is no part of an exception; in order."""
        found = {span for number in patterns for span in self.spans.get(number, ())}
        if within is not None:
            found = {span for span in found if self.document.field_at(span[0]) is within}
        if found:
            for number in exceptions:
                for start, end in self.spans.get(number, ()):
                    found = {span for span in found if not (start <= span[0] and span[1] <= end)}
        return sorted(found)


def near(document: Document, parts: Sequence[Sequence[Span]], distance: int) -> list[Span]:
    """The spans of chains in which one span of each part, in any order of places, stands near the one of the part
    before: in the same field, with at most `distance` words between them.

    Words and not lines are counted; spans of two parts that overlap are near.
    """
    if not all(parts):
        return []
    placed = [[(*_words(document, span), span) for span in part] for part in parts]
    chains: dict[Span, set[Span]] = {span: {span} for _, _, span in placed[0]}
    before = placed[0]
    for part in placed[1:]:
        reached: dict[Span, set[Span]] = {}
        for first, last, span in part:
            for other_first, other_last, other in before:
                if other not in chains or document.field_at(other[0]) is not document.field_at(span[0]):
                    continue
                between = max(first - other_last, other_first - last) - 1
                if between <= distance:
                    reached.setdefault(span, {span}).update(chains[other])
        chains = reached
        before = part
    return sorted({span for chain in chains.values() for span in chain})


def _words(document: Document, span: Span) -> tuple[int, int]:
    """The numbers of the first and last word of a span."""
    first = document.word_at(span[0])
    return first, document.word_at(span[1])
