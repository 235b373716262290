"""What is remembered of a source's publishing between visits, and how it is learned and kept in half a kilobyte."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from crawler.outlets.cadence.profile import DAY, HOUR, HOURS, MINUTES, WEEK, Profile

#: Half-lives of the two levels: how today, and how the last days, differ from the profile.
_TODAY, _LATELY = 1 * DAY, 7 * DAY
#: Pseudo-articles that pull today's level to the last days', and those to the profile.
_LEAN_TODAY, _LEAN_LATELY = 3.0, 1.0
#: News comes in bursts: each article makes so many more expected, over the next hour or so.
_BURST, BURST_LIFE = 0.15, 1 * HOUR
#: A visit that brings more than this teaches no more: a feed of 100,000 entries is no publishing rate.
_MOST_EVENTS = 500
#: An article that says it is older than this before the visit before is no news: an address changed, or a
#: list was refilled.
_LATE = 1 * DAY
#: After a longer gap between visits nothing is learned from what lies in it: it may be an outage of ours.
_LONGEST_GAP = WEEK
#: How far back the first list of a source is taken for its history, and from how many dated entries on.
_FIRST_HISTORY, _FEWEST_DATES = 28 * DAY, 4

_FORM = struct.Struct(f"<B4d9f{HOURS}e{MINUTES}e")
_VERSION = 2
_MOST_HALF = 60_000.0  # the largest float of two bytes is 65,504


class Memory:
    """A source's profile; `level` is how far today is above it, `burst` the articles a second expected on top.

    `first_at` and `seen_at` are the first and the last visit that were answered; `demand_at` is when `demand` was
    worked out: the visits a second that the source is worth at a price of 1. `listed` is how many entries its list
    had lately.
    """

    __slots__ = ("_counts", "burst", "demand", "demand_at", "first_at", "level", "listed", "profile", "seen_at")

    def __init__(self, profile: Profile, seen_at: float) -> None:
        self.profile = profile
        self.seen_at = seen_at
        self.level = 1.0
        self.burst = 0.0
        self.listed = 0.0
        self.demand = 0.0
        self.demand_at = 0.0
        self.first_at = seen_at
        self._counts = (0.0, 0.0, 0.0, 0.0)  # today: found, expected; lately: found, expected

    # --------------------------------------------------------------------------------- learning

    @classmethod
    def begin(cls, now: float, dates: Sequence[float | None], listed: int) -> Memory:
        """From a source's first list: the dates of its entries (None: not told) are its history."""
        told = sorted(at for at in dates if at is not None and now - _FIRST_HISTORY < at <= now)
        began = now
        if len(told) >= _FEWEST_DATES and told[0] < told[-1]:
            # From the middle of the list, since a few old entries often stay on top or at its end.
            began = max(now - 2 * (now - told[len(told) // 2]), told[0], now - _FIRST_HISTORY)
        memory = cls(Profile(began), now)
        for at in told[-_MOST_EVENTS:]:
            if began < at <= now and began < now:
                memory.profile.count(at)
                memory.profile.count_minute(at)
        memory.listed = float(listed)
        return memory

    def learn(self, now: float, dates: Sequence[float | None], listed: int | None) -> None:
        """Takes in what a visit found new: the date of each article, None where it is not known to the minute.

        A date counts where it lies between the visits; else all that is known is that the article appeared between
        them. `listed` is how many entries the list had, None where it was not read.
        """
        since, elapsed = self.seen_at, now - self.seen_at
        if not 0 < elapsed <= _LONGEST_GAP:  # the clock was changed, or nobody looked: the time between says nothing
            self.seen_at = now
            return
        expected = self.profile.expected(since, now)
        self.profile.pass_time(since, now)
        events = [at for at in dates if at is None or at > since - _LATE][:_MOST_EVENTS]
        exact = [at for at in events if at is not None and since < at <= now]
        self._count(since, now, exact, len(events) - len(exact))
        self._adjust(elapsed, len(events), expected)
        self.burst *= math.exp(-elapsed / BURST_LIFE)
        self.burst += _BURST / BURST_LIFE * sum(math.exp((at - now) / BURST_LIFE) for at in exact)
        if listed is not None:
            self.listed = float(listed) if listed < self.listed else self.listed + 0.2 * (listed - self.listed)
        self.seen_at = now

    def _count(self, since: float, now: float, exact: Sequence[float], spread: int) -> None:
        for at in exact:
            self.profile.count(at)
            self.profile.count_minute(at)
        if not spread:
            return
        at = since
        while at < now:
            end = min((at // HOUR + 1) * HOUR, now)
            self.profile.count(at, spread * (end - at) / (now - since))
            at = end

    def _adjust(self, elapsed: float, found: int, expected: float) -> None:
        fade, slow = 0.5 ** (elapsed / _TODAY), 0.5 ** (elapsed / _LATELY)
        today, today_due, lately, lately_due = self._counts
        today, today_due = today * fade + found, today_due * fade + expected
        lately, lately_due = lately * slow + found, lately_due * slow + expected
        usual = (lately + _LEAN_LATELY) / (lately_due + _LEAN_LATELY)
        self.level = (today + _LEAN_TODAY * usual) / (today_due + _LEAN_TODAY)
        self._counts = (today, today_due, lately, lately_due)

    def rate_demand(self, now: float) -> None:
        """Works `demand` out anew: a week's mean of the square root of half its rate (see `price`)."""
        first = int(now // HOUR)
        rates = [self.profile.rate(hour) for hour in range(first, first + HOURS)]
        self.demand = sum(math.sqrt(rate / 2) for rate in rates) / HOURS
        self.demand_at = now

    # ---------------------------------------------------------------------------------- keeping

    def pack(self) -> bytes:
        """As bytes, 525 of them."""
        counts: Sequence[float] = (*self.profile.hours, *self.profile.minutes)
        if max(counts) > _MOST_HALF:
            counts = [min(count, _MOST_HALF) for count in counts]
        numbers = (self.level, self.burst, self.listed, self.demand, *self._counts, self.profile.prompt)
        times = (self.profile.began, self.seen_at, self.demand_at, self.first_at)
        return _FORM.pack(_VERSION, *times, *numbers, *counts)

    @classmethod
    def unpack(cls, data: bytes) -> Memory | None:
        """The memory again; None where the bytes are none of this version's: the source is learned anew."""
        if len(data) != _FORM.size or data[0] != _VERSION:
            return None
        values = _FORM.unpack(data)
        if not math.isfinite(sum(values)):  # one that is none makes the sum none
            return None
        memory = cls(Profile(values[1], values[14 : 14 + HOURS], values[14 + HOURS :], values[13]), values[2])
        memory.demand_at, memory.first_at = values[3:5]
        memory.level, memory.burst, memory.listed, memory.demand = values[5:9]
        memory._counts = values[9:13]
        return memory
