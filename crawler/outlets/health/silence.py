"""Whether a source should have published by now.

Given the hour of the week, publishing is nearly Poisson, so what counts is not the hours that passed but the articles
that the profile expected in them: a night or a weekend owes little, and a source that was slow when it last brought
something, as on a holiday, owes less. What is left of burst and habit shows in the source's own past: the most that it
ever owed and then published again. A source is silent when it owes more than that by a margin, and more than chance
explains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crawler.outlets.cadence.memory import Memory
from crawler.outlets.cadence.profile import DAY

#: With a perfect profile a gap that owes so many articles comes once in e^13, some 440,000 articles.
_CHANCE = 13.0
#: By how much its own longest gap must be exceeded.
_MARGIN = 1.25
#: The longest gap fades with this half-life; one that was an alarm counts for no more than so many of what it took.
_HALF_LIFE, _MOST_GROWTH = 120 * DAY, 1.5
#: A source known for less than this must owe twice as much.
_KNOWN_AFTER = 14 * DAY
#: Nobody is called silent for less, though many articles an hour be usual.
_SHORTEST = 3_600.0
#: However long nobody looked, one visit adds no more: its answer may be one that was kept from before. So it takes
#: some visits, each without anything new, until a source is silent.
_MOST_A_VISIT = 6.0
#: A source that is slow owes so much of what its profile expects, at least.
_LEAST_LEVEL = 0.2
#: A gap is worth a word when so many articles were expected in it.
_QUIET = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What a source owes: the articles expected since the last new one; and the most it owed before it went on.

    `level` is how far below its profile it was when it last brought something: 1 for not at all.
    """

    owed: float = 0.0
    longest: float = 0.0
    level: float = 1.0


def waited(silence: Silence, memory: Memory, since: float, now: float) -> Silence:
    """After a visit at `now` that brought nothing new; `since` is the one before that was answered (seconds)."""
    if now <= since:
        return silence
    expected = silence.level * memory.profile.expected(since, now)
    return replace(silence, owed=silence.owed + min(expected, _MOST_A_VISIT))


def ended(silence: Silence, memory: Memory, since: float, now: float) -> Silence:
    """After a visit at `now` that brought something new, as `waited`: nothing is owed any more."""
    gap = min(waited(silence, memory, since, now).owed, _MOST_GROWTH * bound(silence, memory, now))
    faded = silence.longest * 0.5 ** (max(0.0, now - since) / _HALF_LIFE)
    level = min(max(memory.level, _LEAST_LEVEL), 1.0)
    return Silence(owed=0.0, longest=max(faded, gap), level=level)


def bound(silence: Silence, memory: Memory, now: float) -> float:
    """How many articles it may owe before it is called silent."""
    least = max(_CHANCE, _MARGIN * silence.longest)
    return least if now - memory.profile.began >= _KNOWN_AFTER else 2 * least


def is_silent(silence: Silence, memory: Memory, last_new: float, now: float) -> bool:
    """Whether it should have published; `last_new` is when it last brought something."""
    return now - last_new >= _SHORTEST and silence.owed > bound(silence, memory, now)


def is_quiet(silence: Silence, last_new: float, now: float) -> bool:
    """Whether nothing came for a day, or for longer than usual, as may be."""
    return now - last_new >= DAY or silence.owed > _QUIET
