"""The last pipeline: stores outcomes, many in one transaction, and only then says that they are seen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from scrapy.crawler import Crawler

from crawler.items import Outcome
from crawler.session import Session, session_of
from storage.errors import LeaseLost, StorageError, StoreUnavailable
from storage.records import DELAY_BUCKETS_S, Precision, Reason, Stored, Verdict, VisitOutcome, VisitReport

log = structlog.get_logger(__name__)

#: A transaction waits this long for company: one fsync then serves all.
_GATHER_S = 0.05
_MAX_BATCH = 100
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0


@dataclass(eq=False)
class _Waiting:
    verdict: Verdict
    future: asyncio.Future[Stored]


class StorePipeline:
    """Groups verdicts into transactions. While the store does not answer, everything waits for it."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self._crawler = crawler
        self._session = session
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._is_closing = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        """Shares the session of the crawl."""
        return cls(crawler, session_of(crawler))

    async def open_spider(self) -> None:
        """Starts the writer."""
        self._writer = asyncio.create_task(self._write())

    async def close_spider(self) -> None:
        """Writes what is left."""
        self._is_closing = True
        self._wake.set()
        if self._writer is not None:
            await self._writer
        await asyncio.to_thread(self._session.store.bodies.close)

    async def process_item(self, item: Outcome) -> Outcome:
        """Stores an outcome; returns when it is durable."""
        spider: Any = self._crawler.spider  # the visit spider, which spiders may name and pipelines may not
        frontier = spider.frontier
        stats = self._crawler.stats
        if item.report is not None:
            pending = await self._store_visit(item.report)
            stats.inc_value(f"presswatch/visits/{item.report.outcome.value}")
            if item.report.outcome is VisitOutcome.FAILED:
                stats.inc_value(f"presswatch/failures/{item.report.reason or 'fault'}")
            if pending:
                frontier.look()
        elif item.verdict is not None:
            waiting = _Waiting(item.verdict, asyncio.get_running_loop().create_future())
            self._waiting.append(waiting)
            self._wake.set()
            stored = await waiting.future
            stats.inc_value(f"presswatch/candidates/{stored.reason.value if stored.reason else 'postponed'}")
            if stored.reason is Reason.STORED and not item.verdict.pending.is_past:
                self._count_delay(item.verdict)
            if stored.reason is not None:
                frontier.learn(stored.keys)
        frontier.done(item.work)
        return item

    def _count_delay(self, verdict: Verdict) -> None:
        """From the moment that a new article bears to its discovery, where the moment is more than a day."""
        published = verdict.extraction.published if verdict.extraction else None
        if published is None or published.precision is Precision.DAY or published.at > verdict.at:
            return
        delay_s = (verdict.at - published.at).total_seconds()
        bucket = next((str(bound) for bound in DELAY_BUCKETS_S if delay_s <= bound), "more")
        self._crawler.stats.inc_value(f"presswatch/delay_s/{bucket}")
        self._crawler.stats.inc_value("presswatch/delay_s/sum", int(delay_s))

    async def _store_visit(self, report: VisitReport) -> int:
        wait = _FIRST_WAIT_S
        while True:
            try:
                visit, pending = await asyncio.to_thread(self._session.store.crawl.record_visit, report)
            except LeaseLost as error:
                log.info("visit_not_stored", source=report.source_id, why=str(error))
                return 0
            except StoreUnavailable as error:
                log.warning("store_unavailable", error=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
            else:
                log.info(
                    "visited",
                    outlet=visit.outlet_key,
                    url=visit.source_url,
                    outcome=visit.outcome.value,
                    reason=visit.reason,
                    listed=visit.listed,
                    new=visit.new,
                )
                return len(pending)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            if not self._is_closing and len(self._waiting) < _MAX_BATCH:
                await asyncio.sleep(_GATHER_S)
            batch, self._waiting = self._waiting[:_MAX_BATCH], self._waiting[_MAX_BATCH:]
            if not self._waiting:
                self._wake.clear()
            if batch:
                await self._write_batch(batch)
            elif self._is_closing:
                return
            if self._is_closing:
                self._wake.set()

    async def _write_batch(self, batch: list[_Waiting]) -> None:
        wait = _FIRST_WAIT_S
        while True:
            try:
                stored = await asyncio.to_thread(self._commit, [waiting.verdict for waiting in batch])
            except (StoreUnavailable, OSError) as error:  # OSError: the archive's disk is full, for one
                log.warning("store_unavailable", error=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
            except Exception as error:
                log.exception("batch_not_stored", size=len(batch))
                if len(batch) > 1:  # one of them is at fault: find out which, store the rest
                    for waiting in batch:
                        await self._write_batch([waiting])
                elif not batch[0].future.done():
                    batch[0].future.set_exception(error)
                return
            else:
                for waiting, answer in zip(batch, stored, strict=True):
                    if not waiting.future.done():
                        waiting.future.set_result(answer)
                return

    def _commit(self, verdicts: list[Verdict]) -> list[Stored]:
        stored = self._session.store.crawl.record_verdicts(verdicts)
        ended = [answer for answer in stored if answer.reason is not None]
        try:
            self._session.store.seen.confirm(key for answer in ended for key in answer.keys)
        except StorageError as error:  # SQL has it: at worst it is asked about once more
            log.warning("seen_set_unavailable", error=str(error))
        return stored
