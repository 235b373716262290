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
#: Words between fields, so that nothing is near over their border: more than NEAR can ask for.
_BETWEEN_FIELDS = 1_000


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """Spans with the numbers of their first and last words; those of different fields lie far apart."""

    spans: Sequence[Span]
    words: Sequence[Span]

    def close_to(self, other: _Placed, distance: int) -> _Placed:
        """Those of the spans that stand near one of the others."""
        reach = _Furthest(other.words)
        kept = [number for number, words in enumerate(self.words) if _is_close(reach, *words, distance)]
        return _Placed(spans=[self.spans[n] for n in kept], words=[self.words[n] for n in kept])


def is_near(document: Document, parts: Sequence[Sequence[Span]], distance: int) -> bool:
    """Whether there is a chain in which one span of each part, in any order of places, stands near the one of the
    part before: in the same field, with at most `distance` words between them. Spans that overlap are near.
    """
    return all(parts) and bool(_reached(document, parts, distance)[-1].spans)


def near(document: Document, parts: Sequence[Sequence[Span]], distance: int) -> list[Span]:
    """The spans of all such chains, in order."""
    if not all(parts):
        return []
    reached = _reached(document, parts, distance)
    leading = [reached[-1]]
    for part in reversed(reached[:-1]):
        leading.append(part.close_to(leading[-1], distance))
    return sorted({span for part in leading for span in part.spans})


def _reached(document: Document, parts: Sequence[Sequence[Span]], distance: int) -> list[_Placed]:
    """Of each part the spans that are reached from the first part on."""
    placed = [_Placed(spans=part, words=[_words(document, span) for span in part]) for part in parts]
    reached = placed[:1]
    for part in placed[1:]:
        reached.append(part.close_to(reached[-1], distance))
    return reached


def _is_close(reach: _Furthest, first: int, last: int, distance: int) -> bool:
    """Whether anything that begins before the words is near them, or what begins next after their beginning is."""
    before = reach.until(first)
    if before >= 0 and first - before - 1 <= distance:
        return True
    after = reach.next(first)
    return after is not None and after - last - 1 <= distance


def _words(document: Document, span: Span) -> Span:
    """The numbers of the first and last word of a span."""
    first = document.word_at(span[0])
    apart = _BETWEEN_FIELDS * document.field_number(span[0])
    return first + apart, document.word_at(span[1]) + apart
