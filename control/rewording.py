"""Words of revisions read from the archive once more, to be compared with what is stored; nothing is kept of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from crawler.extract.article import extractor_version
from crawler.extract.repeats import repeated_in
from crawler.fetch.limits import PARSE_TIMEOUT_S
from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.rereading import Rereader, bodies_of
from storage.records import KeptPage, Outlet, RevisionToRead, WordsChecked
from storage.store import Store

#: Articles of a batch.
_BATCH = 50
#: Nobody waits for a page here: that the machine is busy is no reason to leave one out.
_TIMEOUT_S = 6 * PARSE_TIMEOUT_S
#: Batches under way, so that no core waits for the archive.
_AHEAD = 3


class WordsReader:
    """Reads what today's extractor, with today's rules of its outlet, has read before; `note` is told of each batch."""

    def __init__(self, store: Store, processes: int, note: Callable[[WordsChecked], None]) -> None:
        self._store = store
        self._note = note
        self._pool = ProcessPool("crawler.pipelines.child", processes, _TIMEOUT_S, preload="crawler.pipelines.warmed")

    async def run(self, outlets: Sequence[Outlet]) -> None:
        """Reads all of these outlets. Raises what the store raises."""
        await self._pool.start()
        try:
            for outlet in outlets:
                await self._read_outlet(outlet)
        finally:
            await self._pool.close()

    async def _read_outlet(self, outlet: Outlet) -> None:
        lines = await asyncio.to_thread(self._store.lines.lines_of, outlet.key)
        rereader = Rereader(self._pool, outlet, repeated_in(lines))
        under_way: deque[asyncio.Task[WordsChecked]] = deque()
        place, version = 0, extractor_version(outlet)
        try:
            while found := await asyncio.to_thread(self._store.words.to_read, outlet.key, version, place, _BATCH):
                place = found[-1].article_id
                under_way.append(asyncio.create_task(self._checked(rereader, found)))
                if len(under_way) >= _AHEAD:
                    self._note(await under_way.popleft())
            while under_way:
                self._note(await under_way.popleft())
        finally:
            for task in under_way:
                task.cancel()

    async def _checked(self, rereader: Rereader, revisions: Sequence[RevisionToRead]) -> WordsChecked:
        bodies = await asyncio.to_thread(bodies_of, revisions, self._body)
        found = await asyncio.gather(*(rereader.read(revision, bodies) for revision in revisions))
        return await asyncio.to_thread(self._store.words.compare, found)

    def _body(self, page: KeptPage) -> bytes:
        return self._store.bodies.get(page.ref, page.capture.digest)
