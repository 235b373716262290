"""Every request takes its host's turn right before it is sent. See `crawler.fetch.clocks`."""

from __future__ import annotations

import time

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from crawler.fetch.clocks import host_of
from crawler.fetch.headers import header
from crawler.session import Session, session_of

_HELD = "presswatch_host_held"
_SENT = "presswatch_sent"  # monotonic
#: Where a response's request says until when its host now rests.
RESTS_UNTIL = "presswatch_rests_until"


class PolitenessMiddleware:
    """The last stop of a request before it is sent, and the first of its response."""

    def __init__(self, session: Session) -> None:
        self._clocks = session.clocks

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PolitenessMiddleware:
        """One set of clocks for the whole crawl."""
        return cls(session_of(crawler))

    async def process_request(self, request: Request) -> None:
        """Waits for the host's turn."""
        host = host_of(request.url)
        await self._clocks.enter(host)
        request.meta[_HELD], request.meta[_SENT] = host, time.monotonic()

    async def process_response(self, request: Request, response: Response) -> Response:
        """Ends the turn, and heeds a wish for rest."""
        host = request.meta.pop(_HELD, None)
        if host is not None:
            latency_s = request.meta.get("download_latency", 0.0)  # Scrapy's: until the headers are there
            self._clocks.answer_took(host, latency_s, is_well=response.status < 400)  # noqa: PLR2004
            try:
                until = await self._clocks.heed(host, response.status, header(response, "Retry-After"))
            finally:
                self._clocks.leave(host)
            if until is not None:
                request.meta[RESTS_UNTIL] = until
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Ends the turn of a request that failed."""
        host = request.meta.pop(_HELD, None)
        if host is not None:
            if isinstance(exception, DownloadTimeoutError):
                self._clocks.answer_took(host, time.monotonic() - request.meta[_SENT], is_well=False)
            self._clocks.leave(host)
