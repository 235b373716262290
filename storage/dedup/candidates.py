"""Which articles may carry the text of another, from the picks they share; and which picks are boilerplate.

Pure. A pick is boilerplate of an outlet from the moment it stands in so many of its articles. That is a number and no
share of the articles: an outlet says nothing of its own so often, whether it has fifty articles here or a million.
Articles with the very same text (`mark`) count once, so that a text which an outlet has under several addresses stays
what it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.dedup.postings import Entries, Keys, articles_in, keys_in, once, runs
from storage.dedup.signature import Mask

#: A pick that stands in more articles of other outlets than this finds copies through the first ones only.
MOST_OF_A_KEY = 400
#: So many shared picks are enough for texts of any length. A copy that was cut and changed shares about a fourth of the
#: shorter one's picks, so fewer than a tenth are a phrase that both happen to have.
_SURE = 4
#: (shared picks that are enough, words of the shorter text up to which they are).
_FEWEST = ((1, 160), (2, 320), (3, 640))
#: Fewer count only where a pick stands in so few articles that it is no common phrase.
_RARE = 64


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an article without reading it."""

    outlet_key: str
    mark: int
    words: int


Dull = Mapping[int, frozenset[str]]


def needed(entries: Entries, cut: int) -> list[int]:
    """Articles whose standing is needed to tell boilerplate and candidates among these entries."""
    keys, ids = keys_in(entries), articles_in(entries)
    _, counts = runs(keys)
    often = np.repeat(counts, counts)
    numbers, hits = _counted(ids[often <= _RARE])
    return [int(number) for number in once(np.concatenate([ids[often >= cut], numbers[hits < _SURE]]))]


def dull_keys(
    entries: Entries, standings: Mapping[int, Standing], cut: int, without: Collection[int] = ()
) -> dict[int, frozenset[str]]:
    """Outlets by key, of which the key is boilerplate. `without`: articles that do not count."""
    keys, ids = keys_in(entries), articles_in(entries)
    starts, counts = runs(keys)
    dull = {}
    for number in np.flatnonzero(counts >= cut):
        marks: dict[str, set[int]] = defaultdict(set)
        start = starts[number]
        for article_id in ids[start : start + counts[number]].tolist():
            standing = standings.get(article_id)
            if standing is not None and article_id not in without:
                marks[standing.outlet_key].add(standing.mark)
        outlets = frozenset(key for key, found in marks.items() if len(found) >= cut)
        if outlets:
            dull[int(keys[start])] = outlets
    return dull


def known_picks(keys: Keys, dull: Dull, outlet_key: str) -> Mask:
    """Which of an article's picks, given by their keys, are boilerplate of its outlet."""
    own = [key for key, outlets in dull.items() if outlet_key in outlets]
    return np.isin(keys, np.array(own, dtype=np.uint32)) if own else np.zeros(len(keys), dtype=bool)


def candidates(
    entries: Entries, article_id: int, standings: Mapping[int, Standing], dull: Dull, most: int
) -> list[int]:
    """Articles that share enough picks with one, the most first, then the oldest. `entries`: of all its keys."""
    own = standings[article_id]
    keys, ids = keys_in(entries), articles_in(entries)
    if dull:
        is_dull = np.isin(keys, np.fromiter(dull, dtype=np.uint32, count=len(dull)))
        kept = ~is_dull
        kept[is_dull] = [
            _counts(standings.get(other), dull[key], own.outlet_key)
            for key, other in zip(keys[is_dull].tolist(), ids[is_dull].tolist(), strict=True)
        ]
        keys, ids = keys[kept], ids[kept]
    others = ids != article_id
    keys, ids = keys[others], ids[others]
    if not len(ids):
        return []
    numbers, hits = _counted(ids)
    enough = hits >= _SURE
    _, counts = runs(keys)
    rarely = set(ids[np.repeat(counts, counts) <= _RARE].tolist())
    for number in np.flatnonzero(~enough):
        other = int(numbers[number])
        if other in rarely and (standing := standings.get(other)) is not None:
            enough[number] = hits[number] >= _fewest(min(own.words, standing.words))
    numbers, hits = numbers[enough], hits[enough]
    order = np.lexsort((numbers, -hits))[:most]
    return [int(number) for number in numbers[order]]


def _counted(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """(articles, how often each is there)."""
    ordered = np.sort(ids)
    starts, counts = runs(ordered)
    return ordered[starts], counts


def _fewest(words: int) -> int:
    """Picks that two texts share at least if one is a copy of the other, by the words of the shorter one."""
    return next((fewest for fewest, most_words in _FEWEST if words <= most_words), _SURE)


def _counts(other: Standing | None, outlets: Iterable[str], own: str) -> bool:
    """Whether a shared pick says something: it is boilerplate of neither outlet."""
    return own not in outlets and (other is None or other.outlet_key not in outlets)
