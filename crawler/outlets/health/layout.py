"""Whether an outlet's pages are read worse than its own past lets expect: its layout was changed.

Each article either has or lacks a byline, a date, a time of day, a language, a text of a length that is usual there,
and a text of its own, of whose lines no more than is usual there stand in its neighbours too.
The newest ones are compared with those before by the chance of so few in so many, and, since articles without a
byline come in bursts, with the worst run of the same length that the outlet ever had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from math import comb

from crawler.outlets.health.repeats import repeated_shares
from storage.records import ArticleFigures

#: The newest so many are looked at: a break shows in the first window if all was there before.
WINDOWS = (5, 10, 20)
#: So many articles are compared with; with fewer than the least nothing is said.
MOST_PAST, _LEAST_PAST = 200, 30
#: The chance of a run that is no longer taken for chance, and the share that must be missing at least.
_CHANCE, _LEAST_FALL = 1e-5, 0.4
_TIMED = frozenset({"minute", "second"})
#: A length is usual when it is no shorter and no longer than all but so many of the past.
_TAIL = 0.02
#: A text is an article's own while so much more of its lines is repeated than of nearly all of the past.
_MORE_REPEATED = 0.2
#: A series of articles has lines in common: fewer tell nothing of what is repeated.
_LEAST_SERIES = 10
#: Marks of articles whose text is no measure.
_PARTIAL = frozenset({"partial", "gallery", "live"})

#: An article, and the share of its lines that is repeated, where that says anything.
_Read = tuple[ArticleFigures, float | None]
_Present = Callable[[_Read], bool]


def drift_of(figures: Sequence[ArticleFigures], since: datetime | None) -> str | None:
    """What fell, as a sentence; None where nothing did.

    `figures` come newest first; `since` is when a fall was found, so that what came after it is not taken for the
    outlet's past, None when its pages are read as ever.
    """
    rows = list(zip(figures, repeated_shares([row.lines for row in figures]), strict=True))
    for size in WINDOWS:
        lately = rows[:size]
        past = [row for row in rows[size:] if since is None or row[0].first_seen_at < since][:MOST_PAST]
        if len(lately) < size or len(past) < _LEAST_PAST:
            continue
        for name, is_present in _measures(past, size):
            told = _fallen(name, [is_present(row) for row in lately], [is_present(row) for row in past])
            if told:
                return told
    return None


def _measures(past: Sequence[_Read], size: int) -> Iterator[tuple[str, _Present]]:
    yield "a byline", lambda read: read[0].authors > 0
    yield "a date", lambda read: read[0].precision is not None
    yield "a time of day", lambda read: read[0].precision in _TIMED
    yield "a language", lambda read: read[0].language is not None
    lengths = sorted(row.words for row, _ in past if not _PARTIAL & set(row.marks))
    if len(lengths) >= _LEAST_PAST:
        cut = int(len(lengths) * _TAIL)
        shortest, longest = lengths[cut] / 2, lengths[-1 - cut] * 2
        yield (
            "a text as long as is usual there",
            lambda read: bool(_PARTIAL & set(read[0].marks)) or shortest <= read[0].words <= longest,
        )
    shares = sorted(share for _, share in past if share is not None)
    if len(shares) >= _LEAST_PAST and size >= _LEAST_SERIES:
        most = shares[-1 - int(len(shares) * _TAIL)] + _MORE_REPEATED
        yield "a text of their own, without lines that others have", lambda read: read[1] is None or read[1] <= most


def _fallen(name: str, lately: Sequence[bool], past: Sequence[bool]) -> str | None:
    share, now = (sum(past) + 1) / (len(past) + 2), sum(lately) / len(lately)
    if share - now < _LEAST_FALL or _chance(sum(lately), len(lately), share) > _CHANCE:
        return None
    if sum(lately) >= _worst(past, len(lately)):
        return None
    return f"{sum(lately)} of the newest {len(lately)} articles have {name}; of those before {100 * share:.0f}% had"


def _chance(most: int, number: int, share: float) -> float:
    """The chance that at most so many of a number have what a share of all has."""
    return sum(comb(number, k) * share**k * (1 - share) ** (number - k) for k in range(most + 1))


def _worst(past: Sequence[bool], size: int) -> int:
    """The fewest in any run of that length."""
    count = fewest = sum(past[:size])
    for gone, come in zip(past, past[size:], strict=False):
        count += come - gone
        fewest = min(fewest, count)
    return fewest
