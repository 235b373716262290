"""Those who listen to events as they are written, and what they share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool

#: Listeners of one process. Each holds a connection and at most one batch of events.
MOST_LISTENERS = 200
#: Nobody looks at the log more often, however many listen.
LOOK_EVERY_S = 1.0


class Streams:
    """How many listen, and how far the log goes: one look a second for all of them.

    `newest` gives the number of the newest event; it may block, and raises StorageError.
    """

    def __init__(self, newest: Callable[[], int], most: int = MOST_LISTENERS) -> None:
        self._newest = newest
        self._most = most
        self._listeners = 0
        self._seen, self._looked_at = 0, -LOOK_EVERY_S
        self._looking = asyncio.Lock()
        self.is_over = False  # the process is about to stop

    def end(self) -> None:
        """Ends all of them within a second; they come back to whoever serves then, and miss nothing."""
        self.is_over = True

    def require_room(self) -> None:
        """Raises HTTPException (503) where there are too many."""
        if self._listeners >= self._most or self.is_over:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "Too many listen to events already. Come back later.")

    @contextmanager
    def listener(self) -> Iterator[None]:
        """Counts one who listens."""
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1

    async def newest(self) -> int:
        """The number of the newest event, as of less than a second ago. Raises StorageError."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
                self._seen = await run_in_threadpool(self._newest)
                self._looked_at = time.monotonic()
            return self._seen
