"""Where the patterns of queries stand in a document, and which of those places count.

A span is (start, end): characters of the document's line, from the first of the first word to past the last. All
work here is n log n in the number of spans: a hostile page may repeat one word as often as its size allows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import TypeAlias

from delivery.watchlists.document import Document
from delivery.watchlists.query import FactKind, TextField

Span: TypeAlias = tuple[int, int]
#: How far the end of a word is looked for that a prefix begins: longer ones are no words.
_LONGEST_END = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What was found in one article."""

    document: Document
    places: Mapping[int, Sequence[Span]]  # by the number of the pattern; from the space before its first word on
    facts: frozenset[tuple[FactKind, str]]
    at: datetime

    def has_any(self, patterns: Sequence[int]) -> bool:
        """Whether any of the patterns stands anywhere."""
        return not self.places.keys().isdisjoint(patterns)

    def of(
        self, patterns: Iterable[int], exceptions: Iterable[int] = (), within: TextField | None = None
    ) -> list[Span]:
        """Where any of the patterns stands, and is no part of an exception; in order."""
        found = self._spans(patterns)
        if within is not None:
            found = [span for span in found if self.document.field_at(span[0]) is within]
        if found and (around := self._spans(exceptions)):
            covers = _Furthest(around)
            found = [span for span in found if covers.until(span[0]) < span[1]]
        return found

    def _spans(self, patterns: Iterable[int]) -> list[Span]:
        line = self.document.line
        places = {place for number in patterns for place in self.places.get(number, ())}
        return sorted((start + 1, _end(line, end)) for start, end in places)


def _end(line: str, end: int) -> int:
    """Past the last letter of the last word: a pattern ends with the space after it, or within it if it is a prefix."""
    if line[end - 1] == " ":
        return end - 1
    space = line.find(" ", end, end + _LONGEST_END)
    return space if space >= 0 else end + _LONGEST_END


class _Furthest:
    """How far those intervals reach that begin at or before a point."""

    def __init__(self, intervals: Sequence[Span]) -> None:
        self._starts = [start for start, _ in intervals]
        self._furthest = list(accumulate((end for _, end in intervals), max))

    def until(self, point: int) -> int:
        """The furthest end; -1 where none begins there or before."""
        at = bisect_right(self._starts, point)
        return self._furthest[at - 1] if at else -1

    def next(self, point: int) -> int | None:
        """Where the first one after the point begins."""
        at = bisect_right(self._starts, point)
        return self._starts[at] if at < len(self._starts) else None


def near(document: Document, parts: Sequence[Sequence[Span]], distance: int) -> list[Span]:
    """The spans of chains in which one span of each part, in any order of places, stands near the one of the part
    before: in the same field, with at most `distance` words between them. Spans of two parts that overlap are near.
    """
    if not all(parts):
        return []
    found: list[Span] = []
    for field in dict.fromkeys(document.field_at(span[0]) for span in parts[0]):
        here = [[span for span in part if document.field_at(span[0]) is field] for part in parts]
        found += _chains(document, here, distance)
    return sorted(set(found))


def _chains(document: Document, parts: Sequence[Sequence[Span]], distance: int) -> list[Span]:
    """The same within one field: what is reached from the first part on, and of that, what leads to the last."""
    reached = [list(parts[0])]
    for part in parts[1:]:
        reached.append(_close_to(document, part, reached[-1], distance))
    leading = [reached[-1]]
    for part in reversed(reached[:-1]):
        leading.append(_close_to(document, part, leading[-1], distance))
    return [span for part in leading for span in part]


def _close_to(document: Document, spans: Sequence[Span], others: Sequence[Span], distance: int) -> list[Span]:
    if not others:
        return []
    reach = _Furthest([_words(document, other) for other in others])
    return [span for span in spans if _is_close(reach, *_words(document, span), distance)]


def _is_close(reach: _Furthest, first: int, last: int, distance: int) -> bool:
    """Whether anything that begins before the words is near them, or what begins next after their beginning is."""
    before = reach.until(first)
    if before >= 0 and first - before - 1 <= distance:
        return True
    after = reach.next(first)
    return after is not None and after - last - 1 <= distance


def _words(document: Document, span: Span) -> tuple[int, int]:
    """The numbers of the first and last word of a span."""
    return document.word_at(span[0]), document.word_at(span[1])
