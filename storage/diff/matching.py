"""Which of two sequences' items stand in both, in order: patience first, Myers in what is left, under a cap.

What both begin and end with is taken off; then items that occur once in either and in both ("patience", Bram Cohen)
split the rest into pieces, each of which is treated alike; what has no such item is searched for its shortest edit
script (E. W. Myers, An O(ND) Difference Algorithm and Its Variations, 1986). Only the last can cost the square of a
length, and the steps that it may take in one comparison are counted: past the cap a piece counts as changed whole.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: Steps of Myers' search in one comparison: about half a second of one core.
MAX_STEPS = 400_000

Block = tuple[int, int, int]  # where in the one, where in the other, how many


@dataclass(slots=True)
class _Purse:
    steps: int
    is_exhausted: bool = False


def matching_blocks(old: Sequence[str], new: Sequence[str], max_steps: int = MAX_STEPS) -> tuple[list[Block], bool]:
    """Runs of items that both have, in the order of both; and whether the search was not cut off by the cap."""
    purse = _Purse(max_steps)
    pairs: list[tuple[int, int]] = []
    rest = [(0, len(old), 0, len(new))]
    while rest:  # not recursive: a hostile text must not be able to nest deeper than Python can
        piece = rest.pop()
        start, stop, begin, end = _inner(old, new, piece, pairs)
        if start == stop or begin == end:
            continue
        anchors = _anchors(old, new, (start, stop, begin, end))
        if not anchors:
            pairs.extend(_shortest(old, new, (start, stop, begin, end), purse))
            continue
        for i, j in [*anchors, (stop, end)]:
            rest.append((start, i, begin, j))
            start, begin = i + 1, j + 1
        pairs.extend(anchors)
    return _blocks(sorted(pairs)), not purse.is_exhausted


def _inner(
    old: Sequence[str], new: Sequence[str], piece: tuple[int, int, int, int], pairs: list[tuple[int, int]]
) -> tuple[int, int, int, int]:
    """A piece without what it begins and ends with on both sides, which goes to the pairs."""
    start, stop, begin, end = piece
    while start < stop and begin < end and old[start] == new[begin]:
        pairs.append((start, begin))
        start, begin = start + 1, begin + 1
    while start < stop and begin < end and old[stop - 1] == new[end - 1]:
        stop, end = stop - 1, end - 1
        pairs.append((stop, end))
    return start, stop, begin, end


def _anchors(old: Sequence[str], new: Sequence[str], piece: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    """The longest increasing run of items that occur once on either side."""
    start, stop, begin, end = piece
    ours, theirs = Counter(old[start:stop]), Counter(new[begin:end])
    places = {item: at for at, item in enumerate(new[begin:end], begin) if theirs[item] == 1}
    common = [(at, places[old[at]]) for at in range(start, stop) if ours[old[at]] == 1 and old[at] in places]
    return _longest_rising(common)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of pairs in the order of their first halves the longest run in which the second ones rise too: n log n."""
    tops: list[int] = []  # least last value of a run of each length
    tails: list[int] = []  # which pair that is
    before: list[int] = []
    for number, (_, value) in enumerate(pairs):
        length = bisect_left(tops, value)
        before.append(tails[length - 1] if length else -1)
        tops[length : length + 1] = [value]
        tails[length : length + 1] = [number]
    found: list[tuple[int, int]] = []
    number = tails[-1] if tails else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _shortest(
    old: Sequence[str], new: Sequence[str], piece: tuple[int, int, int, int], purse: _Purse
) -> list[tuple[int, int]]:
    """The pairs of the shortest edit script; none when its search costs more than the purse has."""
    start, stop, begin, end = piece
    ours, theirs = old[start:stop], new[begin:end]
    if not set(ours) & set(theirs):
        return []
    furthest: dict[int, int] = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(len(ours) + len(theirs) + 1):
        trace.append(dict(furthest))
        purse.steps -= 3 * edits + 1  # the copy costs too
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(furthest, diagonal, edits)
            y = x - diagonal
            ran = x
            while x < len(ours) and y < len(theirs) and ours[x] == theirs[y]:
                x, y = x + 1, y + 1
            purse.steps -= x - ran
            furthest[diagonal] = x
            if x >= len(ours) and y >= len(theirs):
                return [(start + i, begin + j) for i, j in _backwards(trace, len(ours), len(theirs))]
        if purse.steps <= 0:
            purse.is_exhausted = True
            return []
    return []


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a path that goes on to this diagonal stands: down from the one above, or right from the one below."""
    if diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _backwards(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest, diagonal = trace[edits], x - y
        is_down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
        earlier = diagonal + 1 if is_down else diagonal - 1
        was_x = furthest[earlier] if edits else 0
        was_y = was_x - earlier if edits else 0
        while x > was_x and y > was_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = was_x, was_y
    return pairs


def _blocks(pairs: Sequence[tuple[int, int]]) -> list[Block]:
    found: list[Block] = []
    for i, j in pairs:
        if found and found[-1][0] + found[-1][2] == i and found[-1][1] + found[-1][2] == j:
            found[-1] = (found[-1][0], found[-1][1], found[-1][2] + 1)
        else:
            found.append((i, j, 1))
    return found
