"""What is to be stored, gathered into batches: one transaction, and one wait for the disk, then serve many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from storage.errors import StoreUnavailable

log = structlog.get_logger(__name__)

#: A batch waits this long for company, and as often again while it is small and more may come: alone, an article costs
#: four times the CPU that it costs among twenty.
_GATHER_S, _GATHERS = 0.05, 6
_ENOUGH, _MOST = 25, 100
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 15.0

One = TypeVar("One")
Answer = TypeVar("Answer")


@dataclass(eq=False, slots=True)
class _Waiting(Generic[One, Answer]):
    one: One
    future: asyncio.Future[Answer]


class Batches(Generic[One, Answer]):
    """Stores what it is given by `commit`, up to 100 at a time, in a thread; an answer for each, in order.

    While the store does not answer, everything waits for it. `more_may_come` says whether a small batch may soon be a
    larger one.
    """

    def __init__(
        self, commit: Callable[[list[One]], Sequence[Answer]], more_may_come: Callable[[], bool] = lambda: False
    ) -> None:
        self._commit = commit
        self._more_may_come = more_may_come
        self._waiting: list[_Waiting[One, Answer]] = []
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._is_closing = False

    def begin(self) -> None:
        """Starts the writer."""
        self._writer = asyncio.create_task(self._write())

    async def end(self) -> None:
        """Writes what is left."""
        self._is_closing = True
        self._wake.set()
        if self._writer is not None:
            await self._writer

    async def store(self, one: One) -> Answer:
        """Returns once it is durable. Raises what `commit` raises of it alone, but for an absent store."""
        waiting: _Waiting[One, Answer] = _Waiting(one, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._wake.set()
        return await waiting.future

    @property
    def is_abreast(self) -> bool:
        """Whether all that waits goes into the next batch."""
        return len(self._waiting) < _MOST

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            await self._gather()
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            if not self._waiting:
                self._wake.clear()
            if batch:
                await self._write_batch(batch)
            elif self._is_closing:
                return
            if self._is_closing:
                self._wake.set()

    async def _gather(self) -> None:
        if self._is_closing or len(self._waiting) >= _MOST:
            return
        for _ in range(_GATHERS):
            await asyncio.sleep(_GATHER_S)
            if self._is_closing or len(self._waiting) >= _ENOUGH or not self._more_may_come():
                return

    async def _write_batch(self, batch: list[_Waiting[One, Answer]]) -> None:
        wait = FIRST_WAIT_S
        while True:
            try:
                answers = await asyncio.to_thread(self._commit, [waiting.one for waiting in batch])
            except (StoreUnavailable, OSError) as error:  # OSError: the archive's disk is full, for one
                log.warning("store_unavailable", error=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_S)
            except Exception as error:
                log.exception("batch_not_stored", size=len(batch))
                if len(batch) > 1:  # one of them is at fault: find out which, store the rest
                    for waiting in batch:
                        await self._write_batch([waiting])
                elif not batch[0].future.done():
                    batch[0].future.set_exception(error)
                return
            else:
                for waiting, answer in zip(batch, answers, strict=True):
                    if not waiting.future.done():
                        waiting.future.set_result(answer)
                return
