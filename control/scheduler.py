"""The scheduler process: puts due sources into the visit queue, and has stored articles asked for again."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import structlog

from control.daily_retention import DailyDeleter
from control.health_watch import HealthWatch
from control.heartbeat import Heartbeat
from control.opening import open_from
from control.pacing import Pacing
from control.settings import Settings
from crawler.discovery.urls import registrable_domain
from storage.errors import StorageError
from storage.ports import RevisitBook, WordsBook
from storage.store import Store

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 1.0
_BATCH = 1000
_LONGEST_WAIT_S = 15.0
#: How often the seen-set begins a new generation; a URL is forgotten when no source lists it for two of them.
_GENERATION = timedelta(days=30)
_PRUNE_EVERY = timedelta(hours=1)
_REVISITS_EVERY = timedelta(seconds=2)
#: Revisions that are looked at in one transaction, and how long after they came: whoever stored them has then ended.
_SEALED_AT_ONCE = 200
_SEALED_LATER = timedelta(hours=1)
_SEAL_EVERY = timedelta(minutes=1)


def run_scheduler(settings: Settings, name: str = "scheduler") -> None:
    """Runs until SIGTERM or SIGINT. Any number may run: queuing a source twice does nothing."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    store = open_from(settings)
    heartbeat = Heartbeat(store.processes, name, "scheduler")
    heartbeat.start()
    wait = _LOOK_EVERY_S
    pacing = Pacing(store, settings)
    watch = HealthWatch(store.alerts, store.captures)
    revisiting = Revisiting(store.revisits)
    sealing = Sealing(store.words)
    DailyDeleter(store, settings, stopped).start()
    housekeeping = Housekeeping(
        store, timedelta(days=settings.keep_history_days), timedelta(days=settings.keep_events_days)
    )
    try:
        while not stopped.wait(wait):
            try:
                now = datetime.now(UTC)
                pacing.look(now, time.clock_gettime(time.CLOCK_BOOTTIME))
                queued = queue_due(store, now, pacing)
                rotate_seen(store, datetime.now(UTC))
                watch.look(datetime.now(UTC))
                revisiting.look(datetime.now(UTC))
                housekeeping.run(datetime.now(UTC))
                sealing.look(datetime.now(UTC))
                wait = 0.0 if queued == _BATCH else _LOOK_EVERY_S
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
                wait = min(max(wait, _LOOK_EVERY_S) * 2, _LONGEST_WAIT_S)
    finally:
        heartbeat.stop()
        store.close()


def queue_due(store: Store, now: datetime, pacing: Pacing) -> int:
    """Queues what is due now and within the budgets; returns how many sources."""
    due = pacing.within_budgets(store.crawl.due_sources(now, _BATCH), now)
    queued = store.queue.put(
        (source.id, registrable_domain(source.address), source.next_due_at or now) for source in due
    )
    # Pushes ask nobody for anything; after the visits, so that a hub that pushes without end stops no polling.
    store.queue.put(store.subscriptions.waiting(_BATCH))
    return queued


class Revisiting:
    """Has stored articles asked for again, as the policies and re-crawls say."""

    def __init__(self, book: RevisitBook) -> None:
        self._book = book
        self._next: datetime | None = None

    def look(self, now: datetime) -> None:
        """Looks for what is due, if it is time."""
        if self._next is None or not now < self._next <= now + _REVISITS_EVERY:  # a clock set back waits no longer
            self._book.look(now)
            self._next = now + _REVISITS_EVERY


class Sealing:
    """Gives what older versions stored, and may still store for a while, a digest of its words: some each time."""

    def __init__(self, book: WordsBook) -> None:
        self._book = book
        self._next: datetime | None = None

    def look(self, now: datetime) -> None:
        """Looks at some revisions, if it is time."""
        if self._next is not None and now < self._next <= now + _SEAL_EVERY:  # a clock set back waits no longer
            return
        if not self._book.seal(_SEALED_AT_ONCE, now - _SEALED_LATER):
            self._next = now + _SEAL_EVERY


class Housekeeping:
    """Ends what is kept for a time only: a batch each time it runs while there is more, else once an hour."""

    def __init__(self, store: Store, keep: timedelta, keep_events: timedelta) -> None:
        self._store = store
        self._keep = keep
        self._keep_events = keep_events
        self._next: datetime | None = None

    def run(self, now: datetime) -> None:
        """Deletes a batch, if it is time."""
        if self._next is not None and now < self._next <= now + _PRUNE_EVERY:  # a clock set back waits no longer
            return
        gone = self._store.retention.prune(now - self._keep, now - self._keep_events)
        if gone.total:
            log.info("history_deleted", **asdict(gone))
        else:
            self._next = now + _PRUNE_EVERY


def rotate_seen(store: Store, now: datetime) -> None:
    """Begins a new generation of the seen-set when the last one is old enough."""
    last = store.notes.get("seen generation began")
    if last is None:
        store.notes.set("seen generation began", now.isoformat())
    elif now - datetime.fromisoformat(last) >= _GENERATION:
        log.info("seen_generation_began", kept=store.seen.rotate())
        store.notes.set("seen generation began", now.isoformat())
