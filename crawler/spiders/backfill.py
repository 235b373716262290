"""Backfills: what an outlet's lists tell of its past is fed to the frontier, a stage after the other.

Runs inside the visit spider's process, under the same leases, clocks, robots rules and caps. News of the same
domain always go first. All that it knows is stored: after a crash it goes on with the page it was at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime

import structlog
from scrapy.crawler import Crawler

from crawler.fetch.errors import Stopping
from crawler.session import Session
from crawler.spiders.frontier import Frontier
from crawler.spiders.past_reader import PastReader, past_of
from storage.backfills import Backfill, BackfillStage, BackfillState, PageKind, PageToRead
from storage.errors import StorageError
from storage.records import Outlet

log = structlog.get_logger(__name__)

#: Candidates of one backfill at a time: enough to be busy, few enough to keep the order asked for.
FED = 20
#: With so many addresses waiting, no further lists are read.
_ENOUGH_FOUND = 2_000
_AT_ONCE = 20  # backfills; each is of another outlet
_LOOK_EVERY_S, _POLL_S, _IDLE_S = 2.0, 0.25, 1.0


class Backfiller:
    """Works on all running backfills, or those of `outlets`."""

    def __init__(
        self, crawler: Crawler, session: Session, frontier: Frontier, outlets: Collection[str] | None = None
    ) -> None:
        self._session = session
        self._frontier = frontier
        self._reader = PastReader(crawler, session)
        self._outlets = outlets
        self._book = session.store.backfills
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_idle = False

    @property
    def is_at_work(self) -> bool:
        """Whether there are, or may be, backfills to work on."""
        return not self._is_idle

    def begin(self) -> None:
        """Starts to look for backfills."""
        self._looking = asyncio.create_task(self._look())

    async def end(self) -> None:
        """Leaves all as it is stored."""
        tasks = [task for task in (self._looking, *self._tasks.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            try:
                if self._outlets is None:  # the service: gaps are its affair
                    await asyncio.to_thread(self._session.store.gaps.begin_refills, datetime.now(UTC))
                running = await asyncio.to_thread(self._book.running, self._outlets, _AT_ONCE)
                self._tasks = {number: task for number, task in self._tasks.items() if not task.done()}
                for backfill in running:
                    if backfill.id not in self._tasks:
                        self._tasks[backfill.id] = asyncio.create_task(self._work(backfill.id))
                self._is_idle = not running
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
            except Exception:  # a worker that looks for no backfill any more would look healthy
                log.exception("looking_for_backfills_failed")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _work(self, backfill_id: int) -> None:
        """One backfill to its end, or until it is stopped, paused with its outlet, or the worker ends."""
        while not self._session.clocks.is_stopping:
            try:
                backfill = await asyncio.to_thread(self._book.backfill, backfill_id)
                if backfill.state is not BackfillState.RUNNING or not await self._step(backfill):
                    return
            except Stopping:
                return
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
                await asyncio.sleep(_LOOK_EVERY_S)
            except Exception:  # it is looked for again
                log.exception("backfill_failed", backfill=backfill_id)
                await asyncio.sleep(10 * _LOOK_EVERY_S)
                return

    async def _step(self, backfill: Backfill) -> bool:
        """The next thing to be done for it; False when it ended, or is to be looked up anew."""
        now = datetime.now(UTC)
        finds, pending = await asyncio.to_thread(self._book.waiting, backfill.id, _ENOUGH_FOUND)
        if backfill.is_dry:
            finds = 0  # they wait for nothing
        if finds and pending < FED // 2:
            await asyncio.to_thread(self._book.feed, backfill, now, FED)
            self._frontier.look()
        if finds < _ENOUGH_FOUND:
            page = await asyncio.to_thread(self._book.next_page, backfill.id, now)
            if page is not None:
                return await self._read_in_turn(backfill, page)
        read, left = await asyncio.to_thread(self._book.page_counts, backfill.id)
        is_waiting = bool(finds or pending) if backfill.stage is BackfillStage.ARTICLES else bool(left)
        if not is_waiting and finds < _ENOUGH_FOUND:
            return await self._advance(backfill, read)
        await asyncio.sleep(_IDLE_S)
        return True

    # -------------------------------------------------------------------------------------- stages

    async def _advance(self, backfill: Backfill, pages_read: int) -> bool:
        """To the next stage, this one being done; False when it was the last."""
        if backfill.stage is BackfillStage.ARTICLES:
            await self._end(backfill)
            return False
        past = past_of(backfill, await self._outlet(backfill))
        if backfill.stage is BackfillStage.FRONT and not pages_read:
            front = past.first_pages([past.outlet.home_url], PageKind.FRONT)
            await asyncio.to_thread(self._book.advance, backfill, BackfillStage.FRONT, front)
        elif backfill.stage is BackfillStage.FRONT:
            await asyncio.to_thread(self._book.advance, backfill, BackfillStage.SITEMAPS, ())
        elif backfill.patterns and backfill.stage is BackfillStage.SITEMAPS and not await self._has_found(backfill):
            pages = past.archives(backfill.patterns)
            await asyncio.to_thread(self._book.advance, backfill, BackfillStage.ARCHIVES, pages)
        else:
            await asyncio.to_thread(self._book.advance, backfill, BackfillStage.ARTICLES, ())
        return True

    async def _has_found(self, backfill: Backfill) -> bool:
        return await asyncio.to_thread(self._book.has_found, backfill.id)

    async def _end(self, backfill: Backfill) -> None:
        now = datetime.now(UTC)
        progress = await asyncio.to_thread(self._book.progress, backfill.id, now)
        if progress.found:
            state, detail = BackfillState.DONE, None
        elif progress.listed:
            undated = f"; nothing tells when {progress.undated} of them are from" if progress.undated else ""
            state, detail = BackfillState.DONE, f"of {progress.listed} addresses listed none is of that time{undated}"
        else:
            tried = [
                f"{page.url} ({problem})" if problem else page.url for page, problem in await self._tried(backfill)
            ]
            archives = "" if backfill.patterns else "; its addresses show no archive by date"
            state = BackfillState.FAILED
            detail = f"no sitemap and no archive lists anything; tried {', '.join(tried)}{archives}"
        await asyncio.to_thread(self._book.end, backfill.id, state, now, detail)
        log.info("backfill_ended", backfill=backfill.id, outlet=backfill.outlet_key, state=state.value, detail=detail)

    async def _tried(self, backfill: Backfill) -> list[tuple[PageToRead, str | None]]:
        return (await asyncio.to_thread(self._book.pages, backfill.id))[:10]

    async def _outlet(self, backfill: Backfill) -> Outlet:
        return await asyncio.to_thread(self._session.store.crawl.outlet_of, backfill.outlet_key)

    # --------------------------------------------------------------------------------------- pages

    async def _read_in_turn(self, backfill: Backfill, page: PageToRead) -> bool:
        """Reads a page as soon as its domain has time for it; True when it was, or another is to be read first."""
        domain = await self._frontier.go_back(page.url)
        if domain is None:
            await asyncio.sleep(_POLL_S)
            return True
        try:
            # Another worker may have read it while we waited for the domain.
            again = await asyncio.to_thread(self._book.next_page, backfill.id, datetime.now(UTC))
            if again is None or again.id != page.id:
                return True
            read = await self._reader.read(backfill, await self._outlet(backfill), page)
        finally:
            self._frontier.come_back(domain, page.url)
        if read is None:
            return False
        await asyncio.to_thread(self._book.record, backfill.id, read)
        return True
