"""The index for searching, brought up to what is stored while all else goes on: the courier does it."""

from __future__ import annotations

import asyncio
import time

import structlog

from delivery.channels.threads import Threads
from storage.errors import StorageError
from storage.ports import SearchIndex

log = structlog.get_logger(__name__)

#: An older process may store an article any time.
_LOOK_EVERY_S = 15.0
#: Of the time that a batch took, so much is left to others.
_REST = 0.5


async def keep_indexed(index: SearchIndex, stopped: asyncio.Event) -> None:
    """Indexes what waits, until `stopped` is set; the batch under way is finished."""
    threads = Threads("search-index", 1)
    while not stopped.is_set():
        begun = time.monotonic()
        try:
            done = await threads.call(index.catch_up)
            wait_s = _REST * (time.monotonic() - begun) if done else _LOOK_EVERY_S
        except StorageError as error:
            log.warning("store_unavailable", error=str(error))
            wait_s = _LOOK_EVERY_S
        except Exception:
            log.exception("indexing_failed")
            wait_s = _LOOK_EVERY_S
        try:
            await asyncio.wait_for(stopped.wait(), wait_s)
        except TimeoutError:
            continue
