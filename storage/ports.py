"""Ports: what the rest of Presswatch may ask of what is kept.

Every method is synchronous and may be called from any thread; asyncio code calls them through a
thread. A write has happened, durably, when its method returns. Unless a method says otherwise, all of
them raise `StoreUnavailable` when the server behind them does not answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol

from storage.backfills import (
    Backfill,
    BackfillProgress,
    BackfillStage,
    BackfillState,
    PageRead,
    PageToRead,
)
from storage.records import (
    ArticleDetail,
    ArticleFigures,
    ArticleQuery,
    ArticleSummary,
    BodyRef,
    CandidateStory,
    Channel,
    ChannelKind,
    Delivery,
    Event,
    Gap,
    HostTraffic,
    HostWait,
    KeptPage,
    Loss,
    Moment,
    NetworkTrouble,
    Outlet,
    OutletStanding,
    OutletStatus,
    Pace,
    PaceTotals,
    PendingCandidate,
    ProcessInfo,
    PublisherWords,
    Quarantined,
    Reason,
    RobotsCopy,
    ServiceStatus,
    Source,
    SourceState,
    Stored,
    Validators,
    Verdict,
    VisitJob,
    VisitReport,
    VisitSummary,
)


class Claim(IntEnum):
    """What the seen-set answers to a claim."""

    NEW = 0  # ours now: fetch it, then confirm or release
    TAKEN = 1  # another worker (or an earlier claim of ours) is at it
    SEEN = 2  # known, confirmed after a store


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitToPace:
    """A visit, and all that its source's next due time hangs on."""

    source_id: int
    url: str  # the source's, as its outlet names it
    outlet: Outlet
    report: VisitReport
    arrived: Sequence[Moment | None]  # of each candidate that was new: when it says that it was published
    ordered: Pace  # by command
    paused_until: datetime | None
    words: PublisherWords
    price: float | None  # of a visit, common to all sources; None: not known yet
    memory: bytes | None  # what `Paced.memory` was after the last visit
    has_gap: bool = False  # it had no item in common with the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """What a pacer says after a visit."""

    next_due_at: datetime
    why: str  # a few words for a person
    memory: bytes | None
    demand: float  # visits a second that the source is worth at a price of 1; 0: it is not visited adaptively
    share_s: int  # mean seconds between visits by which it counts in the budget; 0: it is not visited adaptively


class Pacer(Protocol):
    """Chooses when a source is visited next. Pure: asked within the transaction that stores the visit."""

    def pace(self, visit: VisitToPace) -> Paced:
        """The next due time after a visit, which is learned from. Raises nothing."""

    def plan(self, visit: VisitToPace) -> Paced:
        """The next due time by new orders; nothing is learned. Raises nothing."""


class PaceBook(Protocol):
    """Orders about visits, and what keeps all sources to their budgets."""

    def order(self, source_id: int, pace: Pace, now: datetime) -> Source:
        """Orders how a source is visited, in place of what was ordered before; plans its next visit by it."""

    def pause(self, source_id: int, until: datetime | None, now: datetime) -> Source:
        """No visits until then; None: visits again, from now on."""

    def make_due(self, source_id: int, now: datetime) -> Source:
        """Makes a source due now."""

    def totals(self) -> PaceTotals:
        """What the price of a visit is set by."""

    def visits_since(self, since: datetime) -> Mapping[str, int]:
        """How many visits each registrable domain had."""

    def made_ahead(self, now: datetime) -> list[int]:
        """Sources whose last visit lies in the future: the clock was ahead then, and so are their due times."""

    def overdue(self, now: datetime) -> list[int]:
        """Sources visited before that are due and not queued, the longest due first."""

    def mend_clock(self, now: datetime) -> None:
        """Ends waits that only a clock that was ahead can have made: of queued jobs, leases and candidates."""

    def set_due(self, due: Mapping[int, datetime], why: str, now: datetime) -> None:
        """Sets due times. Where the last visit lies after `now`, it is moved there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitToExamine:
    """A visit, and all that the state of its source hangs on."""

    report: VisitReport
    state: SourceState | None  # before the visit; None: never examined
    since: datetime | None  # since when it is in that state
    is_new: bool  # whether it listed something that it never listed before
    last_new_at: datetime | None  # before this visit, as the next two
    last_ok_at: datetime | None
    last_read_at: datetime | None  # when it last answered with another body
    moved_to: str | None  # this visit included, as the next one
    moved_answers: int
    memory: bytes | None  # what its pacer learned, this visit included; None: nothing
    owed: float  # articles expected since it last brought something
    longest_owed: float  # the most it ever owed


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """How a source is after a visit."""

    state: SourceState
    cause: str
    sentence: str
    since: datetime
    owed: float
    longest_owed: float


class Examiner(Protocol):
    """Tells the state of a source. Pure: asked within the transaction that stores the visit."""

    def examine(self, visit: VisitToExamine) -> Examined:
        """Raises nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """What alerts are chosen by."""

    source_id: int
    outlet_key: str
    outlet_name: str
    domain: str
    url: str
    state: SourceState
    cause: str
    sentence: str
    since: datetime
    failures: int
    last_visit_at: datetime | None
    alerted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """What to tell the operator now."""

    raised: Sequence[SourceHealth] = ()
    ended: Sequence[SourceHealth] = ()
    network_raised: bool = False  # nearly all sources fail: it is our own network
    network_ended: bool = False


class Alarm(Protocol):
    """Chooses what the operator is told. Pure."""

    def decide(
        self,
        sources: Sequence[SourceHealth],
        now: datetime,
        network_since: datetime | None,
        network_until: datetime | None,
    ) -> Alarms:
        """What to tell now; `network_since` is when our network failed last, `network_until` when that ended."""


class SeenSet(Protocol):
    """Which URL fingerprints (signed 64-bit integers) are known, exact to 64 bits.

    A claim that is neither confirmed nor released runs out after its time to live. SQL is the truth:
    an implementation may forget everything at any moment, and is then filled again by `confirm`.
    """

    def claim(self, keys: Sequence[int], owner: str, now: datetime, ttl: timedelta) -> list[Claim]:
        """Claims each key for `owner`; one answer a key, in order. A repeated key is TAKEN."""

    def confirm(self, keys: Iterable[int]) -> None:
        """Makes keys seen, claimed or not. To be called after the store committed, never before."""

    def release(self, keys: Iterable[int], owner: str) -> None:
        """Gives up open claims of `owner`; those of others and seen keys stay as they are."""

    def seen(self, keys: Sequence[int]) -> list[bool]:
        """Whether each key is confirmed."""

    def rotate(self) -> int:
        """Begins a new generation and forgets the oldest; returns how many generations are kept.

        A key confirmed again moves to the newest generation, so only keys that no source has listed
        for a whole cycle are forgotten.
        """

    def clear(self) -> None:
        """Forgets everything."""


class VisitQueue(Protocol):
    """Due sources, each given to one worker at a time, one registrable domain with one worker.

    A job is delivered until it is acknowledged (with the visit, `CrawlStore.record_visit`) or handed
    back. A lease that is not renewed runs out, and another worker gets the domain.
    """

    def put(self, due: Iterable[tuple[int, str, datetime]]) -> int:
        """Queues (source id, domain, due time); a source already queued stays as it is. Returns how many were new."""

    def take(
        self, worker: str, limit: int, now: datetime, lease: timedelta, only: Collection[int] | None = None
    ) -> list[VisitJob]:
        """Leases up to `limit` jobs (of the source ids `only`), the longest due first, of domains that no other
        worker holds.
        """

    def hold(self, worker: str, domains: Iterable[str], now: datetime, lease: timedelta) -> set[str]:
        """Leases domains for fetching candidates; returns those of them that the worker now holds."""

    def let_go(self, worker: str, domains: Iterable[str]) -> None:
        """Ends leases of domains on which the worker has nothing more to do."""

    def renew(self, worker: str, now: datetime, lease: timedelta) -> int:
        """Renews all leases of a worker; returns how many domains it still holds."""

    def hand_back(self, jobs: Iterable[VisitJob], now: datetime) -> None:
        """Makes jobs available again at once."""

    def forget_worker(self, worker: str) -> None:
        """Ends all leases of a worker that is known to be dead or has stopped."""

    def depth(self) -> int:
        """How many jobs are queued or leased."""

    def depth_of(self, source_ids: Collection[int]) -> int:
        """How many of these sources are queued or leased."""

    def drop(self, job: VisitJob) -> None:
        """Ends a job without a visit: its source was paused or removed meanwhile."""


class CrawlStore(Protocol):
    """What scheduler and workers read and write."""

    def due_sources(self, now: datetime, limit: int) -> list[Source]:
        """Sources that are due, not paused and not queued, the longest due first."""

    def source(self, source_id: int) -> Source | None:
        """One source, or None when it was removed."""

    def validators_of(self, candidate_id: int) -> Validators | None:
        """What the newest answer for a candidate can be asked about again with, if anything."""

    def outlet_of(self, key: str) -> Outlet:
        """One outlet. Raises UnknownOutlet."""

    def marks_of(self, source_id: int) -> bytes | None:
        """`VisitReport.marks` of the last visit that was read, None where there are none."""

    def record_visit(self, report: VisitReport) -> tuple[VisitSummary, list[PendingCandidate]]:
        """Stores a visit, its candidates and their reasons, the source's new state and due time, its
        events, and acknowledges its job, in one transaction.

        Returns what is now pending of its candidates. Raises LeaseLost when the job's lease went to
        another worker; nothing is stored then.
        """

    def pending(
        self,
        domains: Sequence[str],
        now: datetime,
        limit_per_domain: int,
        exclude: Iterable[int] = (),
        outlet_keys: Collection[str] | None = None,
    ) -> list[PendingCandidate]:
        """Candidates of these domains (and outlets) that may be fetched now, oldest first."""

    def domains_pending(self, now: datetime, limit: int, outlet_keys: Collection[str] | None = None) -> list[str]:
        """Domains with candidates (of these outlets) that may be fetched now."""

    def known_keys(self, keys: Sequence[int], outlet_key: str | None = None) -> set[int]:
        """Those of these fingerprints that an article or a candidate (of this outlet) has."""

    def record_verdicts(self, verdicts: Sequence[Verdict]) -> list[Stored]:
        """Stores what became of candidates: captures, articles, revisions, reasons and events, in one
        transaction. Idempotent: a verdict stored before gives the same answer and writes nothing.
        """

    def retry_lost(
        self, reasons: Collection[Reason], since: datetime, outlet_keys: Collection[str] | None = None
    ) -> int:
        """Makes candidates that came to nothing since then, for one of these reasons, pending again; returns how
        many.
        """

    def known_articles(self, keys: Sequence[int]) -> Mapping[int, int]:
        """Article id of each fingerprint that leads to a stored article."""


class CaptureBook(Protocol):
    """What an outlet's newest articles were read from, and how well."""

    def newest_of(self, outlet_key: str, limit: int) -> list[KeptPage]:
        """The page that gave each of an outlet's newest articles its newest revision, newest first."""

    def figures_of(self, outlet_key: str, limit: int) -> list[ArticleFigures]:
        """What was read of an outlet's newest articles, newest first."""


class LineBook(Protocol):
    """Lines of each outlet's newest articles; written with the articles, in `CrawlStore.record_verdicts`."""

    def lines_of(self, outlet_key: str) -> list[tuple[int, ...]]:
        """Marks (`crawler.extract.repeats`) of the lines of an outlet's newest 200 articles, newest first."""


class HostBook(Protocol):
    """What is known of hosts, shared by all workers and kept over restarts."""

    def robots(self, origin: str) -> RobotsCopy | None:
        """The copy in force."""

    def save_robots(self, copy: RobotsCopy) -> None:
        """Keeps a copy, replacing the one before."""

    def wait(self, host: str) -> HostWait | None:
        """Until when a host (or "*." and a domain) is to be left alone, past or not, and its refusals in a row."""

    def set_not_before(self, host: str, until: datetime, why: str) -> None:
        """Keeps a pause; a later time already there stays."""

    def rest(self, host: str, until: datetime, why: str, refusals: int) -> None:
        """Keeps a wish for rest and how many came in a row; a later time already there stays."""

    def forget_refusals(self, host: str) -> None:
        """A host has answered well: its refusals in a row begin anew."""


class TrafficBook(Protocol):
    """What every host was asked, by the hour."""

    def add(self, rows: Sequence[HostTraffic]) -> None:
        """Adds counts to what is there; the lesser gap stays."""

    def of_hosts(self, hosts: Collection[str], since: datetime) -> list[HostTraffic]:
        """Rows of these hosts from that hour on, by host and hour."""

    def hosts(self, since: datetime) -> list[str]:
        """Hosts that were asked something since then, most requests first."""


class BackfillBook(Protocol):
    """Backfills: what of the past is looked for, and how far it is."""

    def start(
        self,
        outlet_key: str,
        since: datetime,
        until: datetime,
        now: datetime,
        *,
        is_oldest_first: bool = False,
        is_announced: bool = False,
        is_dry: bool = False,
    ) -> Backfill:
        """Begins a backfill, or goes on with the unfinished one of the same period. Raises UnknownOutlet."""

    def running(self, outlet_keys: Collection[str] | None, limit: int) -> list[Backfill]:
        """Backfills to be worked on, one an outlet, the oldest first; none of paused or removed outlets."""

    def backfills(self, outlet_key: str | None, limit: int) -> list[Backfill]:
        """Of one outlet or all, newest first."""

    def backfill(self, backfill_id: int) -> Backfill:
        """One backfill as it is now. Raises UnknownBackfill."""

    def stop(self, outlet_key: str | None, now: datetime) -> list[Backfill]:
        """Stops what runs of one outlet, or all; what they have found stays for when they go on."""

    def end(self, backfill_id: int, state: BackfillState, now: datetime, detail: str | None) -> None:
        """Ends a backfill that runs; one that was stopped meanwhile stays stopped."""

    def next_page(self, backfill_id: int, now: datetime) -> PageToRead | None:
        """The page to be read next, if one may be read now."""

    def pages(self, backfill_id: int) -> list[tuple[PageToRead, str | None]]:
        """All pages with what went wrong with them, in the order in which they were found."""

    def advance(self, backfill: Backfill, stage: BackfillStage, pages: Sequence[PageToRead]) -> None:
        """Begins a stage with the pages that it starts from; nothing when another worker did."""

    def record(self, backfill_id: int, read: PageRead) -> None:
        """Stores what came of a page with all it listed, in one transaction. Idempotent."""

    def waiting(self, backfill_id: int) -> tuple[int, int]:
        """How many finds wait to become candidates, and how many candidates to be fetched."""

    def feed(self, backfill: Backfill, now: datetime, most: int) -> int:
        """Makes finds candidates, the least rank first, until `most` are pending; returns how many were taken."""

    def progress(self, backfill_id: int, now: datetime) -> BackfillProgress:
        """Counts of a backfill. Raises UnknownBackfill."""


class GapBook(Protocol):
    """Times of which a feed's items may have been missed; written with visits, in `CrawlStore.record_visit`."""

    def begin_refills(self, now: datetime) -> int:
        """Begins a backfill for each open gap, a few a day for each outlet; returns how many. Its end ends the gap."""

    def gaps(self, since: datetime, outlet_key: str | None = None, limit: int = 1000) -> list[Gap]:
        """Gaps that ended after that moment, newest first."""


class Retention(Protocol):
    """The end of what is kept for a time only."""

    def prune(self, before: datetime) -> int:
        """Deletes visits, deliveries and hours of the ledger from before that moment, a batch at a time; returns how
        many rows. A source keeps its newest visit, and the one that tells why it fails.
        """


class OutletBook(Protocol):
    """Outlets and their sources."""

    def load(self, outlets: Iterable[Outlet], origin: str, now: datetime, *, is_wanted: bool = False) -> int:
        """Adds or updates outlets and their sources; returns how many changed. A source that is no longer
        named is removed, a paused one stays paused, and an outlet removed by hand stays removed when it is a
        shipped one, unless it `is_wanted` by the operator.
        """

    def outlets(self) -> list[Outlet]:
        """All outlets, by name."""

    def set_paused(self, key: str, paused: bool, now: datetime) -> None:
        """Raises UnknownOutlet."""

    def remove(self, key: str, now: datetime) -> None:
        """Stops monitoring an outlet; its articles stay. Raises UnknownOutlet."""

    def make_due(self, keys: Iterable[str], now: datetime) -> int:
        """Makes all sources of these outlets due now; returns how many. Raises UnknownOutlet."""


class Library(Protocol):
    """What readers ask: pages, feeds, API and commands. Never writes."""

    def articles(self, query: ArticleQuery) -> list[ArticleSummary]:
        """Newest first by id. Raises BadQuery."""

    def article(self, article_id: int) -> ArticleDetail:
        """Raises UnknownArticle."""

    def article_at(self, url: str, key: int) -> ArticleDetail:
        """By any URL that led to it, and its fingerprint. Raises UnknownArticle."""

    def bodies(self, article_ids: Sequence[int]) -> Mapping[int, str]:
        """Newest text of each article."""

    def languages(self) -> list[tuple[str, int]]:
        """Languages of stored articles with counts, most first."""

    def outlet_statuses(self, now: datetime) -> list[OutletStatus]:
        """All outlets, by name."""

    def standing(self, outlet_key: str, now: datetime) -> OutletStanding:
        """What an outlet's hosts ask of us: robots.txt in force, rests. Raises UnknownOutlet."""

    def visits(self, outlet_key: str | None, limit: int, after_id: int = 0) -> list[VisitSummary]:
        """Newest first; with `after_id` only visits with a greater id."""

    def losses(self, since: datetime) -> list[Loss]:
        """What came to nothing since then, by reason, the most first."""

    def articles_by_day(self, outlet_key: str, now: datetime, days: int) -> list[int]:
        """How many articles of an outlet were found in each of the last 24-hour spans, the oldest first."""

    def explain(self, url: str, key: int) -> list[CandidateStory]:
        """The ways of a URL, given as found and by its fingerprint: one for each outlet that listed it."""

    def status(self, now: datetime) -> ServiceStatus:
        """Figures of the whole store."""

    def network(self) -> NetworkTrouble | None:
        """When our own network failed last, None when it never did."""

    def newest_change(self) -> tuple[int, datetime | None]:
        """Sequence number and time of the newest event: changes whenever a list may have changed."""


class EventLog(Protocol):
    """Events in the order of their commits."""

    def since(self, seq: int, limit: int) -> list[Event]:
        """Events after `seq`, in order. A reader that goes on from the last one it got misses none."""


class ChannelBook(Protocol):
    """Channels, how far each has got, and what became of its deliveries.

    A channel's cursor is moved only by what says where it stands (`after`): of two couriers that send the same
    event, one moves it, and the other learns that it was moved.
    """

    def add(
        self,
        *,
        kind: ChannelKind,
        name: str,
        url: str,
        secret: str,
        now: datetime,
        outlet_key: str | None = None,
        language: str | None = None,
        alerts: bool = False,
        is_from_start: bool = False,
    ) -> Channel:
        """Adds a channel that gets what comes from now on, or all there is. Raises ChannelExists and UnknownOutlet."""

    def channels(self) -> list[Channel]:
        """All channels, by name."""

    def channel(self, name: str) -> Channel:
        """One channel. Raises UnknownChannel."""

    def set_paused(self, name: str, paused: bool, now: datetime, reason: str | None = None) -> None:
        """Pauses a channel, or resumes it where it stands, its failures forgotten. Raises UnknownChannel."""

    def remove(self, name: str, now: datetime) -> None:
        """Removes a channel and its deliveries. Raises UnknownChannel."""

    def delivered(self, delivery: Delivery, after: int) -> Channel | None:
        """Records a delivery and moves the cursor from `after` to its event. Returns the channel as it is now, None
        when it was removed or moved by another; nothing is recorded then.
        """

    def failed(
        self, channel_id: int, after: int, *, now: datetime, next_try_at: datetime, status: int | None, error: str
    ) -> None:
        """Records a failed try of the delivery that follows `after`."""

    def give_up(self, delivery: Delivery, after: int, reason: str) -> bool:
        """Records a delivery as given up, moves the cursor past its event and pauses the channel, in one
        transaction. False when the channel was removed or moved by another; nothing is recorded then.
        """

    def skip(self, channel_id: int, after: int, upto: int) -> Channel | None:
        """Moves the cursor over events that the channel does not want. Returns as `delivered` does."""

    def deliveries(self, name: str, limit: int) -> list[Delivery]:
        """What became of the newest events sent to a channel, newest first. Raises UnknownChannel."""


class AlertBook(Protocol):
    """What the operator is told of the health of sources, outlets' pages and the network."""

    def tell(self, alarm: Alarm, now: datetime) -> int:
        """Writes as events what the alarm says is to be told, and notes it in the same transaction, so that nothing
        is told twice; returns how many events.
        """

    def outlets_with_news(self, since: datetime) -> list[tuple[str, datetime | None]]:
        """(key, since when its layout is taken for changed) of outlets that an article was stored of since then."""

    def set_layout(self, outlet_key: str, sentence: str | None, now: datetime) -> bool:
        """Notes that an outlet's pages are read worse than before (None: as before), and tells it. False where that
        was noted already.
        """


class ProcessBook(Protocol):
    """Heartbeats of the service's processes."""

    def beat(self, info: ProcessInfo) -> None:
        """Notes that a process lives."""

    def leave(self, name: str) -> None:
        """Notes that a process ended in order."""


class QuarantineBook(Protocol):
    """Pages and sources of which child processes died; counted with the failure that they made."""

    def held(self) -> list[Quarantined]:
        """What is in quarantine and was not dropped, the newest first."""

    def known(self, urls: Collection[str]) -> list[Quarantined]:
        """What is known of deaths at these URLs, in quarantine or not."""

    def held_of(self, outlet_key: str, urls: Collection[str]) -> set[str]:
        """Which of an outlet's sources, or of the sitemaps that they name, are in quarantine, dropped or not."""

    def retry(self, urls: Collection[str], now: datetime) -> int:
        """Forgets the deaths of these URLs and has them read again. Raises NotQuarantined."""

    def drop(self, urls: Collection[str], now: datetime) -> int:
        """Takes these URLs off the list; they stay unread until `retry`. Raises NotQuarantined."""


class BodyStore(Protocol):
    """Captured bodies, kept before they are interpreted."""

    def put(self, digest: str, body: bytes) -> BodyRef:
        """Keeps a body. It survives the death of the process at once, a loss of power after `sync`."""

    def sync(self) -> None:
        """Makes all bodies put so far durable."""

    def get(self, ref: BodyRef, digest: str) -> bytes:
        """Raises BodyMissing when it is not there or not what it was."""

    def close(self) -> None:
        """Ends writing."""
