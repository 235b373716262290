"""Real publishing times replayed against the pacer of the service, and against the policies it is measured by."""

from __future__ import annotations

import csv
import gzip
import heapq
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawler.outlets.cadence.pacer import Pacer
from crawler.outlets.cadence.price import EVERY, Price, set_price
from storage.ports import VisitToPace
from storage.records import (
    Moment,
    Outlet,
    OutletSource,
    Pace,
    Precision,
    PublisherWords,
    SourceKind,
    VisitOutcome,
    VisitReport,
    Zone,
)

DAY = 86_400.0
WARM_DAYS = 28
#: Feeds below an article a day, and those whose record begins late or ends early, say little.
_LEAST_A_DAY, _EDGE = 1.0, 3 * DAY

Times = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Publishing times of each feed in seconds, and the period that is scored."""

    times: dict[str, list[float]]
    since: float
    until: float

    @property
    def days(self) -> float:
        return (self.until - self.since) / DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the polls of a policy gave; delays in seconds."""

    polls: int
    mean: float
    p95: float
    mean_of_means: float
    missed: float  # share of all articles


def load(path: Path, days: float = 56, every: int = 1) -> Feeds:
    """The feeds that are recorded over a warm-up of 28 days and the days that are scored."""
    found: dict[str, list[float]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["set"] == "rss":
                found[row["outlet"]].append(datetime.fromisoformat(row["published"]).timestamp())
    times = {key: sorted(found[key]) for key in sorted(found)[::every]}
    begun = sorted(feed[0] for feed in times.values())
    since = math.ceil(begun[int(len(begun) * 0.75)] / DAY) * DAY + WARM_DAYS * DAY
    last = sorted(feed[-1] for feed in times.values())[len(times) // 2]
    until = min(since + days * DAY, last // DAY * DAY)
    fit = {key: [at for at in feed if at < until] for key, feed in times.items() if _fits(feed, since, until)}
    return Feeds(times=fit, since=since, until=until)


def _fits(feed: Sequence[float], since: float, until: float) -> bool:
    warm = bisect_left(feed, since) - bisect_left(feed, since - WARM_DAYS * DAY)
    scored = bisect_left(feed, until) - bisect_left(feed, since)
    begins, ends = feed[0] < since - WARM_DAYS * DAY + _EDGE, feed[-1] > until - _EDGE
    return warm >= _LEAST_A_DAY * WARM_DAYS and scored >= _LEAST_A_DAY / 2 * (until - since) / DAY and begins and ends


# ----------------------------------------------------------------------------------- the service's own


@dataclass(slots=True)
class _Feed:
    number: int
    outlet: Outlet
    events: Sequence[float]
    dates: Sequence[Moment]
    seen: int = 0
    memory: bytes | None = None
    demand: float = 0.0
    polls: list[float] = field(default_factory=list)


def replay(
    feeds: Feeds, gap_s: float, window: int, *, begin: float | None = None
) -> tuple[dict[str, list[float]], float]:
    """Polls of each feed as the service's pacer and price choose them, from `begin` (the warm-up's begin) on.

    The budget is one poll a feed in `gap_s` seconds. Returns the polls and the largest memory in bytes.
    """
    begin = feeds.since - WARM_DAYS * DAY if begin is None else begin
    pacer = Pacer(interval_s=round(gap_s), floor_s=max(1, round(min(60.0, gap_s / 3))), ceiling_s=6 * 3600)
    states = {key: _feed(number, key, events) for number, (key, events) in enumerate(feeds.times.items())}
    queue = [(begin + gap_s * ((state.number * 0.618) % 1), key) for key, state in states.items()]
    heapq.heapify(queue)
    price: Price | None = None
    visits, budget, set_at, largest = 0, len(states) * DAY / gap_s, begin, 0
    while queue and queue[0][0] < feeds.until:
        now, key = queue[0]
        if now >= set_at:
            price = set_price(price, now, sum(state.demand for state in states.values()), visits, budget)
            set_at = now + (EVERY if price else gap_s)
        due = _visit(states[key], now, window, pacer, price.price if price else None)
        largest = max(largest, len(states[key].memory or b""))
        visits += 1
        heapq.heapreplace(queue, (due, key))
    return {key: state.polls for key, state in states.items()}, largest


def _feed(number: int, key: str, events: Sequence[float]) -> _Feed:
    url = f"https://{key}/feed"
    source = OutletSource(kind=SourceKind.FEED, url=url)
    outlet = Outlet(key=key, name=key, home_url=f"https://{key}/", sources=(source,))
    zone = Zone.STATED
    dates = [
        Moment(at=datetime.fromtimestamp(at, UTC), precision=Precision.SECOND, rule="feed", zone=zone) for at in events
    ]
    return _Feed(number, outlet, events, dates)


def _visit(state: _Feed, now: float, window: int, pacer: Pacer, price: float | None) -> float:
    listed = bisect_right(state.events, now)
    arrived = state.dates[max(state.seen, listed - window) : listed]
    state.seen = listed
    at = datetime.fromtimestamp(now, UTC)
    report = VisitReport(
        source_id=state.number,
        started_at=at,
        finished_at=at,
        outcome=VisitOutcome.READ,
        next_due_at=at,
        listed=min(window, listed),
    )
    paced = pacer.pace(
        VisitToPace(
            source_id=state.number,
            url=state.outlet.sources[0].url,
            outlet=state.outlet,
            report=report,
            arrived=arrived,
            ordered=Pace(),
            paused_until=None,
            words=PublisherWords(),
            price=price,
            memory=state.memory,
        )
    )
    state.memory, state.demand = paced.memory, paced.demand
    state.polls.append(now)
    return paced.next_due_at.timestamp()


# ------------------------------------------------------------------------------------ its yardsticks


def fixed(feeds: Feeds, gap_s: float) -> dict[str, list[float]]:
    """A poll each `gap_s` seconds, each feed with a phase of its own."""
    count = math.ceil((feeds.until - feeds.since) / gap_s) + 1
    starts = {key: feeds.since + gap_s * ((number * 0.618) % 1) for number, key in enumerate(feeds.times)}
    return {key: [at + gap_s * step for step in range(count)] for key, at in starts.items()}


def entry_frequency(feeds: Feeds, polls: int, gap_s: float) -> dict[str, list[float]]:
    """Miniflux's policy of this name, its factor chosen so that it spends as many polls.

    The next poll comes after the mean gap of the last week's entries, divided by the factor, from five minutes (a
    third of the gap where that is less) to a day. It is told all entries, as its own polls would at best.
    """
    low, high = 1e-3, 1e3
    chosen: dict[str, list[float]] = {}
    for _ in range(40):
        factor = math.sqrt(low * high)
        chosen = {key: _by_frequency(events, feeds, factor, gap_s) for key, events in feeds.times.items()}
        spent = sum(map(len, chosen.values()))
        if abs(spent - polls) <= 0.003 * polls:
            break
        low, high = (factor, high) if spent < polls else (low, factor)
    return chosen


def _by_frequency(events: Sequence[float], feeds: Feeds, factor: float, gap_s: float) -> list[float]:
    week, at, polls = 7 * DAY, feeds.since, []
    shortest = min(300.0, gap_s / 3)
    while at < feeds.until:
        polls.append(at)
        newest, oldest = bisect_right(events, at), bisect_left(events, at - week)
        wait = DAY
        if newest - oldest > 1 and events[newest - 1] > events[oldest]:
            gap = (events[newest - 1] - events[oldest]) / (newest - oldest - 1)
            wait = min(max(week / (math.ceil(week / gap) * factor), shortest), DAY)
        at += wait
    return polls


# -------------------------------------------------------------------------------------------- scoring


def score(times: Times, polls: Mapping[str, Sequence[float]], since: float, until: float, window: int) -> Score:
    """Delays of the articles of a period; what later articles pushed out of the window is missed, and has none."""
    delays: list[float] = []
    means: list[float] = []
    count = articles = missed = 0
    for key, events in times.items():
        own = polls[key][bisect_left(polls[key], since) : bisect_left(polls[key], until)]
        count += len(own)
        published = events[bisect_left(events, since) : bisect_left(events, until)]
        articles += len(published)
        found = _delays(published, [*own, until], window)
        missed += len(published) - len(found)
        delays += found
        if published:
            means.append(sum(found) / len(found) if found else 0.0)
    delays.sort()
    return Score(
        polls=count,
        mean=sum(delays) / len(delays),
        p95=delays[int(0.95 * len(delays))],
        mean_of_means=sum(means) / len(means),
        missed=missed / articles,
    )


def _delays(published: Sequence[float], polls: Sequence[float], window: int) -> list[float]:
    at = [bisect_left(polls, event) for event in published]
    return [
        polls[poll] - event
        for number, (event, poll) in enumerate(zip(published, at, strict=True))
        if number + window >= len(at) or at[number + window] != poll
    ]


def gaps(feeds: Feeds, polls: Iterable[Sequence[float]]) -> float:
    """Mean seconds between polls in the period that is scored."""
    spent = sum(bisect_left(own, feeds.until) - bisect_left(own, feeds.since) for own in polls)
    return len(feeds.times) * (feeds.until - feeds.since) / spent
