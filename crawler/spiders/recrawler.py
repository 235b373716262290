"""Re-crawls in a crawl of their own: what was ordered becomes pending a few at a time, until nothing is left."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

from crawler.session import Session
from crawler.spiders.frontier import Frontier
from storage.errors import StorageError

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 1.0


class Recrawler:
    """Works on the running re-crawls as far as they are of `outlets`."""

    def __init__(self, session: Session, frontier: Frontier, outlets: list[str]) -> None:
        self._store = session.store
        self._frontier = frontier
        self._outlets = outlets
        self._looking: asyncio.Task[None] | None = None
        self._is_left = True

    @property
    def is_at_work(self) -> bool:
        """Whether anything is, or may be, left to do."""
        return self._is_left

    def begin(self) -> None:
        """Starts to look for what is left."""
        self._looking = asyncio.create_task(self._look())

    async def end(self) -> None:
        """Leaves all as it is stored."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            try:
                if await asyncio.to_thread(self._store.revisits.look, datetime.now(UTC), is_standing=False):
                    self._frontier.look()
                self._is_left = await asyncio.to_thread(self._store.recrawls.is_left, self._outlets)
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
            except Exception:  # a crawl that looks for nothing any more would never end
                log.exception("looking_for_recrawls_failed")
            await asyncio.sleep(_LOOK_EVERY_S)
