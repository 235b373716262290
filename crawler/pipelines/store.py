"""The last pipeline: stores outcomes, many in one transaction, and only then says that they are seen."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from scrapy.crawler import Crawler

from crawler.items import Outcome, VisitWork
from crawler.pipelines.batches import FIRST_WAIT_S, LONGEST_WAIT_S, Batches
from crawler.session import Session, session_of
from storage.errors import LeaseLost, StorageError, StoreUnavailable
from storage.records import DELAY_BUCKETS_S, Precision, Reason, Stored, Verdict, VisitOutcome, VisitReport

log = structlog.get_logger(__name__)


class StorePipeline:
    """Groups verdicts into transactions. While the store does not answer, everything waits for it."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self._crawler = crawler
        self._session = session
        self._verdicts: Batches[Verdict, Stored] = Batches(self._commit, more_may_come=self._is_reading)
        self._quiet: Batches[VisitReport, bool] = Batches(session.store.crawl.record_quiet)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        """Shares the session of the crawl."""
        return cls(crawler, session_of(crawler))

    async def open_spider(self) -> None:
        """Starts the writers."""
        self._verdicts.begin()
        self._quiet.begin()

    async def close_spider(self) -> None:
        """Writes what is left."""
        await asyncio.gather(self._verdicts.end(), self._quiet.end())
        await asyncio.to_thread(self._session.store.bodies.close)

    async def process_item(self, item: Outcome) -> Outcome:
        """Stores an outcome; returns when it is durable."""
        spider: Any = self._crawler.spider  # the visit spider, which spiders may name and pipelines may not
        frontier = spider.frontier
        stats = self._crawler.stats
        if item.report is not None:
            pending = await (self._store_quiet(item) if item.report.is_quiet else self._store_visit(item.report))
            stats.inc_value(f"presswatch/visits/{item.report.outcome.value}")
            if item.report.outcome is VisitOutcome.FAILED:
                stats.inc_value(f"presswatch/failures/{item.report.reason or 'fault'}")
            if pending:
                frontier.look()
        elif item.verdict is not None:
            if self._verdicts.is_abreast:  # else the store is slower than we are: it sets the pace
                frontier.hand_on(item.work, item.verdict.article_key if item.verdict.extraction else None)
            stored = await self._verdicts.store(item.verdict)
            stats.inc_value(f"presswatch/candidates/{stored.reason.value if stored.reason else 'postponed'}")
            if stored.reason is Reason.STORED and not item.verdict.pending.is_past:
                self._count_delay(item.verdict)
            if stored.reason is not None:
                frontier.known.learn(stored.keys)
        frontier.done(item.work)
        return item

    def _is_reading(self) -> bool:
        """Whether anything is being fetched or read, whose verdict may still come."""
        spider: Any = self._crawler.spider
        return bool(spider.frontier.at_work)

    def _count_delay(self, verdict: Verdict) -> None:
        """From the moment that a new article bears to its discovery, where the moment is more than a day."""
        published = verdict.extraction.published if verdict.extraction else None
        if published is None or published.precision is Precision.DAY or published.at > verdict.at:
            return
        delay_s = (verdict.at - published.at).total_seconds()
        bucket = next((str(bound) for bound in DELAY_BUCKETS_S if delay_s <= bound), "more")
        self._crawler.stats.inc_value(f"presswatch/delay_s/{bucket}")
        self._crawler.stats.inc_value("presswatch/delay_s/sum", int(delay_s))

    async def _store_quiet(self, item: Outcome) -> int:
        """Stores a visit that found nothing new, beside others; returns 0, the candidates that wait since."""
        report = item.report
        if report is None or not isinstance(item.work, VisitWork):
            return 0
        if await self._quiet.store(report):
            source = item.work.source
            log.info("visited", outlet=source.outlet_key, url=source.url, outcome=report.outcome.value)
        else:
            log.info("visit_not_stored", source=report.source_id, why="another worker has taken it over")
        return 0

    async def _store_visit(self, report: VisitReport) -> int:
        wait = FIRST_WAIT_S
        while True:
            try:
                visit, pending = await asyncio.to_thread(self._session.store.crawl.record_visit, report)
            except LeaseLost as error:
                log.info("visit_not_stored", source=report.source_id, why=str(error))
                return 0
            except StoreUnavailable as error:
                log.warning("store_unavailable", error=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_S)
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

    def _commit(self, verdicts: list[Verdict]) -> list[Stored]:
        stored = self._session.store.crawl.record_verdicts(verdicts)
        ended = [answer for answer in stored if answer.reason is not None]
        try:
            self._session.store.seen.confirm(key for answer in ended for key in answer.keys)
        except StorageError as error:  # SQL has it: at worst it is asked about once more
            log.warning("seen_set_unavailable", error=str(error))
        return stored
