"""Surveys run in this process: Scrapy starts, fetches what the survey asks for, and ends."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerProcess

from control.crawl_settings import default_worker_name, scrapy_settings
from control.logs import set_up_logging
from control.settings import Settings
from crawler.spiders.probe import Probe, ProbeSpider

_T = TypeVar("_T")


class ProbeFailed(Exception):
    """The probe could not be made, by a fault of our own."""


def probe(settings: Settings, survey: Callable[[Probe], Awaitable[_T]]) -> _T:
    """Makes a survey and returns its result. It can run once in a process: Twisted's reactor starts once.

    Raises what the survey raises, KeyboardInterrupt on Ctrl-C, and ProbeFailed.
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
    crawl: Any = process.crawl(process.create_crawler(ProbeSpider), survey=run)
    process.start(install_signal_handlers=False)
    if errors:
        raise errors[0]
    if not results:
        cause = crawl.exception() if crawl.done() and not crawl.cancelled() else None
        raise ProbeFailed(f"the probe did not start: {cause}") from cause
    return results[0]
