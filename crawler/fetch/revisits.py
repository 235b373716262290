"""The cap on requests for the standing re-visits of stored articles: none goes out beyond it, whatever sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.fetch.clocks import host_of
from crawler.fetch.errors import HostResting
from crawler.session import session_of
from storage.ports import RevisitBook

#: Where a request for a standing re-visit says how many such its host may be sent a day (int).
A_DAY = "presswatch_revisits_a_day"
_DAY = timedelta(days=1)


class RevisitCapMiddleware:
    """Claims each request of a re-visit right before it waits for its host's turn: redirect hops, further pages and
    tries too. What was claimed and then not sent stays claimed, so that a crash never makes room for one too many.
    """

    def __init__(self, book: RevisitBook, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._book = book
        self._now = now

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RevisitCapMiddleware:
        """Shares the store of the crawl."""
        return cls(session_of(crawler).store.revisits)

    async def process_request(self, request: Request) -> None:
        """Lets pass what may still be sent today. Raises HostResting until tomorrow (UTC), and StoreUnavailable."""
        a_day: int | None = request.meta.get(A_DAY)
        if a_day is None:
            return
        host, now = host_of(request.url), self._now()
        if not await asyncio.to_thread(self._book.claim, host, a_day, now):
            tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
            raise HostResting(f"{host} was sent its {a_day} requests of today for re-visits", tomorrow)
