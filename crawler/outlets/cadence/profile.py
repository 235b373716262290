"""A source's publishing profile: how many articles an hour it brings, by hour of the week and minute of the hour.

Learned only from what its own visits revealed. Counts fade with a half-life of some weeks, so that a profile follows
an outlet that changes its ways; what was seldom seen leans on what is known of the hour of the day, of the day of
the week, and of the source as a whole. Times are seconds since 1970 (UTC), rates are articles a second.
"""

from __future__ import annotations

from collections.abc import Sequence

HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0
HOURS = 168
MINUTES = 60
MINUTE = HOUR / MINUTES
#: What is published by a timetable comes in the first seconds of a minute.
PROMPT = 10.0
#: What an hour of the week counted loses until it comes again: a half-life of six weeks.
_FADE = 0.5 ** (1 / 6)
#: Pseudo-articles by which a finer count must outweigh a coarser one before it is believed.
_LEAN_HOUR_OF_DAY, _LEAN_DAY, _LEAN_HOUR_OF_WEEK, _LEAN_MINUTE = 4.0, 12.0, 6.0, 100.0
#: An hour's count is blurred by its neighbours: few counts, and outlets' habits have soft edges.
_BLUR_SIDE, _BLUR_MIDDLE = 0.25, 0.5
#: Minutes are halved when they reach this, so that they fade, and fit their two bytes exactly.
_MOST_MINUTE_COUNTS = 2_000.0
_LEAN_PROMPT = 40.0
#: No hour is believed to be wholly silent: this share of the source's mean rate at least.
_LEAST_SHARE = 0.02
#: Before anything was seen: half an article in half a day.
_FIRST_ARTICLES, _FIRST_TIME = 0.5, 0.5 * DAY


class Profile:
    """`began` is when observation began; `hours` holds faded counts of 168 hours, from Thursday 00:00 UTC (as 1970
    began), `minutes` counts of 60 minutes, `prompt` how many of them came in the first seconds of a minute.
    """

    __slots__ = ("_factors", "_rates", "_sums", "began", "hours", "minutes", "prompt")

    def __init__(
        self, began: float, hours: Sequence[float] = (), minutes: Sequence[float] = (), prompt: float = 0.0
    ) -> None:
        self.began = began
        self.hours = list(hours) or [0.0] * HOURS
        self.minutes = list(minutes) or [0.0] * MINUTES
        self.prompt = prompt
        self._rates: dict[int, float] = {}
        self._sums: _Sums | None = None  # of `hours` as they are
        self._factors: list[float] = []

    # --------------------------------------------------------------------------------- learning

    def pass_time(self, since: float, until: float) -> None:
        """Lets the hours that began between two visits fade, since what they bring now is counted anew."""
        first, last = int(since // HOUR) + 1, int(until // HOUR)
        for hour in range(max(first, last - HOURS + 1), last + 1):
            self.hours[hour % HOURS] *= _FADE
        if last >= first:
            self._forget_rates()

    def count(self, at: float, share: float = 1.0) -> None:
        """Counts an article at its time; a share where the time is a guess among several."""
        self.hours[int(at // HOUR) % HOURS] += share
        self._forget_rates()

    def count_minute(self, at: float) -> None:
        """Counts the minute of an article whose time is known to it."""
        self.minutes[int(at % HOUR // MINUTE)] += 1.0
        self.prompt += at % MINUTE < PROMPT
        if sum(self.minutes) > _MOST_MINUTE_COUNTS:
            self.minutes = [float(count // 2) for count in self.minutes]
            self.prompt /= 2
        self._factors = []

    # ----------------------------------------------------------------------------------- rates

    def rate(self, hour: int) -> float:
        """Articles a second in an hour, given as whole hours since 1970: its minutes taken together."""
        known = self._rates.get(hour)
        if known is None:
            known = self._rates[hour] = self._rate(hour)
        return known

    def factors(self) -> list[float]:
        """By how much each minute of an hour is above or below the hour's mean; their mean is 1."""
        if not self._factors:
            lean, scale = _LEAN_MINUTE / MINUTES, MINUTES / (sum(self.minutes) + _LEAN_MINUTE)
            self._factors = [(count + lean) * scale for count in self.minutes]
        return self._factors

    def prompt_factors(self) -> tuple[float, float]:
        """By how much the first seconds of a minute, and the rest of it, are above or below the minute's mean."""
        even = PROMPT / MINUTE
        share = (self.prompt + _LEAN_PROMPT * even) / (sum(self.minutes) + _LEAN_PROMPT)
        return share / even, (1 - min(share, 1.0)) / (1 - even)

    def expected(self, since: float, until: float) -> float:
        """Articles that the profile expects between two moments; of more than a week, those of a week."""
        since = max(since, until - WEEK)
        factors, total, at = self.factors(), 0.0, since
        while at < until:
            hour = int(at // HOUR)
            end = min((hour + 1) * HOUR, until)
            total += self.rate(hour) * _weighed(factors, at - hour * HOUR, end - hour * HOUR)
            at = end
        return total

    def mean_rate(self, now: float) -> float:
        """Articles a second, over all hours."""
        seen = _exposure(max(0.0, now - self.began) / WEEK) * WEEK
        return (self._sums_now().whole + _FIRST_ARTICLES) / (seen + _FIRST_TIME)

    def _forget_rates(self) -> None:
        self._rates.clear()
        self._sums = None

    def _sums_now(self) -> _Sums:
        if self._sums is None:
            self._sums = _Sums(self.hours)
        return self._sums

    def _rate(self, hour: int) -> float:
        hours, start, sums = self.hours, hour * HOUR, self._sums_now()
        age = max(0.0, start - self.began)
        mean = self.mean_rate(start) * HOUR
        at = hour % HOURS
        own, before, after = at % 24, (at - 1) % 24, (at + 1) % 24
        days, weeks = _exposure(age // DAY / 7) * 7, _exposure(age // WEEK)
        same_hours = _BLUR_MIDDLE * sums.of_hour(own) + _BLUR_SIDE * (sums.of_hour(before) + sums.of_hour(after))
        of_hour = (same_hours + _LEAN_HOUR_OF_DAY) / (days + _LEAN_HOUR_OF_DAY / mean)
        of_day = (sums.of_day(at // 24) + _LEAN_DAY) / (weeks * 24 * mean + _LEAN_DAY)
        count = _BLUR_MIDDLE * hours[at] + _BLUR_SIDE * (hours[at - 1] + hours[(at + 1) % HOURS])
        rate = (count + _LEAN_HOUR_OF_WEEK) / (weeks + _LEAN_HOUR_OF_WEEK / (of_hour * of_day))
        return max(rate, mean * _LEAST_SHARE) / HOUR


class _Sums:
    """Of the counts of a week, each worked out once: a visit asks for one hour's rate, a demand for all of them."""

    __slots__ = ("_days", "_hours", "_week", "whole")

    def __init__(self, week: Sequence[float]) -> None:
        self.whole = sum(week)
        self._week = week
        self._hours: dict[int, float] = {}
        self._days: dict[int, float] = {}

    def of_hour(self, hour: int) -> float:
        """The same hour of all days."""
        if hour not in self._hours:
            self._hours[hour] = sum(self._week[hour::24])
        return self._hours[hour]

    def of_day(self, day: int) -> float:
        """One day."""
        if day not in self._days:
            self._days[day] = sum(self._week[day * 24 : day * 24 + 24])
        return self._days[day]


def _exposure(weeks: float) -> float:
    """How often an hour of the week was seen in so many weeks, faded as its counts are."""
    return float((1 - _FADE**weeks) / (1 - _FADE))


def _weighed(factors: list[float], since: float, until: float) -> float:
    """Seconds between two moments of an hour, each minute's with its factor."""
    first, last = int(since // MINUTE), int(until // MINUTE)
    if first == last:
        return (until - since) * factors[first]
    whole = sum(factors[first:last]) * MINUTE - (since - first * MINUTE) * factors[first]
    return whole + ((until - last * MINUTE) * factors[last] if last < MINUTES else 0.0)
