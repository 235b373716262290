"""Domains that a probe holds while it fetches from them, so that no worker fetches from them meanwhile.

They are held through the same leases by which workers own domains: what paces one host paces it over all.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog

from crawler.fetch.errors import NotSent
from storage.errors import StorageError
from storage.ports import VisitQueue

log = structlog.get_logger(__name__)

_LEASE = timedelta(seconds=20)
_RENEW_EVERY_S = 5.0
_LOOK_EVERY_S = 1.0


class DomainBusy(NotSent):
    """A worker fetches from this domain and did not end in time; try again later."""


class Holds:
    """The domains held by one process. `patience_s` is how long a domain that a worker holds is waited for."""

    def __init__(self, queue: VisitQueue, worker: str, patience_s: float = 30.0) -> None:
        self._queue = queue
        self._worker = worker
        self._patience_s = patience_s
        self._users: Counter[str] = Counter()
        self._renewer: asyncio.Task[None] | None = None

    async def take(self, domain: str) -> None:
        """Holds a domain, as soon as no worker does. Raises DomainBusy."""
        self._renewer = self._renewer or asyncio.create_task(self._renew())
        deadline = time.monotonic() + self._patience_s
        while not self._users[domain] and not await self._ask(domain):
            if time.monotonic() > deadline:
                raise DomainBusy(f"a worker is fetching from {domain}; try again later, or stop the service first")
            await asyncio.sleep(_LOOK_EVERY_S)
        self._users[domain] += 1

    async def let_go(self, domains: Iterable[str]) -> None:
        """Ends holds; a domain that is held for another is kept."""
        self._users.subtract(domains)
        unused = [domain for domain, users in self._users.items() if users <= 0]
        for domain in unused:
            del self._users[domain]
        await asyncio.to_thread(self._queue.let_go, self._worker, unused)

    async def end(self) -> None:
        """Ends all holds."""
        if self._renewer is not None:
            self._renewer.cancel()
            await asyncio.gather(self._renewer, return_exceptions=True)
        with contextlib.suppress(StorageError):  # they run out by themselves
            await asyncio.to_thread(self._queue.forget_worker, self._worker, has_stopped=True)

    async def _ask(self, domain: str) -> bool:
        held = await asyncio.to_thread(self._queue.hold, self._worker, [domain], datetime.now(UTC), _LEASE)
        return domain in held

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_EVERY_S)
            try:
                await asyncio.to_thread(self._queue.renew, self._worker, datetime.now(UTC), _LEASE)
            except StorageError as error:
                log.warning("leases_not_renewed", error=str(error))
