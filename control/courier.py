"""The courier process: forms stories of what is stored, holds it against the watchlists, sends it to the channels."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from control.following import FollowedEvents, Following, follower_from
from control.heartbeat import Heartbeat
from control.indexing import keep_indexed
from control.opening import open_from
from control.settings import Settings
from control.watching import explainer_from, watch, watcher_from
from crawler.fetch.policy import AddressPolicy
from delivery.channels.carriers import Carriers
from delivery.channels.chat import Chatter
from delivery.channels.mailer import Mailer
from delivery.channels.pace import Pace
from delivery.channels.parcels import Packer
from delivery.channels.poster import Poster
from delivery.channels.sender import Sender
from delivery.channels.threads import Threads
from delivery.channels.topics import Topics
from storage.errors import StoreUnavailable
from storage.store import Store

log = structlog.get_logger(__name__)

_FAREWELL_S = 1.0
#: A courier on another machine that was heard of within this time lives.
_LIVES_WITHIN = timedelta(seconds=15)


def run_courier(settings: Settings, name: str = "courier", pace: Pace | None = None) -> None:
    """Runs until SIGTERM or SIGINT and ends within 5 s of it; a second signal ends it at once, and nothing is lost.

    Waits for a store that does not answer. Raises StoreNotReady. Any number may run: each channel is with one of them,
    and with another soon after that one was killed.
    """
    asyncio.run(_run(settings, name, pace or Pace()))


def poster_from(settings: Settings, pace: Pace) -> Poster:
    """Sends to public addresses, and to those networks that the settings allow."""
    return Poster(
        is_allowed=AddressPolicy(settings.allow_networks).allows,
        user_agent=settings.user_agent,
        timeout_s=pace.timeout_s,
        clock=utc_now,
    )


def mailer_from(settings: Settings, pace: Pace) -> Mailer | None:
    """Sends through the mail server that the settings name; None where they name none."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return Mailer(settings.smtp_url, settings.mail_from, pace.timeout_s, utc_now, settings.public_url)


def chatter_from(settings: Settings, pace: Pace) -> Chatter:
    """Sends to chats, at public addresses and those networks that the settings allow."""
    return Chatter("control.chatting", settings.allow_networks, pace.timeout_s, settings.public_url)


def topics_from(settings: Settings, store: Store) -> Topics | None:
    """The feeds that hubs are told of; None where nobody knows the address that hubs would read them at."""
    if settings.public_url is None:
        return None
    return Topics(store.watchlists, store.reader_feeds, settings.public_url)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


async def _run(settings: Settings, name: str, pace: Pace) -> None:
    stopped = asyncio.Event()
    _stop_on_signals(stopped)
    threads = Threads("courier", 2)
    store = await _opened(settings, pace, stopped, threads)
    if store is None:
        return
    name = await threads.call(partial(_own_name, store, name))
    heartbeat = Heartbeat(store.processes, name, "courier")
    heartbeat.start()
    following = Following(follower_from(settings, store), pace, utc_now)
    stories = asyncio.create_task(following.run(stopped), name="stories")
    followed = FollowedEvents(store.events, following)
    watcher = watcher_from(settings, store, utc_now, followed)
    watching = asyncio.create_task(watch(watcher, stopped, pace), name="watchlists")
    indexing = asyncio.create_task(keep_indexed(store.search_index, stopped), name="search-index")
    try:
        async with poster_from(settings, pace) as poster:
            sender = Sender(
                name=name,
                channels=store.channels,
                events=followed,
                library=store.library,
                poster=Carriers(poster, mailer_from(settings, pace), chatter_from(settings, pace)),
                pace=pace,
                clock=utc_now,
                packer=Packer(
                    followed,
                    store.library,
                    passages=explainer_from(settings, store).passages_of_match,
                    story_ids=store.stories.story_ids,
                    topics=topics_from(settings, store),
                    watchlists=store.watchlists,
                    matches=store.matches,
                ),
            )
            await sender.run(stopped)
        await asyncio.wait({stories, watching, indexing}, timeout=pace.end_within_s)
    finally:
        stories.cancel()
        watching.cancel()
        indexing.cancel()
        with suppress(TimeoutError):  # a store that does not answer must not hold up the stop
            await asyncio.wait_for(threads.call(heartbeat.stop), _FAREWELL_S)
        store.close()


def _own_name(store: Store, name: str) -> str:
    """The name, or one of its own where a courier of that name lives: what it holds must stay with it."""
    for other in store.processes.processes():
        is_here = other.host == socket.gethostname()
        lives = Path(f"/proc/{other.pid}").exists() if is_here else utc_now() - other.seen_at < _LIVES_WITHIN
        if other.name == name and lives and not (is_here and other.pid == os.getpid()):
            return f"{name}-{os.getpid()}"
    return name


def _stop_on_signals(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)  # the second one has its usual effect

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


async def _opened(settings: Settings, pace: Pace, stopped: asyncio.Event, threads: Threads) -> Store | None:
    """The open store, however long it takes to answer; None when a stop comes first."""
    wait_s = pace.store_wait_s
    stop = asyncio.ensure_future(stopped.wait())
    try:
        while not stopped.is_set():
            opening = asyncio.ensure_future(threads.call(partial(open_from, settings)))
            await asyncio.wait({opening, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not opening.done():
                opening.cancel()
                return None
            try:
                return opening.result()
            except StoreUnavailable as error:
                log.warning("store_unavailable", error=str(error))
            await asyncio.wait({stop}, timeout=wait_s)
            wait_s = min(wait_s * 2, pace.longest_store_wait_s)
        return None
    finally:
        stop.cancel()
