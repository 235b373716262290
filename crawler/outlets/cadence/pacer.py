"""The pacer: what a visit revealed in, the next due time with its why out, and what to remember."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crawler.outlets.cadence.bounds import after_skips, floor_s
from crawler.outlets.cadence.memory import Memory
from crawler.outlets.cadence.profile import DAY, HOUR
from crawler.outlets.cadence.schedule import merged, next_cron, told_span
from crawler.outlets.cadence.waiting import best_wait
from crawler.outlets.cadence.windows import after_windows
from crawler.outlets.errors import BadOrder
from storage.ports import Paced, VisitToPace
from storage.records import Moment, Outlet, Pace, PaceMode, Precision, PublisherWords, VisitOutcome

#: Visits are spread by this share of their wait, and those of a cron line by this time, so that none fall in step.
_SPREAD, _CRON_SPREAD_S = 0.1, 60.0
#: An adaptive wait is exact on purpose, so it is spread less.
_ADAPTIVE_SPREAD = 0.03
#: A source's ways are known after a week; until then it is visited at least as often as at a steady interval.
_NEW = 7 * DAY
#: Bounds from above leave the budget of a site so much room to be spent unevenly.
_LOOSER = 2.0
#: How often it is worked out what a source is worth: of a young one after each quarter of its age, which is no sooner
#: than its visits come at the usual interval, and it costs as much as storing one.
_DEMAND_EVERY, _DEMAND_NOT_WITHIN = 1 * DAY, 300.0
#: After a visit that had no item in common with the one before, the wait is divided by this.
_AFTER_A_GAP = 4
_READ = frozenset({VisitOutcome.READ, VisitOutcome.PUSHED, VisitOutcome.UNCHANGED})
#: A source that a hub pushes is visited so much more rarely, and its visits are worth so much less.
_PUSHED_LESS = 6


class Pacer:
    """Implements `storage.ports.Pacer`.

    `interval_s` is the mean gap between visits of a source that the budget is made of; `floor_s` and `ceiling_s`
    hold for adaptive sources whose outlet file names none of its own. With `floor_s` longer than the interval, it
    is the interval of those.
    """

    def __init__(self, *, interval_s: int, floor_s: int, ceiling_s: int) -> None:
        self._interval_s = interval_s
        self._service = Pace(mode=PaceMode.ADAPTIVE, floor_s=floor_s, ceiling_s=ceiling_s, heed_publisher=True)

    def pace(self, visit: VisitToPace) -> Paced:
        """The next due time. Raises nothing: whatever makes no sense is left out, and the interval holds."""
        order, own = self._order(visit)
        now, report = visit.report.finished_at, visit.report
        memory = self._learned(visit, now)
        if report.outcome is VisitOutcome.PUSHED:
            due, why = report.next_due_at, "as before: a push puts no visit off"
        elif report.outcome is VisitOutcome.FAILED:
            due, why = report.next_due_at, "after a failure: later with each, and as the host asked"
        else:
            due, why = self._due(visit, order, own, memory, now)
        due, why = _kept_off(due, why, visit, order)
        is_adaptive = order.mode is PaceMode.ADAPTIVE
        return Paced(
            next_due_at=due,
            why=why,
            memory=memory.pack() if memory else visit.memory,
            demand=_demand(memory, visit) if is_adaptive else 0.0,
            share_s=self.share_s(order, visit.words) if is_adaptive else 0,
        )

    def plan(self, visit: VisitToPace) -> Paced:
        """The next due time by new orders; nothing is learned. Raises nothing."""
        order, own = self._order(visit)
        memory = Memory.unpack(visit.memory) if visit.memory else None
        due, why = self._due(visit, order, own, memory, visit.report.finished_at)
        due, why = _kept_off(due, why, visit, order)
        is_adaptive = order.mode is PaceMode.ADAPTIVE
        return Paced(
            next_due_at=due,
            why=why,
            memory=visit.memory,
            is_by_calendar=order.mode is PaceMode.CRON,
            demand=_demand(memory, visit) if is_adaptive else 0.0,
            share_s=self.share_s(order, visit.words) if is_adaptive else 0,
        )

    def share_s(self, order: Pace, words: PublisherWords) -> int:
        """Mean seconds between visits by which an adaptive source counts in the budget."""
        return max(self._interval_s, order.floor_s or 0)

    def _order(self, visit: VisitToPace) -> tuple[Pace, Pace]:
        """The order in force, and that part of it that somebody gave on purpose."""
        source = next((source.pace for source in visit.outlet.sources if source.url == visit.url), Pace())
        outlet = visit.outlet.pace
        if visit.outlet.interval_s is not None and outlet.mode is None:
            outlet = replace(outlet, mode=PaceMode.EVERY, every_s=visit.outlet.interval_s)
        own = merged(visit.ordered, source, outlet)
        return merged(own, self._service), own

    def _learned(self, visit: VisitToPace, now: datetime) -> Memory | None:
        memory = Memory.unpack(visit.memory) if visit.memory else None
        outcome = visit.report.outcome
        if outcome not in _READ:
            return memory
        listed = visit.report.listed if outcome is VisitOutcome.READ else None
        at = now.timestamp()
        dates = [_told(moment) for moment in visit.arrived]
        if memory is None:
            if listed is None:
                return None
            memory = Memory.begin(at, dates, listed)
        else:
            memory.learn(at, dates, listed)
        every = min(_DEMAND_EVERY, max(_DEMAND_NOT_WITHIN, (at - memory.first_at) / 4))
        if abs(at - memory.demand_at) >= every:
            memory.rate_demand(at)
        return memory

    def _due(
        self, visit: VisitToPace, order: Pace, own: Pace, memory: Memory | None, now: datetime
    ) -> tuple[datetime, str]:
        jitter = _jitter(visit.source_id, now)
        if order.mode is PaceMode.CRON and order.cron:
            try:
                due = next_cron(order.cron, now, zone_of(visit.outlet))
            except BadOrder:
                pass
            else:
                return due + timedelta(seconds=_CRON_SPREAD_S * jitter), f"by its cron line {order.cron}"
        if order.mode is PaceMode.EVERY and order.every_s:
            wait = order.every_s * (1 + _SPREAD * (jitter - 0.5))
            return now + timedelta(seconds=wait), f"every {told_span(order.every_s)}"
        wait, why = self._adaptive(visit, order, own, memory, now.timestamp())
        if visit.has_gap:
            floor, _ = _floor(visit.words, order, own)
            wait, why = max(wait / _AFTER_A_GAP, min(wait, floor)), f"{why}; sooner, as it may have missed articles"
        elif visit.is_pushed:
            ceiling = max(float(order.ceiling_s or wait), wait)
            wait, why = min(_PUSHED_LESS * wait, ceiling), f"{why}; more rarely, as a hub pushes it"
        return now + timedelta(seconds=wait * (1 + _ADAPTIVE_SPREAD * (jitter - 0.5))), why

    def _adaptive(
        self, visit: VisitToPace, order: Pace, own: Pace, memory: Memory | None, now: float
    ) -> tuple[float, str]:
        gap_s = _LOOSER * visit.least_gap_s
        interval = max(float(self._interval_s), float(order.floor_s or 0), gap_s)
        floor, floor_why = _floor(visit.words, order, own)
        ceiling = max(float(order.ceiling_s or interval), floor, gap_s)
        if memory is None or visit.price is None:
            why = f"new: not sooner because of {floor_why}" if floor > interval else "new: at the usual interval"
            return min(max(interval, floor), ceiling), f"{why}, until its ways are known"
        age = now - memory.first_at
        newness = interval if 0 <= age < _NEW else math.inf
        wait = best_wait(memory, visit.price, min(ceiling, max(newness, floor)))
        why = f"expects {HOUR * memory.level * memory.profile.rate(int(now // HOUR)):.2g} new articles an hour now"
        if wait < floor:
            return floor, f"{why}; not sooner because of {floor_why}"
        if wait >= ceiling:
            return ceiling, f"{why}; not later than its ceiling of {told_span(ceiling)}"
        if wait >= newness:
            return wait, f"{why}; new, so not left for longer yet"
        return wait, why


def _demand(memory: Memory | None, visit: VisitToPace) -> float:
    """Visits a second that a source is worth at a price of 1."""
    if memory is None:
        return 0.0
    return memory.demand / _PUSHED_LESS if visit.is_pushed else memory.demand


def _floor(words: PublisherWords, order: Pace, own: Pace) -> tuple[float, str]:
    """The floor in force in seconds, and whose it is. A floor that was named on purpose wins over ttl and sy:*."""
    least = float(order.floor_s or 1)
    whose = f"its floor of {told_span(least)}"
    if not order.heed_publisher:
        return least, whose
    if own.floor_s is not None:
        words = PublisherWords(fresh_s=words.fresh_s)
    told, name = floor_s(words)
    return (told, f"the publisher's {name}") if told > least else (least, whose)


def _kept_off(due: datetime, why: str, visit: VisitToPace, order: Pace) -> tuple[datetime, str]:
    """A due time moved out of windows, skipped hours and pauses."""
    if visit.paused_until is not None and due < visit.paused_until:
        due, why = visit.paused_until, "paused until then"
    words = visit.words
    if order.mode is PaceMode.ADAPTIVE and order.heed_publisher and (words.skip_hours or words.skip_days):
        moved = after_skips(due, words)
        due, why = (moved, "the publisher's skipHours or skipDays end then") if moved > due else (due, why)
    if order.not_between:
        moved = after_windows(due, order.not_between, zone_of(visit.outlet))
        if moved > due:
            spread = timedelta(seconds=_CRON_SPREAD_S * _jitter(visit.source_id, moved))
            due, why = moved + spread, f"not between {', '.join(order.not_between)}"
    return due, why


@lru_cache(maxsize=1_024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone_of(outlet: Outlet) -> ZoneInfo:
    """The outlet's time zone, UTC where it has none."""
    return _zone(outlet.timezone or "UTC")


def _told(moment: Moment | None) -> float | None:
    """A date that is known to the minute."""
    return moment.at.timestamp() if moment is not None and moment.precision is not Precision.DAY else None


def _jitter(source_id: int, now: datetime) -> float:
    """From 0 to 1, the same for the same visit."""
    return zlib.crc32(f"{source_id} {now.isoformat()}".encode()) / 0xFFFF_FFFF


def respread(now: datetime, source_ids: Sequence[int], interval_s: float) -> dict[int, datetime]:
    """New due times for sources whose due times were made by a clock that was wrong: spread over an interval."""
    return {
        number: (now + timedelta(seconds=interval_s * _jitter(number, now))).astimezone(UTC) for number in source_ids
    }
