"""One clock a host: one request at a time, a delay between them, and rest when the host asks for it.

Every request of a worker passes here last before it is sent, robots.txt and redirect hops too. Since one
domain is with one worker at a time, what this clock keeps, it keeps over all workers. Rests are stored, so
that they hold over restarts.
"""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import structlog

from crawler.fetch.errors import HostResting, Stopping
from storage.errors import StorageError
from storage.ports import HostBook

log = structlog.get_logger(__name__)

_ASKS_FOR_REST = frozenset({429, 503})
#: Rest after a 429 or 503 that names no time: doubles with each in a row.
_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(hours=1)
#: A pause between two requests that is longer is not slept out: the work is postponed, and says so.
_LONGEST_SLEEP_S = 300.0
#: A Crawl-delay of years is a mistake; the host is asked again after this.
_LONGEST_PAUSE_S = 7 * 86_400.0


@dataclass(eq=False)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    delays_s: dict[str, float] = field(default_factory=dict)  # by who asks for it
    last_end: float = float("-inf")  # monotonic; a delay counts from the end of an answer, as the host sees it
    not_before: datetime | None = None
    is_known: bool = False  # whether the stored rest has been looked up
    rests_in_a_row: int = 0
    turns: int = 0  # under way or waited for


class HostClocks:
    """The clocks of all hosts that this process fetches from.

    `delay_s` holds where neither the outlet nor robots.txt asks for more; `jitter` is the largest share that
    is added to a delay at random, so that requests never fall into step.
    """

    def __init__(
        self,
        book: HostBook,
        *,
        delay_s: float,
        jitter: float = 0.3,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._book = book
        self._delay_s = delay_s
        self._jitter = jitter
        self._now = now
        self._hosts: dict[str, _Host] = {}
        self._random = random.Random()  # noqa: S311 (no secret: it only spreads requests)
        self._stopping = asyncio.Event()

    def ask_delay(self, host: str, by: str, delay_s: float) -> None:
        """Takes the wish for a delay of "outlet" or "robots", in place of its wish before. The longest one counts."""
        self._host(host).delays_s[by] = delay_s

    def forget(self, belongs: Callable[[str], bool]) -> list[tuple[str, datetime]]:
        """Forgets hosts that this worker gives up; returns until when each is still to be left alone, for the next.

        What another worker stored meanwhile is looked up when a host comes back. Hosts with a turn under way stay.
        """
        gone = [host for host, state in self._hosts.items() if not state.turns and belongs(host)]
        pauses = []
        for host in gone:
            state = self._hosts.pop(host)
            left_s = state.last_end + self._delay_of(state) - time.monotonic()
            if left_s > 0:
                pauses.append((host, self._now() + timedelta(seconds=left_s)))
        return pauses

    @property
    def is_stopping(self) -> bool:
        """Whether the worker is being stopped."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Sends all that waits for its turn back with Stopping."""
        self._stopping.set()

    def resting_until(self, host: str) -> datetime | None:
        """Until when a host is to be left alone, if so."""
        state = self._hosts.get(host)
        until = state.not_before if state else None
        return until if until and until > self._now() else None

    async def enter(self, host: str) -> None:
        """Waits for a host's turn and takes it. Raises HostResting, Stopping, or StoreUnavailable."""
        state = self._host(host)
        state.turns += 1
        try:
            await self._or_stop(state.lock.acquire(), undo=state.lock.release)
        except BaseException:
            state.turns -= 1
            raise
        try:
            await self._look_up_rest(host, state)  # under the lock, so that nobody passes while it is looked up
            self._raise_if_resting(host, state)
            delay = self._delay_of(state) * (1 + self._random.random() * self._jitter)
            due_in = state.last_end + delay - time.monotonic()
            self._raise_if_too_long(host, delay, due_in)
            if due_in > 0:
                await self._or_stop(asyncio.sleep(due_in))
                self._raise_if_resting(host, state)
            self._raise_if_stopping()
        except BaseException:
            state.turns -= 1
            state.lock.release()
            raise

    def leave(self, host: str) -> None:
        """Ends a turn."""
        state = self._host(host)
        state.last_end = time.monotonic()
        state.turns -= 1
        state.lock.release()

    def _delay_of(self, state: _Host) -> float:
        return max(self._delay_s, *state.delays_s.values(), 0.0)

    async def heed(self, host: str, status: int, retry_after: str | None) -> datetime | None:
        """Takes an answer's wish for rest; returns until when the host rests now, if it does.

        Retry-After is read as seconds or as a date (RFC 9110 10.2.3); 0, the past and what cannot be read count
        as absent. A long one is kept.
        """
        state = self._host(host)
        if status not in _ASKS_FOR_REST:
            state.rests_in_a_row = 0
            return None
        now = self._now()
        asked = parse_retry_after(retry_after, now)
        if state.not_before and state.not_before > now and asked is None:
            return state.not_before  # one event for a burst
        state.rests_in_a_row += 1
        rest = min(_FIRST_REST * 2 ** (state.rests_in_a_row - 1), _LONGEST_REST)
        until = asked or now + rest
        until = state.not_before = max(state.not_before or until, until)
        log.info("host_rests", host=host, status=status, until=until.isoformat())
        try:
            await asyncio.to_thread(self._book.set_not_before, host, until, f"answered {status}")
        except StorageError as error:  # it still holds in this process
            log.warning("host_rest_not_stored", host=host, error=str(error))
        return until

    # ---------------------------------------------------------------------------------- parts

    def _host(self, host: str) -> _Host:
        state = self._hosts.get(host)
        if state is None:
            state = self._hosts[host] = _Host()
        return state

    async def _look_up_rest(self, host: str, state: _Host) -> None:
        if not state.is_known:
            stored = await asyncio.to_thread(self._book.not_before, host)
            state.is_known = True
            if stored and (state.not_before is None or stored > state.not_before):
                state.not_before = stored

    def _raise_if_resting(self, host: str, state: _Host) -> None:
        until = self.resting_until(host)
        if until:
            raise HostResting(f"{host} asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC", until)

    def _raise_if_too_long(self, host: str, delay: float, due_in: float) -> None:
        if due_in > _LONGEST_SLEEP_S:
            until = self._now() + timedelta(seconds=min(due_in, _LONGEST_PAUSE_S))
            raise HostResting(f"{host} asks for {delay:.0f} s between two requests", until)

    def _raise_if_stopping(self) -> None:
        if self._stopping.is_set():
            raise Stopping("the worker is being stopped")

    async def _or_stop(self, awaitable: Awaitable[object], undo: Callable[[], None] = lambda: None) -> None:
        """Awaits something, unless the worker is stopped first. `undo` is for a caller that is cancelled when it
        has just got what it waited for.
        """
        work = asyncio.ensure_future(awaitable)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if work.done():
                undo()
            raise
        finally:
            stop.cancel()
            if not work.done():
                work.cancel()
        if work.cancelled() or not work.done():
            raise Stopping("the worker is being stopped")
        work.result()


def parse_retry_after(value: str | None, now: datetime) -> datetime | None:
    """The moment that a Retry-After header names, None when it names none that lies ahead."""
    if not value:
        return None
    value = value.strip()
    if value.isdecimal() and len(value) <= 9:  # noqa: PLR2004 (30 years in seconds; more is a mistake)
        return now + timedelta(seconds=int(value)) if int(value) else None
    try:
        moment = email.utils.parsedate_to_datetime(value)
        # An HTTP-date is always GMT (RFC 9110 5.6.7); at the ends of time another zone has no UTC.
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if moment > now else None


def host_of(url: str) -> str:
    """The host that a clock is kept for, lower case, without port."""
    return (urlsplit(url).hostname or "").lower()
