"""Watchlists at work: the courier holds what is stored against them, once its stories are known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from control.entities import EntitiesInForce
from control.settings import Settings
from delivery.channels.pace import Pace
from delivery.channels.threads import Threads
from delivery.searching.searcher import Searcher
from delivery.watching.explaining import Explainer
from delivery.watching.following import BATCH, Watcher
from delivery.watching.originality import Originality
from storage.errors import StorageError
from storage.ports import EventLog
from storage.store import Store

log = structlog.get_logger(__name__)


def watcher_from(
    settings: Settings, store: Store, clock: Callable[[], datetime], events: EventLog | None = None
) -> Watcher:
    """Holds what is stored against the watchlists. `events`: the log as far as it may be told; without, all of it."""
    return Watcher(
        watchlists=store.watchlists,
        matches=store.matches,
        events=events or store.events,
        entities=EntitiesInForce(settings),
        clock=clock,
        originality=Originality(stories=store.stories, origins=store.origins),
    )


def explainer_from(settings: Settings, store: Store) -> Explainer:
    """Shows where articles answered watchlists."""
    return Explainer(
        watchlists=store.watchlists,
        matches=store.matches,
        outlets=store.outlets,
        originality=Originality(stories=store.stories, origins=store.origins),
        entities=EntitiesInForce(settings),
    )


def searcher_from(settings: Settings, store: Store) -> Searcher:
    """Searches the archive."""
    return Searcher(
        book=store.search,
        library=store.library,
        explainer=explainer_from(settings, store),
        index=store.search_index,
    )


async def watch(watcher: Watcher, stopped: asyncio.Event, pace: Pace) -> None:
    """Goes along the log until `stopped` is set; the step under way is finished. After one that fails its events are
    held against the watchlists one by one, and what fails alone is passed over.
    """
    threads = Threads("watchlists", 1)
    wait_s, limit = pace.look_every_s, BATCH
    while not stopped.is_set():
        try:
            wait_s = 0.0 if await threads.call(partial(watcher.step, limit)) else pace.look_every_s
            limit = min(2 * limit, BATCH)
        except StorageError as error:
            log.warning("store_unavailable", error=str(error))
            wait_s = min(max(wait_s * 2, pace.store_wait_s), pace.longest_store_wait_s)
        except Exception:
            log.exception("watchlists_failed", events=limit)
            is_stuck = limit == 1 and not await _passed_over(watcher, threads)
            wait_s, limit = (pace.longest_store_wait_s if is_stuck else 0.0), 1
        try:
            await asyncio.wait_for(stopped.wait(), wait_s)
        except TimeoutError:
            continue


async def _passed_over(watcher: Watcher, threads: Threads) -> bool:
    """Whether the next event was left out; not where it is the watchlists that cannot be used: then all events wait."""
    try:
        await threads.call(watcher.pass_over)
    except Exception:
        log.exception("watchlists_unusable")
        return False
    return True
