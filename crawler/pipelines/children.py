"""The pool of child processes in which a crawl reads what it fetched."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from crawler.fetch.limits import PARSE_TIMEOUT_S
from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.tasks import ChildLost, TaskDied, TaskFailed, TaskTimedOut

#: What a task that failed may have died of, and how that is counted. The page or source ends with it, nothing else.
LOST_TASK = (TaskDied, TaskTimedOut, TaskFailed)
_ENDS = {TaskDied: "died", TaskTimedOut: "timed-out", TaskFailed: "failed"}

_pools: WeakKeyDictionary[Crawler, ProcessPool] = WeakKeyDictionary()


def pool_of(crawler: Crawler) -> ProcessPool:
    """The process pool of a crawl; `start` it before use."""
    pool = _pools.get(crawler)
    if pool is None:
        size = crawler.settings.getint("PRESSWATCH_EXTRACT_PROCESSES") or os.cpu_count() or 1
        pool = _pools[crawler] = ProcessPool(
            "crawler.pipelines.child", size, PARSE_TIMEOUT_S, preload="crawler.pipelines.warmed"
        )
    return pool


def deaths_of(error: Exception) -> int:
    """How many child processes a failure of reading cost."""
    return error.deaths if isinstance(error, ChildLost) else 0


class Children:
    """The pool of a crawl, its ends counted."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._pool = pool_of(crawler)

    async def run(self, name: str, *args: Any, owner: str) -> Any:
        """Runs a function of `crawler.pipelines.child`. Raises LOST_TASK and PoolClosed, as the pool does."""
        stats = self._crawler.stats
        try:
            answer = await self._pool.run(name, *args, owner=owner)
        except LOST_TASK as error:
            stats.inc_value(f"presswatch/pool/{_ENDS[type(error)]}")
            raise
        stats.inc_value("presswatch/pool/answered")
        stats.set_value("presswatch/process/pool_load", self._pool.load)
        return answer
