"""What the scheduler does so that all sources together keep to their budgets, and no clock causes a burst or a silence.

The price of a visit is set each hour; budgets a day are kept to strictly when sources are queued.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog

from control.settings import Settings
from crawler.discovery.urls import registrable_domain
from crawler.outlets.cadence.pacer import respread
from crawler.outlets.cadence.price import EVERY, Price, borne_out, set_price, within_sites
from storage.records import Source
from storage.sql.prices import PRICE_NOTE, SITES_NOTE
from storage.store import Store

log = structlog.get_logger(__name__)

_DAY = timedelta(days=1)
_COUNT_EVERY = timedelta(minutes=1)
#: A clock that was wrong is looked for this often.
_LOOK_EVERY = timedelta(minutes=1)
#: For so long after a change of the clock visits may still be stored that began before it.
_UNEASY_S, _LOOK_SOON = 180.0, timedelta(seconds=5)
#: The clock was changed where it went on by so much more, or less, than time did.
_JUMP = timedelta(minutes=1)
#: After a standstill so many sources are visited at once; the others are spread over an interval.
_AT_ONCE = 100


class Pacing:
    """For one scheduler. Its methods take the time as an argument; any number of schedulers do no harm."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._total, self._of_host = settings.visits_a_day, settings.host_visits_a_day
        self._counts: dict[str, int] = {}
        self._counted_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._interval_s = settings.interval_s
        self._price: Price | None = None
        self._clock: tuple[datetime, float] | None = None
        self._uneasy_until = -math.inf  # monotonic

    def look(self, now: datetime, monotonic: float) -> None:
        """Sets the price and puts due times right, each when it is time for it. `monotonic` is in seconds since any
        moment, those in which the machine slept included.
        """
        jump = self._jump(now, monotonic)
        if jump is None:
            self._spread_overdue(now)
        elif abs(jump) > _JUMP:
            self._looked_at, self._uneasy_until = None, monotonic + _UNEASY_S
            if self._store.paces.follow_clock(jump, now):
                log.warning("clock_was_changed", by_s=round(jump.total_seconds()))
        is_uneasy = monotonic < self._uneasy_until
        if not _is_time(self._looked_at, now, _LOOK_SOON if is_uneasy else _LOOK_EVERY):
            return
        self._looked_at = now
        self._mend_due_times(now)
        if self._price is None:
            told = self._store.notes.get(PRICE_NOTE)
            self._price = Price(**json.loads(told)) if told else None
        if self._price is None or not 0 <= now.timestamp() - self._price.set_at < EVERY:
            self._set_price(now)

    def within_budgets(self, due: Iterable[Source], now: datetime) -> list[Source]:
        """Those of the sources that are due that may be visited by the budgets a day; the rest waits for its turn."""
        allowed = list(due)
        if self._total is None and self._of_host is None:
            return allowed
        if _is_time(self._counted_at, now, _COUNT_EVERY):
            self._counts = dict(self._store.paces.visits_since(now - _DAY))
            self._counted_at = now
        chosen = []
        for source in allowed:
            domain = registrable_domain(source.url)
            if self._total is not None and sum(self._counts.values()) >= self._total:
                break
            if self._of_host is not None and self._counts.get(domain, 0) >= self._of_host:
                continue
            self._counts[domain] = self._counts.get(domain, 0) + 1
            chosen.append(source)
        return chosen

    def _set_price(self, now: datetime) -> None:
        totals = self._store.paces.totals()
        demands, a_day = totals.demands, totals.a_day
        if self._of_host is not None:
            demands, a_day = self._set_prices_of_sites(self._of_host, now)
        budget = a_day if self._total is None else min(a_day, float(self._total))
        price = set_price(self._price, now.timestamp(), demands, totals.visits, budget)
        if price is None:
            return
        self._price = price
        self._store.notes.set(PRICE_NOTE, json.dumps(asdict(price)))
        log.info("price_of_a_visit_set", price_s=round(price.price, 1), visits_a_day=round(budget))

    def _set_prices_of_sites(self, most: int, now: datetime) -> tuple[float, float]:
        """Makes visits dearer where a site's sources would spend more than its budget of a day; returns the demands
        that are left, and the visits a day that all sites may have.
        """
        sites = self._store.paces.totals_of_sites()
        a_day = sum(min(site.a_day, float(most)) for site in sites.values())
        budget = a_day if self._total is None else min(a_day, float(self._total))
        left = within_sites({domain: site.demands for domain, site in sites.items()}, budget, most)
        spent = self._store.paces.visits_since(now - _DAY)
        before = json.loads(self._store.notes.get(SITES_NOTE) or "{}")
        dear: dict[str, tuple[float, float, float]] = {}
        for domain, site in sites.items():
            factor = (site.demands / left[domain]) ** 2 if left[domain] > 0 else 1.0
            gap_s = site.sources * _DAY.total_seconds() / most
            dearer = borne_out(before.get(domain, (1.0, 0.0, 1.0))[2], spent.get(domain, 0), most)
            if factor > 1 or gap_s > self._interval_s or dearer > 1:
                dear[domain] = (factor * dearer, gap_s, dearer)
        told = json.dumps(dear)
        if (self._store.notes.get(SITES_NOTE) or "{}") != told:
            self._store.notes.set(SITES_NOTE, told)
        return sum(left.values()), a_day

    def _jump(self, now: datetime, monotonic: float) -> timedelta | None:
        """By how much more the clock went on than time did since the last look; None at the first look."""
        last, self._clock = self._clock, (now, monotonic)
        return None if last is None else now - last[0] - timedelta(seconds=monotonic - last[1])

    def _spread_overdue(self, now: datetime) -> None:
        late = self._store.paces.overdue(now)[_AT_ONCE:]
        if late:
            log.info("overdue_visits_spread", sources=len(late))
            due = respread(now, late, self._interval_s)
            self._store.paces.set_due(due, "spread: much was due at once", now)

    def _mend_due_times(self, now: datetime) -> None:
        """What a clock that was ahead put off is spread over an interval."""
        ahead = self._store.paces.made_ahead(now)
        if ahead:
            log.warning("clock_was_ahead", sources=len(ahead))
            self._store.paces.mend_clock(now)
            due = respread(now, ahead, self._interval_s)
            self._store.paces.replan(due, "planned anew: the clock was ahead", now)


def _is_time(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether something is to be done again; a clock that was set back does not put it off."""
    return last is None or not timedelta() <= now - last < every
