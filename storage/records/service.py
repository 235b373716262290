"""The service as a whole: its events, its figures, its processes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.records.delays import Delay
from storage.records.hosts import HostWait, RobotsCopy
from storage.records.outlets import Outlet, Source
from storage.records.subscriptions import Subscription, SubscriptionState
from storage.records.visits import Gap, VisitSummary
from storage.records.vocabulary import URGENCY, EventKind, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletStatus:
    """An outlet with what an operator wants to know first."""

    outlet: Outlet
    origin: str  # "shipped" or "added"
    is_paused: bool
    sources: tuple[Source, ...]
    articles: int
    articles_24h: int
    pending: int
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    last_failure: VisitSummary | None  # the newest failed visit, unless all its sources are well again
    layout_since: datetime | None = None  # since when its pages are read worse than before
    layout_sentence: str | None = None

    @property
    def state(self) -> SourceState:
        """The one word for it: what an operator has to act on comes first."""
        if self.is_paused:
            return SourceState.PAUSED
        states = {source.state for source in self.sources}
        if self.layout_since is not None:
            states.add(SourceState.LAYOUT)
        return most_urgent(states)

    @property
    def is_ill(self) -> bool:
        """Whether anything of it is ill, paused or not."""
        return self.layout_since is not None or any(source.state.is_ill for source in self.sources)

    @property
    def trouble(self) -> str | None:
        """Why it is ill, as a sentence; None where it is well."""
        state = self.state
        if state is SourceState.LAYOUT:
            return self.layout_sentence
        if not state.is_ill:
            return None
        return next((s.sentence or s.last_detail or s.last_reason for s in self.sources if s.state is state), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletLine:
    """An outlet as the list of all shows it."""

    key: str
    name: str
    country: str | None
    languages: tuple[str, ...]
    is_paused: bool
    sources: tuple[tuple[SourceState, int], ...]  # how many are in each state, the most urgent first
    sentences: Mapping[SourceState, str]  # why those are ill that are
    layout_sentence: str | None  # how its pages are read worse than before; None: they are not
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    articles: int
    articles_24h: int
    pending: int
    by_day: tuple[int, ...]  # articles found on each of the last days (UTC), today last
    delay: Delay | None  # of its articles lately, on the mean

    @property
    def state(self) -> SourceState:
        """The one word for it, as of `OutletStatus`."""
        if self.is_paused:
            return SourceState.PAUSED
        layout = [SourceState.LAYOUT] if self.layout_sentence else []
        return most_urgent([state for state, _ in self.sources] + layout)

    @property
    def trouble(self) -> str | None:
        """Why it is ill, as a sentence; None where it is well."""
        return self.layout_sentence if self.state is SourceState.LAYOUT else self.sentences.get(self.state)


def most_urgent(states: Collection[SourceState]) -> SourceState:
    """What an operator has to act on first; "new" where there is nothing."""
    return min(states, key=URGENCY.index, default=SourceState.NEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the event log. `seq` grows without ever being filled in behind a reader."""

    seq: int
    at: datetime
    kind: EventKind
    outlet_key: str | None
    article_id: int | None
    payload: Mapping[str, Any]

    @property
    def is_news(self) -> bool:
        """Whether readers are to be told: not of what a backfill brought, unless it is fresh or was announced."""
        return bool(self.payload.get("is_news", "backfill" not in self.payload))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletStanding:
    """What the hosts of an outlet ask of us, and what we may have missed of it."""

    robots: tuple[RobotsCopy, ...] = ()  # in force, by origin
    waits: tuple[HostWait, ...] = ()  # not over yet
    kept_out: tuple[tuple[str, int], ...] = ()  # (reason, candidates): of the last 24 h, the most first
    gaps: tuple[Gap, ...] = ()  # of the last 30 days, newest first
    subscriptions: tuple[Subscription, ...] = ()  # at the hubs that its feeds name


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """Figures of the whole store at one moment."""

    articles: int
    articles_24h: int
    outlets: int
    outlets_paused: int
    sources: int
    sources_failing: int
    pending: int
    visits_24h: int
    failures_24h: int
    next_visit_at: datetime | None
    processes: tuple[ProcessInfo, ...]
    states: tuple[tuple[SourceState, int], ...] = ()  # of sources that are visited
    layouts_changed: int = 0  # outlets whose pages are read worse than before
    subscriptions: tuple[tuple[SubscriptionState, int], ...] = ()
    pushes_waiting: int = 0  # that are not read yet
    pushes_refused: int = 0  # that were not believed, ever


#: What a process has done since it started: counts by label, by name ("visits": {"read": 7, ...}).
Figures = Mapping[str, Mapping[str, float]]


#: Upper bounds of the buckets into which delays of discovery are counted ("delay_s").
DELAY_BUCKETS_S = (60, 300, 900, 1800, 3600, 7200, 21_600, 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """A running (or lately dead) process of the service."""

    name: str
    role: str  # "scheduler", "worker", "web", "courier"
    pid: int
    started_at: datetime
    seen_at: datetime  # last heartbeat
    detail: str | None = None
    figures: Figures = field(default_factory=dict)
    host: str | None = None  # the machine's name; None: a process of an older version
