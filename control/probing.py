"""Surveys run in this process: Scrapy starts, fetches what the survey asks for, and ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerProcess, Crawler

from control.crawl_settings import default_worker_name, scrapy_settings
from control.logs import set_up_logging
from control.settings import Settings
from crawler.spiders.probe import Probe, ProbeSpider

_T = TypeVar("_T")
_STOP_WITHIN_S = 3.0


class ProbeFailed(Exception):
    """The probe could not be made, by a fault of our own."""


def probe(settings: Settings, survey: Callable[[Probe], Awaitable[_T]]) -> _T:
    """Makes a survey and returns its result. It can run once in a process: Twisted's reactor starts once.

    Raises what the survey raises, and ProbeFailed. SIGINT and SIGTERM end the process, once the domains that it
    holds are free for the workers.
    """
    results: list[_T] = []
    errors: list[Exception] = []

    async def run(probe: Probe) -> None:
        try:
            results.append(await survey(probe))
        except Exception as error:  # noqa: BLE001 (a job begins here; its error is raised again below)
            errors.append(error)

    name = f"{default_worker_name()}-probe"
    logging.disable(logging.INFO)  # Scrapy sets its loggers to DEBUG, and greets
    values = scrapy_settings(settings, name) | {
        "SPIDER_MODULES": []
    }  # the others need extraction: loading it takes long
    process = AsyncCrawlerProcess(values, install_root_handler=False)
    logging.disable(logging.NOTSET)
    set_up_logging("warning")  # what goes on, the command tells itself
    crawler = process.create_crawler(ProbeSpider)
    crawl: Any = process.crawl(crawler, survey=run)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _Interrupt(crawler))
    process.start(install_signal_handlers=False)
    if errors:
        raise errors[0]
    if not results:
        cause = crawl.exception() if crawl.done() and not crawl.cancelled() else None
        raise ProbeFailed(f"the probe did not start: {cause}") from cause
    return results[0]


class _Interrupt:
    """A signal handler that frees what is held, and ends the process; at once when called again."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._was_called = False

    def __call__(self, number: int, _frame: object) -> None:
        if self._was_called:
            _end(number)
        self._was_called = True
        from twisted.internet import reactor  # noqa: PLC0415 (importing it installs one: only once Scrapy has)

        reactor.callFromThread(self._begin, number)

    def _begin(self, number: int) -> None:
        loop = asyncio.get_event_loop()
        loop.call_later(_STOP_WITHIN_S, _end, number)
        self._ending = loop.create_task(self._free(number))

    async def _free(self, number: int) -> None:
        if isinstance(self._crawler.spider, ProbeSpider):
            await self._crawler.spider.probe.free()
        _end(number)


def _end(number: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(128 + number)
