"""What is to be stored, gathered into batches: one transaction, and one wait for the disk, then serve many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from storage.errors import StoreUnavailable

log = structlog.get_logger(__name__)

#: A batch waits this long for company.
_GATHER_S = 0.05
_MOST = 100
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 15.0

One = TypeVar("One")
Answer = TypeVar("Answer")


@dataclass(eq=False, slots=True)
class _Waiting(Generic[One, Answer]):
    one: One
    future: asyncio.Future[Answer]


class Batches(Generic[One, Answer]):
    """Stores what it is given by `commit`, up to 100 at a time, in a thread; an answer for each, in order.

    While the store does not answer, everything waits for it.
    """

    def __init__(self, commit: Callable[[list[One]], Sequence[Answer]]) -> None:
        self._commit = commit
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

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            if not self._is_closing and len(self._waiting) < _MOST:
                await asyncio.sleep(_GATHER_S)
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            if not self._waiting:
                self._wake.clear()
            if batch:
                await self._write_batch(batch)
            elif self._is_closing:
                return
            if self._is_closing:
                self._wake.set()

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
