"""Calls that block, made from asyncio on threads that nobody waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """At most `limit` calls at once, each on a daemon thread of its own.

    An executor's threads are joined when a process ends, so a name server or a database that does not answer
    would hold up its stop for a minute; a daemon thread is left behind.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._free = asyncio.Semaphore(limit)

    async def call(self, function: Callable[[], T]) -> T:
        """What the function returns or raises. Cancelling gives up waiting; the call itself goes on to its end."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def answer(settle: Callable[[], None]) -> None:
            self._free.release()
            if not future.cancelled():
                settle()

        def work() -> None:
            settle: Callable[[], None]
            try:
                settle = partial(future.set_result, function())
            except BaseException as error:  # noqa: BLE001 (it is raised again where the call is awaited)
                settle = partial(future.set_exception, error)
            with suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits for the answer
                loop.call_soon_threadsafe(answer, settle)

        threading.Thread(target=work, name=self._name, daemon=True).start()
        return await future
