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
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from storage.dedup.signature import SHINGLE_WORDS, Hashes, Mask, Text

#: (how many, which share): names and figures that differ in texts of one mould. Fewer may have been edited.
_MOULD_DIFFERS = ((3, 0.5), (4, 0.3))
#: Where a text has fewer names and figures, they say nothing.
_FEWEST_TELLING = 4
#: Words between two shared runs that are still slots of a mould; more were cut or put in, unless both texts have about
#: as many.
_LONGEST_SLOT, _LONGEST_ALIKE, _ALIKE = 25, 70, 1.5
_MIDDLE = SHINGLE_WORDS // 2
#: A text of which less is not quoted is a statement: what is shared of its quotations counts.
_FEWEST_UNQUOTED = 8
#: Of what a text says in its own words, so much must be shared as well.
_LEAST_UNQUOTED = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When one text is a copy of another; `docs/stories.md` shows the curve."""

    containment: float = 0.4  # share of the words of either text that stand in the other
    words: int = 20  # that are shared at least
    own_containment: float = 0.6  # where both are one outlet's: its moulds are many, its copies few


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two texts have in common."""

    of_one: float  # share of its words, boilerplate left out, that stand in the other
    of_other: float
    words: int  # of the one that stand in the other


def copied(
    one: Text, other: Text, one_dull: Mask, other_dull: Mask, thresholds: Thresholds, *, is_own: bool
) -> Overlap | None:
    """What two texts have in common if one is a copy of the other, or of a part of it; else None.

    `one_dull` and `other_dull`: which of each one's words are boilerplate of its outlet; `is_own`: both are of one
    outlet. The order of the two makes no difference.
    """
    if one.mark > other.mark:
        found = copied(other, one, other_dull, one_dull, thresholds, is_own=is_own)
        return found and Overlap(of_one=found.of_other, of_other=found.of_one, words=found.words)
    sides = _sides(one, other, one_dull, other_dull)
    least = thresholds.own_containment if is_own else thresholds.containment
    enough = [side for side in sides if side.share >= least and side.words >= thresholds.words]
    if not any(side.unquoted_share >= _LEAST_UNQUOTED for side in enough) or _is_mould(*sides):
        return None
    return Overlap(of_one=sides[0].share, of_other=sides[1].share, words=max(side.words for side in sides))


@dataclass(frozen=True)
class _Side:
    text: Text
    counted: Mask  # words that are no boilerplate
    shared: Mask  # of these, those that stand in the other
    partners: NDArray[np.intp]  # where each shared word stands in the other; -1: not shared

    @property
    def words(self) -> int:
        return int(self.shared.sum())

    @cached_property
    def share(self) -> float:
        total = int(self.counted.sum())
        return self.words / total if total else 0.0

    @property
    def unquoted_share(self) -> float:
        """Of what it says in its own words; of a text that is all quotation, the share of everything."""
        own = self.counted & ~self.text.is_quoted
        total = int(own.sum())
        return int((self.shared & own).sum()) / total if total >= _FEWEST_UNQUOTED else self.share


def _sides(one: Text, other: Text, one_dull: Mask, other_dull: Mask) -> tuple[_Side, _Side]:
    place = _places(one, other)
    found = place >= 0
    found &= ~one_dull[_MIDDLE : _MIDDLE + len(place)]
    found[found] = ~other_dull[place[found] + _MIDDLE]
    back = np.zeros(len(other.shingles), dtype=bool)
    back[np.isin(other.shingles, one.shingles[found])] = True
    one_places, other_places = _partners(one, other, place, found)
    return (
        _Side(one, ~one_dull, covered(found, len(one.words)) & ~one_dull, one_places),
        _Side(other, ~other_dull, covered(back, len(other.words)) & ~other_dull, other_places),
    )


def _partners(
    one: Text, other: Text, place: NDArray[np.intp], found: Mask
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where each word of a shared shingle stands in the other text, both ways."""
    forth, back = np.full(len(one.words), -1), np.full(len(other.words), -1)
    starts = np.flatnonzero(found)
    for offset in range(SHINGLE_WORDS):
        forth[starts + offset] = place[starts] + offset
        back[place[starts] + offset] = starts + offset
    return forth, back


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


def _is_mould(one: _Side, other: _Side) -> bool:
    """Whether texts are alike but for their figures, or for their names and figures."""
    one_slots, other_slots = _slots(one), _slots(other)
    for kind in ("is_figure", "is_telling"):
        counted = [
            (_telling(side, slots, getattr(side.text, kind)))
            for side, slots in ((one, one_slots), (other, other_slots))
        ]
        told = []
        for (agreed, between), (_, others) in (counted, counted[::-1]):
            total = agreed + between.total()
            if total >= _FEWEST_TELLING:
                told.append(((between - others).total(), total))
        differing, total = min(told, key=lambda each: each[0] / each[1], default=(0, 1))
        if any(differing >= fewest and differing > share * total for fewest, share in _MOULD_DIFFERS):
            return True
    return False


def _slots(side: _Side) -> Mask:
    """The words of short gaps between what is shared."""
    found = np.zeros(len(side.shared), dtype=bool)
    places = np.flatnonzero(side.shared)
    gaps = np.diff(places)
    across = np.diff(side.partners[places])
    alike = (gaps <= _LONGEST_ALIKE) & (across <= _ALIKE * gaps) & (gaps <= _ALIKE * across)
    for number in np.flatnonzero((gaps > 1) & ((gaps <= _LONGEST_SLOT) | alike)):
        found[places[number] + 1 : places[number + 1]] = True
    return found


def _telling(side: _Side, slots: Mask, tells: Mask) -> tuple[int, Counter[str]]:
    """(how many words that tell texts apart are shared, those in the slots)."""
    words = side.text.words
    between = Counter(words[place].casefold() for place in np.flatnonzero(tells & slots))
    return int((tells & side.shared).sum()), between
