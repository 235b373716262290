"""How much of each article its neighbours have too: more than ever where a changed layout lets furniture in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

#: Articles looked at on either side of one; of them, how many must have a line before it counts as repeated.
_NEIGHBOURS, _LEAST = 10, 2
#: An article of which a neighbour has so much is the same one, printed again: it says nothing of the layout.
_SAME_SHARE = 0.8
#: Fewer lines are no measure.
_FEWEST_LINES = 3


def repeated_shares(articles: Sequence[Sequence[int]]) -> list[float | None]:
    """Of each article the share of its lines, given by their marks, that at least two of its twenty nearest neighbours
    have too; None where that says nothing. Articles come in the order of time, either way.
    """
    lines = [frozenset(mark & ~1 for mark in marks) for marks in articles]  # the lowest bit tells a line's place
    near: Counter[int] = Counter()
    for marks in lines[:_NEIGHBOURS]:
        near.update(marks)
    shares: list[float | None] = []
    for index, own in enumerate(lines):
        if index + _NEIGHBOURS < len(lines):
            near.update(lines[index + _NEIGHBOURS])
        if index > _NEIGHBOURS:
            near.subtract(lines[index - _NEIGHBOURS - 1])
        shares.append(_share(own, near, lines[max(0, index - _NEIGHBOURS) : index + _NEIGHBOURS + 1]))
    return shares


def _share(own: frozenset[int], near: Counter[int], around: Sequence[frozenset[int]]) -> float | None:
    if len(own) < _FEWEST_LINES:
        return None
    repeated = sum(near[mark] > _LEAST for mark in own)  # itself included
    share = repeated / len(own)
    if share >= _SAME_SHARE and sum(len(own & other) >= _SAME_SHARE * len(own) for other in around) > 1:
        return None
    return share
