"""The worker process: one long-lived Scrapy crawler that works on the visit queue."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import scrapy.core.downloader.contextfactory  # noqa: F401 (before ours: it reads the source of all that imports it)
import structlog
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from control.crawl_settings import default_worker_name, scrapy_settings
from control.figures import WorkerFigures
from control.heartbeat import Heartbeat
from control.logs import set_up_logging
from control.opening import open_from
from control.settings import Settings
from control.uploading import Uploader
from crawler.spiders.visit import VisitSpider

log = structlog.get_logger(__name__)

#: What is in flight at a stop is finished within this time, or left to be fetched again.
STOP_WITHIN_S = 8.0


def run_worker(settings: Settings, name: str | None = None) -> None:
    """Works until SIGTERM or SIGINT."""
    name = name or settings.worker_name or default_worker_name()
    store = open_from(settings)
    figures = WorkerFigures()
    heartbeat = Heartbeat(store.processes, name, "worker", figures=figures.now)
    uploader = Uploader(settings, store.evidence)
    heartbeat.start()
    uploader.start()
    try:
        crawl(settings, name, watch=figures.watch)
    finally:
        uploader.stop()
        heartbeat.stop()
        store.close()


def crawl(
    settings: Settings,
    worker: str,
    outlets: list[str] | None = None,
    watch: Callable[[Crawler], Any] | None = None,
    log_level: str | None = None,
    *,
    instead: str | None = None,
) -> dict[str, Any]:
    """Runs the visit spider in this process until it ends or is stopped; returns Scrapy's statistics.

    With `outlets` it visits those once, or works `instead` on their backfills ("backfill") or re-crawls ("recrawl").
    `watch` is called with the crawler before it starts. The first SIGINT or SIGTERM stops in order, within
    STOP_WITHIN_S; a second one ends the process at once. Nothing is lost either way: what was not stored is still in
    the queue. Raises what keeps the crawl from beginning.
    """
    logging.disable(logging.INFO)  # Scrapy greets at length
    process = AsyncCrawlerProcess(scrapy_settings(settings, worker), install_root_handler=False)
    logging.disable(logging.NOTSET)
    set_up_logging(log_level or settings.log_level)  # Scrapy has just set its loggers to DEBUG
    crawler = process.create_crawler(VisitSpider)
    if watch is not None:
        watch(crawler)
    named = None if outlets is None else ",".join(outlets)
    crawling = process.crawl(crawler, outlet=named, **({instead: "1"} if instead else {}))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _Stop(crawler))
    _measure_time_steadily()
    gc.freeze()  # what is loaded now stays: no look for garbage passes over it again
    process.start(install_signal_handlers=False)
    if crawling.done() and not crawling.cancelled():
        crawling.result()  # raises what kept the crawl from beginning
    return crawler.stats.get_stats() if crawler.stats else {}


def _measure_time_steadily() -> None:
    """Has Twisted measure timeouts by a clock that nobody sets. By its own, the wall clock, all downloads under way
    time out when that is set ahead, and none does when it is set back. To be called before anything is timed.
    """
    from twisted.internet import reactor  # noqa: PLC0415 (importing it installs one: only once Scrapy has)

    reactor.seconds = time.monotonic  # type: ignore[method-assign,misc]  # it is given as a method


class _Stop:
    """A signal handler that stops in order at first, at once when called again."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._was_called = False

    def __call__(self, number: int, _frame: object) -> None:
        if self._was_called:
            os._exit(128 + number)
        self._was_called = True
        from twisted.internet import reactor  # noqa: PLC0415 (importing it installs one: only once Scrapy has)

        reactor.callFromThread(self._begin)

    def _begin(self) -> None:
        loop = asyncio.get_event_loop()
        loop.call_later(STOP_WITHIN_S, _give_up)
        self._stop(loop)

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        engine, spider = self._crawler.engine, self._crawler.spider
        if self._crawler.crawling and not (engine and engine.running):
            loop.call_later(0.05, self._stop, loop)  # Scrapy forgets a stop that comes before its engine runs
            return
        if isinstance(spider, VisitSpider):
            spider.stop()
        self._stopping = loop.create_task(self._crawler.stop_async())


def _give_up() -> None:
    log.warning("stopped_with_work_in_flight")
    sys.stderr.flush()
    os._exit(0)
