"""/metrics for Prometheus: what is stored and due, and what every process of the service has done.

Workers tell their counts with their heartbeats; a counter begins anew when its process does, as Prometheus expects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from delivery.api.services import Reading, Services
from storage.backfills import PastFigures
from storage.records import (
    DELAY_BUCKETS_S,
    Channel,
    ChannelState,
    ProcessInfo,
    ServiceStatus,
    SourceState,
    SubscriptionState,
)

router = APIRouter(include_in_schema=False)

#: A process beats every five seconds.
_ALIVE_WITHIN = timedelta(seconds=30)


@router.get("/metrics")
def metrics(services: Reading) -> Response:
    """All figures, in Prometheus' text format."""
    now = services.clock()
    registry = CollectorRegistry()
    registry.register(_Snapshot(services.library.status(now), now, _behind(services)))
    registry.register(_PastSnapshot(services.backfills.figures(now)))
    registry.register(_ChannelSnapshot(services.channels.channels() if services.channels else [], now))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _behind(services: Services) -> int | None:
    """How many events the watchlists have not seen; None where there are no watchlists."""
    if services.explainer is None:
        return None
    return services.library.newest_change()[0] - services.explainer.matches.cursor()


class _ChannelSnapshot(Collector):
    """How the channels are."""

    def __init__(self, channels: Sequence[Channel], now: datetime) -> None:
        self._channels = channels
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yields every metric once."""
        states = Counter(
            "paused" if each.state is ChannelState.PAUSED else "failing" if each.is_failing else "active"
            for each in self._channels
        )
        family = GaugeMetricFamily("presswatch_channels", "Channels, by how they are.", labels=["state"])
        for state in ("active", "failing", "paused"):
            family.add_metric([state], states[state])
        yield family
        since = [each.failing_since for each in self._channels if each.failing_since is not None]
        longest_s = max(((self._now - at).total_seconds() for at in since), default=0.0)
        told = "How long the channel that fails longest has failed."
        yield GaugeMetricFamily("presswatch_channel_failing_seconds", told, longest_s)


class _Snapshot(Collector):
    """One moment's figures as metrics."""

    def __init__(self, status: ServiceStatus, now: datetime, behind: int | None) -> None:
        self._status = status
        self._now = now
        self._behind = behind

    def collect(self) -> Iterator[Metric]:
        """Yields every metric once."""
        yield from self._of_store()
        yield from self._of_processes()

    def _of_store(self) -> Iterator[Metric]:
        status = self._status
        due = status.next_visit_at
        late_s = max(0.0, (self._now - due).total_seconds()) if due is not None else 0.0
        for name, text, value in (
            ("articles", "Articles stored.", status.articles),
            ("articles_24h", "Articles first seen in the last 24 hours.", status.articles_24h),
            ("outlets", "Outlets monitored.", status.outlets),
            ("outlets_paused", "Outlets that are paused.", status.outlets_paused),
            ("sources", "Sources monitored.", status.sources),
            ("sources_failing", "Sources that are ill.", status.sources_failing),
            ("candidates_pending", "Candidates that wait to be fetched.", status.pending),
            ("visits_24h", "Visits that ended in the last 24 hours.", status.visits_24h),
            ("visits_failed_24h", "Of them, those that failed.", status.failures_24h),
            ("visit_overdue_seconds", "How long the source that is due longest has waited.", late_s),
        ):
            yield GaugeMetricFamily(f"presswatch_{name}", text, value)
        yield from self._of_health()
        if self._behind is not None:
            told = "Events that are not held against the watchlists yet."
            yield GaugeMetricFamily("presswatch_watchlists_behind_events", told, self._behind)

    def _of_health(self) -> Iterator[Metric]:
        status = self._status
        states = GaugeMetricFamily("presswatch_sources_in_state", "Sources that are visited.", labels=["state"])
        counts = dict(status.states)
        for state in SourceState:
            states.add_metric([state.value], counts.get(state, 0))
        hubs = GaugeMetricFamily("presswatch_subscriptions", "Subscriptions at hubs (WebSub).", labels=["state"])
        subscribed = dict(status.subscriptions)
        for step in SubscriptionState:
            hubs.add_metric([step.value], subscribed.get(step, 0))
        yield from (states, hubs)
        for name, text, value in (
            ("layouts_changed", "Outlets whose pages are read worse than before.", status.layouts_changed),
            ("pushes_waiting", "Pushes of hubs that are not read yet.", status.pushes_waiting),
            ("pushes_refused", "Pushes of hubs that were not believed, ever.", status.pushes_refused),
        ):
            yield GaugeMetricFamily(f"presswatch_{name}", text, value)

    def _of_processes(self) -> Iterator[Metric]:
        labels = ["role", "process"]
        up = GaugeMetricFamily("presswatch_process_up", "1 when it was heard of in the last 30 s.", labels=labels)
        began = GaugeMetricFamily("presswatch_process_start_time_seconds", "When it started.", labels=labels)
        memory = GaugeMetricFamily("presswatch_process_resident_bytes", "Its own memory.", labels=labels)
        load = GaugeMetricFamily("presswatch_pool_load", "Extractions that wait or run.", labels=["process"])
        visits = CounterMetricFamily("presswatch_visits", "Visits, by outcome.", labels=["process", "outcome"])
        failures = CounterMetricFamily("presswatch_visit_failures", "By cause.", labels=["process", "reason"])
        ended = CounterMetricFamily("presswatch_candidates", "Candidates, by end.", labels=["process", "reason"])
        pool = CounterMetricFamily("presswatch_pool_tasks", "Extractions, by end.", labels=["process", "end"])
        delay = HistogramMetricFamily(
            "presswatch_discovery_delay_seconds", "From an article's own date to its discovery.", labels=["process"]
        )
        for each in self._status.processes:
            key = [each.role, each.name]
            up.add_metric(key, float(self._now - each.seen_at <= _ALIVE_WITHIN))
            began.add_metric(key, each.started_at.timestamp())
            if (resident := each.figures.get("process", {}).get("resident_bytes")) is not None:
                memory.add_metric(key, resident)
            if (waiting := each.figures.get("process", {}).get("pool_load")) is not None:
                load.add_metric([each.name], waiting)
            for family, name in ((visits, "visits"), (failures, "failures"), (ended, "candidates"), (pool, "pool")):
                for label, count in sorted(each.figures.get(name, {}).items()):
                    family.add_metric([each.name, label], count)
            _add_delays(delay, each)
        yield from (up, began, memory, load, visits, failures, ended, pool, delay)


class _PastSnapshot(Collector):
    """Backfills and gaps as metrics."""

    def __init__(self, figures: PastFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Yields every metric once."""
        backfills = GaugeMetricFamily("presswatch_backfills", "Backfills, by state.", labels=["state"])
        for state, number in self._figures.backfills:
            backfills.add_metric([state.value], number)
        gaps = GaugeMetricFamily("presswatch_gaps_30d", "Possible losses of 30 days, by state.", labels=["state"])
        for gap_state, number in self._figures.gaps:
            gaps.add_metric([gap_state.value], number)
        yield from (backfills, gaps)
        for name, text, value in (
            ("lists_left", "Lists that running backfills have still to read.", self._figures.lists_left),
            ("waiting", "Addresses that running backfills have found and not fetched.", self._figures.waiting),
        ):
            yield GaugeMetricFamily(f"presswatch_backfill_{name}", text, value)


def _add_delays(family: HistogramMetricFamily, process: ProcessInfo) -> None:
    told = process.figures.get("delay_s")
    if not told:
        return
    buckets, so_far = [], 0.0
    for bound in DELAY_BUCKETS_S:
        so_far += told.get(str(bound), 0)
        buckets.append((str(float(bound)), so_far))
    buckets.append(("+Inf", so_far + told.get("more", 0)))
    family.add_metric([process.name], buckets, told.get("sum", 0))
