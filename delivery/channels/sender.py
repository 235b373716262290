"""The courier's loop: reads events after each channel's cursor, sends those it wants, one after the other.

Nothing is kept in memory that could be lost: a channel's cursor moves only after its receiver answered, so a
courier killed at any moment goes on where it was, and what it may send again carries the same key. Each channel
is sent to by a task of its own that ends when there is nothing to send or a try failed; so a receiver that is
slow or down delays nobody else. Of several couriers one sends to a channel at a time: it leases it, and keeps it until
it stops or is not heard of any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from delivery.channels import hours
from delivery.channels.carriers import Carrier
from delivery.channels.pace import Pace
from delivery.channels.parcels import Day, NotYet, Packer, Parcel
from delivery.channels.poster import Answer
from delivery.channels.threads import Threads
from delivery.channels.wishes import is_wanted
from storage.errors import StorageError
from storage.ports import ChannelBook, EventLog, Library
from storage.records import Channel, Delivery, DeliveryState, Event

log = structlog.get_logger(__name__)

T = TypeVar("T")

_BATCH = 100
#: So many events that a channel does not want are read before its cursor is moved: a write for each look at the
#: log would be the most frequent of all. Who starts again reads them again, which costs little.
_SKIP_STRIDE = 200
#: Calls to the store at once.
_STORE_CALLS = 4


class Sender:
    """Sends to all channels. `name` is the courier's, unique among all that run; `clock` gives aware UTC."""

    def __init__(
        self,
        *,
        name: str,
        channels: ChannelBook,
        events: EventLog,
        library: Library,
        poster: Carrier,
        pace: Pace,
        clock: Callable[[], datetime],
        packer: Packer,
    ) -> None:
        self._name = name
        self._channels = channels
        self._events = events
        self._library = library
        self._poster = poster
        self._pace = pace
        self._clock = clock
        self._packer = packer
        self._threads = Threads("store", _STORE_CALLS)
        self._stopped = asyncio.Event()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._read: dict[int, int] = {}  # by channel: up to here nothing is left that it wants
        self._leased_until: dict[int, datetime] = {}  # by channel: ours until then, or another courier's
        self._is_ours: set[int] = set()

    async def run(self, stopped: asyncio.Event) -> None:
        """Sends until `stopped` is set, then lets requests that are under way end for a short while."""
        self._stopped = stopped
        wait_s = self._pace.look_every_s
        while not stopped.is_set():
            try:
                await self._start_due()
                wait_s = self._pace.look_every_s
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
                wait_s = min(max(wait_s * 2, self._pace.store_wait_s), self._pace.longest_store_wait_s)
            await self._pause(wait_s)
        await self._end()

    async def _end(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._pace.end_within_s)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._is_ours:
            with suppress(StorageError):  # they run out by themselves
                await self._ask(partial(self._channels.end_leases, self._name))

    async def _start_due(self) -> None:
        """Starts a task for each channel that something may be sent to now."""
        self._tasks = {number: task for number, task in self._tasks.items() if not task.done()}
        now = self._clock()
        newest, _ = await self._ask(self._library.newest_change)
        known = await self._ask(self._channels.channels)
        self._read = {each.id: self._read[each.id] for each in known if each.id in self._read}
        for channel in known:
            is_due = channel.next_try_at is None or channel.next_try_at <= now
            is_ours = channel.is_tried and not self._is_anothers(channel, now)
            if is_due and is_ours and self._is_waiting(channel, newest, now) and channel.id not in self._tasks:
                self._tasks[channel.id] = asyncio.create_task(self._serve(channel), name=f"channel {channel.id}")

    def _is_waiting(self, channel: Channel, newest: int, now: datetime) -> bool:
        """Whether there is anything for a channel by now."""
        if channel.daily is not None:
            return hours.is_due(channel, now)
        rest = timedelta(seconds=self._pace.gather_every_s if channel.is_for_people else self._pace.announce_every_s)
        is_resting = channel.digest_at is not None and abs(now - channel.digest_at) < rest
        return self._position(channel) < newest and not is_resting

    async def _serve(self, channel: Channel) -> None:
        """Sends to one channel; whatever goes wrong here stays here."""
        try:
            await self._drain(channel)
        except StorageError as error:
            log.warning("channel_left", channel=channel.name, error=str(error))
        except Exception:
            log.exception("channel_crashed", channel=channel.name, cursor=channel.cursor)
            await self._hold_back(channel)

    async def _hold_back(self, channel: Channel) -> None:
        """Lets a channel rest whose next message cannot even be made, so that it does not spin."""
        problem = "an internal error; the courier's log tells more"
        try:
            current = await self._ask(partial(self._channels.channel, channel.name))
            await self._note_failure(current, Answer(problem=problem))
        except StorageError as error:
            log.warning("channel_left", channel=channel.name, error=str(error))

    def _is_anothers(self, channel: Channel, now: datetime) -> bool:
        return channel.id not in self._is_ours and self._left(channel, now) > timedelta()

    def _left(self, channel: Channel, now: datetime) -> timedelta:
        """How long a lease still holds; no time where the clock was set back since: then it is asked about again."""
        left = self._leased_until.get(channel.id, now) - now
        return left if left <= self._pace.lease else timedelta()

    async def _held(self, channel: Channel) -> Channel | None:
        """The channel while it is ours for as long as a request may take; None when another courier has it."""
        now = self._clock()
        if channel.id in self._is_ours and self._left(channel, now) > self._pace.lease / 2:
            return channel
        until = now + self._pace.lease
        leased = await self._ask(partial(self._channels.lease, channel.id, self._name, now, until))
        if leased is None:
            self._is_ours.discard(channel.id)
            self._leased_until[channel.id] = now + self._pace.lease / 2  # then it is asked about again
        else:
            self._is_ours.add(channel.id)
            self._leased_until[channel.id] = until
        return leased

    async def _drain(self, channel: Channel | None) -> None:
        """Sends until nothing is left, a try fails, or the channel is paused, removed or served by another."""
        channel = channel and await self._held(channel)
        if channel is not None and channel.is_gathering:
            await self._gather(channel)
            return
        while channel is not None and channel.is_tried:
            batch = await self._ask(partial(self._events.since, self._position(channel), _BATCH))
            for event in batch:
                if self._stopped.is_set():
                    return
                try:
                    parcel = await self._parcel(channel, event) if is_wanted(channel, event) else None
                except NotYet:
                    return
                if parcel is not None:
                    if (held := await self._held(channel)) is None or held.cursor != channel.cursor:
                        return  # another courier has it, or had it meanwhile: it is looked at anew
                    channel = await self._send(held, parcel)
                    if channel is None or not channel.is_tried:
                        return
                self._read[channel.id] = event.seq
            channel = await self._skip(channel)
            if len(batch) < _BATCH or self._stopped.is_set():
                return

    def _position(self, channel: Channel) -> int:
        return max(channel.cursor, self._read.get(channel.id, 0))

    async def _skip(self, channel: Channel) -> Channel | None:
        position = self._position(channel)
        if position - channel.cursor < _SKIP_STRIDE:
            return channel
        return await self._ask(partial(self._channels.skip, channel.id, channel.cursor, position))

    async def _parcel(self, channel: Channel, event: Event) -> Parcel | None:
        return await self._ask(partial(self._packer.parcel, channel, event))

    async def _gather(self, channel: Channel) -> None:
        """Sends one message of all that has come since the last one. Where it ends is stored before it is sent: so
        each try, of whichever courier, sends the same.
        """
        day = await self._ask(partial(self._packer.day, channel, self._read.get(channel.id, 0)))
        if day.ends is None and day.is_cut:
            return
        if channel.daily is None and channel.is_for_people and not day.told and channel.digest_upto is None:
            await self._pass_by(channel, day)
            return
        upto = day.ends.seq if day.ends else channel.cursor
        begun = await self._ask(partial(self._channels.begin_digest, channel.id, channel.cursor, upto))
        if begun is None or begun.digest_upto != upto or not begun.is_tried:
            return  # another courier was faster, or somebody paused it: it is looked at anew
        parcel = await self._ask(partial(self._packer.gathered, begun, day))
        if (held := await self._held(begun)) is None or held.cursor != begun.cursor or self._stopped.is_set():
            return
        if parcel is not None:
            await self._send(begun, parcel)
        else:
            now = self._clock()
            await self._ask(partial(self._channels.end_empty_digest, begun.id, begun.cursor, upto, now))

    async def _pass_by(self, channel: Channel, day: Day) -> None:
        """Goes on without a message and without a rest after it: what comes next is told at once."""
        if day.ends is not None:
            self._read[channel.id] = day.ends.seq
            await self._skip(channel)

    # ------------------------------------------------------------------------------ one delivery

    async def _send(self, channel: Channel, parcel: Parcel) -> Channel | None:
        """Sends one message; the channel as it is then, None when its task is to end."""
        answer = await self._poster.post(channel, parcel.message)
        if answer.is_taken:
            ended = self._delivery(channel, parcel, DeliveryState.DELIVERED, answer)
            log.info("delivered", channel=channel.name, article=parcel.article_id, tries=ended.tries)
            return await self._until_stored(partial(self._channels.delivered, ended, channel.cursor))
        if channel.failing_since is not None and self._clock() - channel.failing_since >= self._pace.give_up_after:
            ended = self._delivery(channel, parcel, DeliveryState.GIVEN_UP, answer)
            reason = f"failed since {channel.failing_since:%Y-%m-%d %H:%M} UTC, {ended.tries} tries: {answer.problem}"
            log.warning("channel_given_up", channel=channel.name, article=parcel.article_id, reason=reason)
            await self._until_stored(partial(self._channels.give_up, ended, channel.cursor, reason))
        else:
            await self._note_failure(channel, answer)
        return None

    async def _note_failure(self, channel: Channel, answer: Answer) -> None:
        now = self._clock()
        again_at = now + self._pace.wait_after(channel.failures + 1)
        problem = answer.problem or "no reason given"
        log.warning("not_delivered", channel=channel.name, problem=problem, failures=channel.failures + 1)
        since = channel.failing_since
        has_failed_long = since is not None and now - since >= self._pace.pause_after
        await self._ask(
            partial(
                self._channels.failed,
                channel.id,
                channel.cursor,
                now=now,
                next_try_at=again_at,
                status=answer.status,
                error=problem,
                pause_reason=self._pause_reason(since, problem) if since and has_failed_long else None,
            )
        )

    def _pause_reason(self, since: datetime, problem: str) -> str:
        until = since + self._pace.give_up_after
        return (
            f"it fails since {since:%Y-%m-%d %H:%M} UTC and is paused; it is tried once an hour until "
            f"{until:%Y-%m-%d %H:%M} UTC, and what comes meanwhile waits: {problem}"
        )

    def _delivery(self, channel: Channel, parcel: Parcel, state: DeliveryState, answer: Answer) -> Delivery:
        return Delivery(
            channel_id=channel.id,
            event_seq=parcel.event_seq,
            article_id=parcel.article_id,
            key=parcel.message.key,
            state=state,
            tries=channel.failures + 1,
            ended_at=self._clock(),
            status=answer.status,
            error=answer.problem,
        )

    # ----------------------------------------------------------------------------------- waiting

    async def _ask(self, call: Callable[[], T]) -> T:
        return await self._threads.call(call)

    async def _until_stored(self, call: Callable[[], T]) -> T:
        """Stores what the receiver has answered, however long the store takes: each time it is lost is a repeat."""
        wait_s = self._pace.store_wait_s
        while True:
            try:
                return await self._ask(call)
            except StorageError as error:
                if self._stopped.is_set():
                    raise
                log.warning("delivery_not_stored_yet", error=str(error))
            await self._pause(wait_s)
            wait_s = min(wait_s * 2, self._pace.longest_store_wait_s)

    async def _pause(self, seconds: float) -> None:
        """Waits, unless a stop comes first."""
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return
