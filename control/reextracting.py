"""A re-extraction at work: pages from the archive through a pool of child processes into the store.

Batches are read ahead while others are at work, so that no core waits; each is noted in order, with how far it is,
so that whatever kills this process costs the batches that were under way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.extract.repeats import repeated_in
from crawler.fetch.limits import PARSE_TIMEOUT_S
from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.rereading import Rereader, bodies_of
from storage.records import KeptPage, Outlet, ReadAgain, Reextraction, RevisionToRead
from storage.store import Store

#: Articles of a batch: enough that a transaction costs little, few enough that a kill costs seconds.
BATCH = 50
#: Batches under way: while one is being written, others are read and extracted.
_AHEAD = 3

Progress = Callable[[int, int], None]  # articles done, of how many


@dataclass(frozen=True, slots=True)
class _Batch:
    before: int  # the article after which it begins
    upto: int
    articles: int
    read: asyncio.Future[list[ReadAgain]]


class Reextractor:
    """Reads all that an order names and that is not read yet. Raises what the store raises."""

    def __init__(self, store: Store, order: Reextraction, processes: int, progress: Progress) -> None:
        self._store = store
        self._order = order
        self._progress = progress
        self._done = order.done
        self._pool = ProcessPool(
            "crawler.pipelines.child", processes, PARSE_TIMEOUT_S, preload="crawler.pipelines.warmed"
        )

    async def run(self, outlets: Sequence[Outlet], clock: Callable[[], datetime]) -> None:
        """Reads these outlets to their end, which ends the order."""
        await self._pool.start()
        try:
            for outlet in outlets:
                await self._read_outlet(outlet)
        finally:
            await self._pool.close()
        await asyncio.to_thread(self._store.readings.end, self._order.id, clock())

    async def _read_outlet(self, outlet: Outlet) -> None:
        lines = await asyncio.to_thread(self._store.lines.lines_of, outlet.key)
        rereader = Rereader(self._pool, outlet, repeated_in(lines))
        place = await asyncio.to_thread(self._store.readings.place, self._order.id, outlet.key)
        under_way: deque[_Batch] = deque()
        try:
            while batch := await self._next(rereader, outlet, place):
                place = batch.upto
                under_way.append(batch)
                if len(under_way) >= _AHEAD:
                    await self._note(outlet, under_way.popleft())
            while under_way:
                await self._note(outlet, under_way.popleft())
        finally:
            for batch in under_way:
                batch.read.cancel()

    async def _next(self, rereader: Rereader, outlet: Outlet, after: int) -> _Batch | None:
        revisions, bodies = await asyncio.to_thread(self._fetch, outlet, after)
        if not revisions:
            return None
        reading = asyncio.gather(*(rereader.read(revision, bodies) for revision in revisions))
        articles = {revision.article_id for revision in revisions}
        return _Batch(after, max(articles), len(articles), reading)

    def _fetch(self, outlet: Outlet, after: int) -> tuple[list[RevisionToRead], dict[str, bytes]]:
        revisions = self._store.readings.to_read(self._order.id, outlet.key, after, BATCH)
        return revisions, bodies_of(revisions, self._body)

    def _body(self, page: KeptPage) -> bytes:
        return self._store.bodies.get(page.ref, page.capture.digest)

    async def _note(self, outlet: Outlet, batch: _Batch) -> None:
        found = await batch.read
        await asyncio.to_thread(
            self._store.readings.note, self._order.id, outlet.key, found,
            before=batch.before, upto=batch.upto, articles=batch.articles,
        )  # fmt: skip
        self._done += batch.articles
        self._progress(self._done, self._order.articles)
