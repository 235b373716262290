"""Which articles are one story, from the pairs that are copies.

Pure, and a function of the pairs alone: the order in which they were found makes no difference. Copies of copies are
one story. A compilation is the exception: a text most of which is made up of texts that have nothing else to do with
each other (a round-up, two reports run into one) belongs to the one it takes most from, and does not join the others
to that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from storage.records import Copy

#: Texts of which both stand in each other to such a share are one text. More than one half, so that a text which is
#: put together of two others is the same as one of them at most.
_SAME = 0.6
#: A text is a compilation when its parts make up so much of it, and it belongs to one when that makes up so much.
_COMPILED, _BELONGS = 0.6, 0.3
#: Parts that a compilation has at least, and articles that are surely more than excerpts of one text.
_FEWEST_PARTS, _MANY = 2, 4

Groups = list[frozenset[int]]


def grouped(copies: Iterable[Copy]) -> Groups:
    """The stories that these pairs make, each of two articles or more, by their least ids."""
    pairs = list(copies)
    texts = _Sets()
    for pair in pairs:
        texts.add(pair.article_id)
        texts.add(pair.other_id)
        if min(pair.of_article, pair.of_other) >= _SAME:
            texts.join(pair.article_id, pair.other_id)
    shares = _shares(pairs, texts)
    cut = _cuts(shares, Counter(texts.of(number) for number in texts.members()))
    stories = _Sets()
    for number in texts.members():
        stories.join(number, texts.of(number))
    for one, others in shares.items():
        for other in others:
            if (one, other) not in cut and (other, one) not in cut:
                stories.join(one, other)
    return [group for group in stories.groups() if len(group) > 1]


def _shares(pairs: Iterable[Copy], texts: _Sets) -> Mapping[int, Mapping[int, float]]:
    """By text and by another one that it shares words with: how much of it they are, at most."""
    shares: dict[int, dict[int, float]] = defaultdict(dict)
    for pair in pairs:
        one, other = texts.of(pair.article_id), texts.of(pair.other_id)
        if one == other:
            continue
        for text, partner, share in ((one, other, pair.of_article), (other, one, pair.of_other)):
            shares[text][partner] = max(share, shares[text].get(partner, 0.0))
    return shares


def _cuts(shares: Mapping[int, Mapping[int, float]], sizes: Mapping[int, int]) -> set[tuple[int, int]]:
    """(compilation, part) of the pairs that join nothing. `sizes`: how many articles a text has."""
    cut: set[tuple[int, int]] = set()
    for text, parts in shares.items():
        if len(parts) < _FEWEST_PARTS or sum(parts.values()) < _COMPILED:
            continue
        apart = [
            (max(parts[part] for part in near), -min(near), near)
            for near, whole in _apart_without(text, shares)
            if _is_told_elsewhere(whole, sizes)
        ]
        if len(apart) < _FEWEST_PARTS or sum(share for share, *_ in apart) < _COMPILED:
            continue
        largest, _, kept = max(apart)
        cut |= {(text, part) for _, _, near in apart for part in near if near is not kept or largest < _BELONGS}
    return cut


def _is_told_elsewhere(texts: Iterable[int], sizes: Mapping[int, int]) -> bool:
    """Whether texts are a story without the one that contains parts of them: one was published twice, or there are
    many. Else they may be excerpts of it, from different places.
    """
    counts = [sizes[text] for text in texts]
    return max(counts) > 1 or sum(counts) >= _MANY


def _apart_without(text: int, shares: Mapping[int, Mapping[int, float]]) -> list[tuple[set[int], set[int]]]:
    """What a text has to do with, grouped by what holds together when it is taken away: (its neighbours, all)."""
    waiting = set(shares[text])
    found = []
    while waiting:
        reached = {text}
        edge = [min(waiting)]
        while edge:
            each = edge.pop()
            if each not in reached:
                reached.add(each)
                edge.extend(shares[each].keys() - reached)
        found.append((waiting & reached, reached - {text}))
        waiting -= reached
    return found


class _Sets:
    """Disjoint sets of numbers, each named by its least member."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def add(self, number: int) -> None:
        self._above.setdefault(number, number)

    def of(self, number: int) -> int:
        self.add(number)
        while (above := self._above[number]) != number:
            self._above[number] = number = self._above[above]
        return number

    def join(self, one: int, other: int) -> None:
        least, most = sorted((self.of(one), self.of(other)))
        self._above[most] = least

    def members(self) -> list[int]:
        return list(self._above)

    def groups(self) -> Groups:
        by_name: dict[int, set[int]] = defaultdict(set)
        for number in self._above:
            by_name[self.of(number)].add(number)
        return [frozenset(by_name[name]) for name in sorted(by_name)]
