"""Which domains have candidates for a worker, asked a small part of the time only.

Beside a large backlog that is a long question; its last answer holds meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from datetime import datetime

from crawler.session import Session

_DOMAINS = 20_000
#: So many times as long as it took, the question rests, but not longer than this.
_REST, _LONGEST_REST_S = 10.0, 1.0


class Backlog:
    """The domains with candidates; of these outlets only, where some are given."""

    def __init__(self, session: Session, outlets: Collection[str] | None) -> None:
        self._store = session.store
        self._worker = session.worker
        self._outlets = outlets
        self._names: list[str] = []  # as they were when last asked for
        self._ask_at = 0.0  # monotonic

    async def domains(self, now: datetime) -> list[str]:
        """Those that are ours to serve. Raises StorageError."""
        begun = time.monotonic()
        if begun >= self._ask_at:
            names = await asyncio.to_thread(self._store.crawl.domains_pending, now, _DOMAINS, self._outlets)
            self._names = self._store.queue.mine(self._worker, names)
            ended = time.monotonic()
            self._ask_at = ended + min(_REST * (ended - begun), _LONGEST_REST_S)
        return self._names
