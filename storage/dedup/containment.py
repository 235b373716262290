"""How much of two texts is the same, and whether that makes one a copy of the other.

Pure. Words count as shared where they stand in a run of five or more that both texts have; an outlet's boilerplate is
left out of what is shared and of what there is. Three things are never enough: boilerplate, a quotation that two
reports share, and the mould of weather reports, tables or obituaries, whose words are the same but for names and
figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.dedup.signature import SHINGLE_WORDS, Hashes, Mask, Text

#: Of the names and figures of one of the texts, where they are alike, at least so many must be the other's.
_LEAST_AGREEMENT = 0.5
#: With fewer, nothing is said about a mould.
_FEWEST_TELLING = 5
_MIDDLE = SHINGLE_WORDS // 2
#: A text of which so little is not quoted is a statement: what is shared of its quotations counts.
_FEWEST_UNQUOTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When one text is a copy of another; `docs/stories.md` shows the curve."""

    containment: float = 0.4  # share of the words of either text that stand in the other
    words: int = 20  # that are shared at least
    own_containment: float = 0.6  # where both are one outlet's: its moulds are many, its copies few


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two texts."""

    words: int  # that are no boilerplate
    shared: int  # of these, that stand in the other
    unquoted: int
    shared_unquoted: int

    @property
    def share(self) -> float:
        """Of its words that stand in the other."""
        return self.shared / self.words if self.words else 0.0

    @property
    def unquoted_share(self) -> float:
        """The same, quotations left out; of a text that is all quotation, with them."""
        return self.shared_unquoted / self.unquoted if self.unquoted >= _FEWEST_UNQUOTED else self.share


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two texts have in common."""

    one: Side
    other: Side
    agreement: float | None  # of names and figures where the texts are alike, 0 to 1; None: too few to say

    def is_copy(self, thresholds: Thresholds, *, is_own: bool) -> bool:
        """Whether one of the texts is a copy of the other or of a part of it; `is_own`: of one and the same outlet."""
        least = thresholds.own_containment if is_own else thresholds.containment
        if self.agreement is not None and self.agreement < _LEAST_AGREEMENT:
            return False
        return any(
            side.share >= least and side.unquoted_share >= least and side.shared >= thresholds.words
            for side in (self.one, self.other)
        )


def overlap(one: Text, other: Text, one_dull: Mask, other_dull: Mask) -> Overlap:
    """Compares two texts. `one_dull` and `other_dull`: which of each one's words are boilerplate of its outlet."""
    place = _places(one, other)
    found = place >= 0
    found &= ~one_dull[_MIDDLE : _MIDDLE + len(place)]
    found[found] = ~other_dull[place[found] + _MIDDLE]
    back = np.zeros(len(other.shingles), dtype=bool)
    back[np.isin(other.shingles, one.shingles[found])] = True
    one_shared, other_shared = covered(found, len(one.words)), covered(back, len(other.words))
    return Overlap(
        one=_side(one, one_dull, one_shared),
        other=_side(other, other_dull, other_shared),
        agreement=_agreement((one, one_shared), (other, other_shared)),
    )


def dull_words(text: Text, boilerplate: Hashes) -> Mask:
    """Which words stand in a shingle that is boilerplate."""
    if not len(boilerplate):
        return np.zeros(len(text.words), dtype=bool)
    return covered(np.isin(text.shingles, boilerplate), len(text.words))


def boilerplate_in(texts: Sequence[Text]) -> Hashes:
    """Shingles that stand in most of the texts: what articles have in common that share a pick which is boilerplate."""
    held = np.concatenate([np.unique(text.shingles) for text in texts])
    shingles, counts = np.unique(held, return_counts=True)
    return np.asarray(shingles[counts > len(texts) / 2])


def _places(one: Text, other: Text) -> NDArray[np.intp]:
    """Where each shingle of the one stands in the other; -1: nowhere."""
    if not len(other.shingles):
        return np.full(len(one.shingles), -1, dtype=np.intp)
    order = np.argsort(other.shingles)
    ordered = other.shingles[order]
    at = np.minimum(np.searchsorted(ordered, one.shingles), len(ordered) - 1)
    return np.where(ordered[at] == one.shingles, order[at], -1)


def covered(found: Mask, words: int) -> Mask:
    """Words that stand in a shingle that was found."""
    steps = np.zeros(words + 1, dtype=np.int64)
    starts = np.flatnonzero(found)
    np.add.at(steps, starts, 1)
    np.add.at(steps, starts + SHINGLE_WORDS, -1)
    return np.asarray(np.cumsum(steps[:words]) > 0)


def _side(text: Text, dull: Mask, shared: Mask) -> Side:
    counted = ~dull
    shared = shared & counted
    unquoted = counted & ~text.is_quoted
    return Side(
        words=int(counted.sum()),
        shared=int(shared.sum()),
        unquoted=int(unquoted.sum()),
        shared_unquoted=int((shared & unquoted).sum()),
    )


def _agreement(*sides: tuple[Text, Mask]) -> float | None:
    """How far names and figures agree from the first to the last word that is shared: the share of one text's that
    stand in what is shared, or in the other text's words between; of the text that agrees more. None: too few to say.
    """
    within, between = zip(*(_telling(text, shared) for text, shared in sides), strict=True)
    found = []
    for place, other in ((0, 1), (1, 0)):
        total = sum(within[place].values()) + sum(between[place].values())
        if total >= _FEWEST_TELLING:
            found.append((sum(within[place].values()) + (between[place] & between[other]).total()) / total)
    return max(found, default=None)


def _telling(text: Text, shared: Mask) -> tuple[Counter[str], Counter[str]]:
    """Names and figures (within what is shared, between it)."""
    counters = (Counter[str](), Counter[str]())
    places = np.flatnonzero(shared)
    if len(places):
        is_name = text.is_name
        for place in range(int(places[0]), int(places[-1]) + 1):
            word = text.words[place]
            if word[0].isdigit() or is_name[place]:
                counters[0 if shared[place] else 1][word.casefold()] += 1
    return counters
