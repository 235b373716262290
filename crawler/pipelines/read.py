"""The first pipeline: a response goes to a child process, and comes back as what it says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random

from scrapy.crawler import Crawler

from crawler.fetch.statuses import NOT_MODIFIED
from crawler.items import ArticleWork, Outcome, PageAnswer, SourceAnswer
from crawler.pipelines.children import pool_of
from crawler.pipelines.closing import rules_that_closed
from crawler.pipelines.judgement import Judge
from crawler.pipelines.not_found import NotFoundPages
from crawler.pipelines.pages import PageReader
from crawler.pipelines.sources import SourceReader
from crawler.session import Session, session_of
from storage.errors import StorageError
from storage.records import Capture, Verdict


class ReadPipeline:
    """Answers in, outcomes out."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self._pool = pool_of(crawler)
        judge = Judge(session.retry_delays_s, Random())  # noqa: S311 (it only spreads requests)
        self._not_found = NotFoundPages(crawler, session, Random())  # noqa: S311 (it only makes up an address)
        self._pages = PageReader(crawler, session, judge, self._not_found)
        self._hosts = session.store.hosts
        self._sources = SourceReader(crawler, session, judge)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReadPipeline:
        """Shares the session and the pool of the crawl."""
        return cls(crawler, session_of(crawler))

    async def open_spider(self) -> None:
        """Starts the children; sources are fetched while they come up."""
        self._starting = asyncio.create_task(self._pool.start())

    async def close_spider(self) -> None:
        """Ends the children."""
        self._starting.cancel()
        await asyncio.gather(self._starting, return_exceptions=True)
        await self._pool.close()

    async def process_item(self, item: SourceAnswer | PageAnswer | Outcome) -> Outcome:
        """Reads an answer; an outcome passes through, with the answer that it may come with kept."""
        if isinstance(item, PageAnswer):
            await self._not_found.learn(item.work, item.capture.final_url, item.capture.fetched_at)
            verdict = await self._pages.read(item)
            return Outcome(work=item.work, verdict=await self._pages.with_hops(verdict, item.trail))
        if isinstance(item, SourceAnswer):
            return Outcome(work=item.work, report=await self._sources.read(item))
        if item.verdict is not None and (rules := await self._rules(item.verdict)):
            item.verdict = replace(item.verdict, capture=rules)
        if item.verdict is not None and item.verdict.capture is not None:
            capture = item.verdict.capture
            if isinstance(item.work, ArticleWork) and capture.status == NOT_MODIFIED:
                await self._not_found.learn(item.work, capture.final_url, capture.fetched_at)
            verdict = await self._pages.kept(item.verdict, item.verdict.capture)
            item.verdict = await self._pages.with_hops(verdict, item.trail)
        return item

    async def _rules(self, verdict: Verdict) -> Capture | None:
        """The robots.txt that a verdict rests on; none while the store does not answer: the verdict can do without."""
        try:
            return await rules_that_closed(self._hosts, verdict)
        except StorageError:
            return None
