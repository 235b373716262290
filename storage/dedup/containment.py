"""How much of two texts is the same, and whether that makes one a copy of the other.

Pure. Words count as shared where they stand in a run of five or more that both texts have; an outlet's boilerplate is
left out of what is shared and of what there is. Three things are never enough: boilerplate, a quotation that two
reports share, and the mould of weather reports, tables or obituaries, whose words are the same but for names and
figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.dedup.signature import SHINGLE_WORDS, Mask, Text

#: Of a text's figures and names between what is shared, at least so many must stand in the other text.
_LEAST_AGREEMENT = 0.5
#: With fewer, nothing is said about a mould.
_FEWEST_FIGURES = 4
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
    agreement: float | None  # of its names and figures that were looked for in the other; None: too few

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

    def is_copy(self, thresholds: Thresholds, *, is_own: bool) -> bool:
        """Whether one of the texts is a copy of the other or of a part of it; `is_own`: of one and the same outlet."""
        least = thresholds.own_containment if is_own else thresholds.containment
        return any(
            side.share >= least and side.unquoted_share >= least and self._is_meant(side, thresholds)
            for side in (self.one, self.other)
        )

    def _is_meant(self, side: Side, thresholds: Thresholds) -> bool:
        agreements = [each.agreement for each in (self.one, self.other) if each.agreement is not None]
        if agreements and max(agreements) < _LEAST_AGREEMENT:
            return False
        return side.shared >= thresholds.words


def overlap(one: Text, other: Text, one_known: Mask, other_known: Mask) -> Overlap:
    """Compares two texts. `one_known` and `other_known`: which of each one's picks are boilerplate of its outlet."""
    one_dull, other_dull = dull_words(one, one_known), dull_words(other, other_known)
    place = _places(one, other)
    found = place >= 0
    centre = np.minimum(np.arange(len(place)) + SHINGLE_WORDS // 2, max(len(one.words) - 1, 0))
    found &= ~one_dull[centre]
    found[found] = ~other_dull[place[found] + SHINGLE_WORDS // 2]
    back = np.zeros(len(other.shingles), dtype=bool)
    back[np.isin(other.shingles, one.shingles[found])] = True
    one_shared, other_shared = _covered(found, len(one.words)), _covered(back, len(other.words))
    return Overlap(one=_side(one, one_dull, one_shared, other), other=_side(other, other_dull, other_shared, one))


def dull_words(text: Text, known: Mask) -> Mask:
    """Which words are boilerplate: those that are nearest to a pick which is."""
    if not known.any():
        return np.zeros(len(text.words), dtype=bool)
    picks = text.picks + SHINGLE_WORDS // 2
    nearest = np.searchsorted((picks[1:] + picks[:-1]) / 2, np.arange(len(text.words)))
    return np.asarray(known[nearest])


def _places(one: Text, other: Text) -> NDArray[np.intp]:
    """Where each shingle of the one stands in the other; -1: nowhere."""
    if not len(other.shingles):
        return np.full(len(one.shingles), -1, dtype=np.intp)
    order = np.argsort(other.shingles)
    ordered = other.shingles[order]
    at = np.minimum(np.searchsorted(ordered, one.shingles), len(ordered) - 1)
    return np.where(ordered[at] == one.shingles, order[at], -1)


def _covered(found: Mask, words: int) -> Mask:
    """Words that stand in a shingle that was found."""
    steps = np.zeros(words + 1, dtype=np.int64)
    starts = np.flatnonzero(found)
    np.add.at(steps, starts, 1)
    np.add.at(steps, starts + SHINGLE_WORDS, -1)
    return np.asarray(np.cumsum(steps[:words]) > 0)


def _side(text: Text, dull: Mask, shared: Mask, other: Text) -> Side:
    counted = ~dull
    shared = shared & counted
    unquoted = counted & ~text.is_quoted
    return Side(
        words=int(counted.sum()),
        shared=int(shared.sum()),
        unquoted=int(unquoted.sum()),
        shared_unquoted=int((shared & unquoted).sum()),
        agreement=_agreement(text, shared, other),
    )


def _agreement(text: Text, shared: Mask, other: Text) -> float | None:
    """Share of the figures, from the first to the last shared word, that stand anywhere in the other text."""
    places = np.flatnonzero(shared)
    if not len(places):
        return None
    within = text.words[places[0] : places[-1] + 1]
    figures = [word for word in within if word[0].isdigit()]
    if len(figures) < _FEWEST_FIGURES:
        return None
    known = set(other.words)
    return sum(word in known for word in figures) / len(figures)
