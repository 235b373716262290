"""One clock a host and one a domain: one request at a time, a delay between them, and rest when a host asks for it.

Every request of a worker passes here last before it is sent, robots.txt and redirect hops too. Since one
domain is with one worker at a time, what these clocks keep, they keep over all workers. Rests, and how many
refusals led to them, are stored, so that they hold over restarts.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import structlog

from crawler.discovery.urls import registrable_domain
from crawler.fetch.clock import Clock
from crawler.fetch.errors import HostResting, LeaseRanOut, Stopping
from crawler.fetch.leases import Leases
from crawler.fetch.retryafter import parse_retry_after
from storage.errors import StorageError
from storage.ports import HostBook

log = structlog.get_logger(__name__)

_ASKS_FOR_REST = frozenset({429, 503})
#: A pause between two requests that is longer is not slept out: the work is postponed, and says so.
_LONGEST_SLEEP_S = 300.0
#: A Crawl-delay of years is a mistake; the host is asked again after this.
_LONGEST_PAUSE_S = 7 * 86_400.0
#: What is left of a shorter pause has passed before another process could ask.
_SHORT_PAUSE_S = 1.5
#: Why a host is left alone by the next worker, where that is all.
PAUSE = "a pause between two requests"
#: What the clock of all hosts of a domain is called: no host has such a name.
_ALL_OF = "*."


class HostClocks:
    """The clocks of all hosts that this process fetches from, and of their registrable domains.

    `delay_s` holds where neither the outlet nor robots.txt asks for more; `jitter` is the largest share that
    is added to a delay at random, so that requests never fall into step. A host that answers slowly is left alone
    `slow_down` times as long as it took; 0: no longer than others.
    """

    def __init__(
        self,
        book: HostBook,
        *,
        delay_s: float,
        jitter: float = 0.3,
        slow_down: float = 1.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._book = book
        self._delay_s = delay_s
        self._jitter = jitter
        self._slow_down = slow_down
        self._now = now
        self._clocks: dict[str, Clock] = {}
        self._random = random.Random()  # noqa: S311 (no secret: it only spreads requests)
        self._stopping = asyncio.Event()
        #: What is sent is checked against them last.
        self.leases = Leases()

    def ask_delay(self, host: str, by: str, delay_s: float) -> None:
        """Takes the wish for a delay of "outlet" or "robots", in place of its wish before. The longest one counts."""
        self._clock(host).wishes_s[by] = delay_s

    def forget(self, belongs: Callable[[str], bool]) -> list[tuple[str, datetime]]:
        """Forgets hosts that this worker gives up; returns until when each is still to be left alone, for the next.

        `belongs` tells it of a host or a domain. What another worker stored meanwhile is looked up when one comes
        back. Those with a turn under way stay.
        """
        gone = [name for name, clock in self._clocks.items() if not clock.turns and belongs(name.removeprefix(_ALL_OF))]
        return self._left([self._clocks.pop(name) for name in gone], 0.0)

    def long_pauses(self) -> list[tuple[str, datetime]]:
        """Pauses since the last call that are long enough to outlast this process, should it be killed now."""
        fresh = [clock for clock in list(self._clocks.values()) if not clock.is_pause_kept]
        for clock in fresh:
            clock.is_pause_kept = True
        return self._left(fresh, _SHORT_PAUSE_S)

    def _left(self, clocks: Iterable[Clock], longer_than_s: float) -> list[tuple[str, datetime]]:
        now, moment = self._now(), time.monotonic()
        left = [(clock.name, clock.due_at(clock.delay_s(self._delay_s)) - moment) for clock in clocks]
        return [
            (name, now + timedelta(seconds=min(left_s, _LONGEST_PAUSE_S)))
            for name, left_s in left
            if left_s > longer_than_s
        ]

    def pause_s(self, host: str) -> float:
        """The pause between two requests to a host, as it is now."""
        return max(clock.delay_s(self._delay_s) for clock in self._both(host))

    @property
    def is_stopping(self) -> bool:
        """Whether the worker is being stopped."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Sends all that waits for its turn back with Stopping."""
        self._stopping.set()

    def resting_until(self, host: str) -> datetime | None:
        """Until when a host is to be left alone, if so."""
        now = self._now()
        rests = [clock.resting_until(now) for clock in self._both(host)]
        return max((rest for rest in rests if rest), default=None)

    # -------------------------------------------------------------------------------- a turn

    async def enter(self, host: str) -> None:
        """Waits for a host's turn and its domain's, and takes them.

        Raises HostResting, Stopping, LeaseRanOut, or StoreUnavailable.
        """
        own, domain = self._both(host)
        await self._take(own)
        try:
            await self._take(domain)
        except BaseException:
            _give_back(own)
            raise
        name = domain.name.removeprefix(_ALL_OF)
        if not self.leases.allow(name):  # while it waited for its turn, perhaps
            _give_back(own)
            _give_back(domain)
            raise LeaseRanOut(f"the lease of {name} ran out, or went to another worker")

    def leave(self, host: str) -> None:
        """Ends a turn."""
        for clock in self._both(host):
            clock.last_end, clock.is_pause_kept = time.monotonic(), False
            _give_back(clock)

    async def heed(self, host: str, status: int, retry_after: str | None) -> datetime | None:
        """Takes an answer's wish for rest; returns until when the host rests now, if it does.

        Where another host of the domain refused as well, and none has answered well since, the whole domain rests.
        """
        own, domain = self._both(host)
        if status not in _ASKS_FOR_REST:
            await self._well(own, domain)
            return None
        now = self._now()
        is_new = not own.resting_until(now)
        until = own.refuse(now, parse_retry_after(retry_after, now))
        if is_new:
            log.info("host_rests", host=host, status=status, until=until.isoformat(), in_a_row=own.refusals)
            if domain.refusals >= own.refusals:  # more than this host's own, so another one refuses as well
                domain.refuse(now, None)
            else:
                domain.refusals += 1
        for clock in (own, domain):
            why = f"{host} answered {status}"
            await self._store(self._book.rest, clock.name, clock.not_before or now, why, clock.refusals)
        return self.resting_until(host)

    def answer_took(self, host: str, latency_s: float, *, is_well: bool) -> None:
        """Takes how long a host took to begin its answer, or how long none was waited for."""
        self._clock(host).answer_took(latency_s, self._slow_down, is_well=is_well)

    # ---------------------------------------------------------------------------------- parts

    def _both(self, host: str) -> tuple[Clock, Clock]:
        return self._clock(host), self._clock(_ALL_OF + registrable_domain(host))

    def _clock(self, name: str) -> Clock:
        clock = self._clocks.get(name)
        if clock is None:
            clock = self._clocks[name] = Clock(name)
        return clock

    async def _take(self, clock: Clock) -> None:
        clock.turns += 1
        try:
            if clock.turns == 1:  # nobody holds it or waits for it, so it is had at once: most of the time
                await clock.lock.acquire()
            else:
                await self._or_stop(clock.lock.acquire(), undo=clock.lock.release)
        except BaseException:
            clock.turns -= 1
            raise
        try:
            await self._look_up(clock)  # under the lock, so that nobody passes while it is looked up
            self._raise_if_resting(clock)
            delay = clock.delay_s(self._delay_s) * (1 + self._random.random() * self._jitter)
            due_in = clock.due_at(delay) - time.monotonic()
            self._raise_if_too_long(clock, delay, due_in)
            if due_in > 0:
                await self._or_stop(asyncio.sleep(due_in))
                self._raise_if_resting(clock)
            self._raise_if_stopping()
        except BaseException:
            _give_back(clock)
            raise

    async def _well(self, *clocks: Clock) -> None:
        for clock in clocks:
            if clock.refusals:
                clock.refusals = 0
                await self._store(self._book.forget_refusals, clock.name)

    async def _store(self, write: Callable[..., None], *what: object) -> None:
        try:
            await asyncio.to_thread(write, *what)
        except StorageError as error:  # it still holds in this process
            log.warning("host_rest_not_stored", host=what[0], error=str(error))

    async def _look_up(self, clock: Clock) -> None:
        if not clock.is_known:
            stored = await asyncio.to_thread(self._book.wait, clock.name)
            clock.is_known = True
            if stored is not None:
                clock.refusals = max(clock.refusals, stored.refusals)
                if stored.why == PAUSE:
                    clock.free_at = time.monotonic() + (stored.not_before - self._now()).total_seconds()
                elif clock.not_before is None or stored.not_before > clock.not_before:
                    clock.not_before = stored.not_before

    def _raise_if_resting(self, clock: Clock) -> None:
        until = clock.resting_until(self._now())
        if until:
            raise HostResting(f"{clock.name} asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC", until)

    def _raise_if_too_long(self, clock: Clock, delay: float, due_in: float) -> None:
        if due_in > _LONGEST_SLEEP_S:
            until = self._now() + timedelta(seconds=min(due_in, _LONGEST_PAUSE_S))
            raise HostResting(f"{clock.name} asks for {delay:.0f} s between two requests", until)

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


def _give_back(clock: Clock) -> None:
    clock.turns -= 1
    clock.lock.release()


@lru_cache(maxsize=4_096)
def host_of(url: str) -> str:
    """The host that a clock is kept for, lower case, without port."""
    return (urlsplit(url).hostname or "").lower()
