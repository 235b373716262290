"""Counts every request that goes out, by host and hour: the ledger that a publisher can be shown.

It stands next to the network, so that robots.txt, redirects and tries count as what they are: requests.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import structlog
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.fetch.clocks import host_of
from crawler.fetch.robots import IS_ROBOTS
from crawler.session import Session, session_of
from storage.errors import StorageError
from storage.records import HostTraffic

log = structlog.get_logger(__name__)

_SENT = "presswatch_request_sent"  # monotonic
#: Where a response's request says in how many seconds it was answered whole.
TOOK_S = "presswatch_took_s"
_HOUR_S = 3_600
#: A worker that is killed loses what it counted since it last wrote.
WRITE_EVERY_S = 10.0
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS,
                      HTTPStatus.SERVICE_UNAVAILABLE})  # fmt: skip
#: Hosts whose last request is remembered, for the gap to the next one.
_MOST_HOSTS = 10_000


@dataclass(slots=True)
class _Tally:
    requests: int = 0
    robots: int = 0
    not_modified: int = 0
    refused: int = 0
    failed: int = 0
    bytes_received: int = 0
    least_gap_ms: int | None = None
    took_ms: int = 0


class TrafficMiddleware:
    """The last to see a request and the first to see its answer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tallies: dict[tuple[str, int], _Tally] = {}  # by host and hour since 1970
        self._last_sent: dict[str, float] = {}  # monotonic seconds
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TrafficMiddleware:
        """One ledger a crawl, written every few seconds and when the crawl ends."""
        ledger = cls(session_of(crawler))
        crawler.signals.connect(ledger.begin, signal=signals.engine_started)
        crawler.signals.connect(ledger.end, signal=signals.spider_closed)
        return ledger

    async def begin(self) -> None:
        """Begins to write."""
        self._writing = asyncio.create_task(self._write_for_ever())

    async def end(self) -> None:
        """Writes what is left."""
        if self._writing is not None:
            self._writing.cancel()
        await self._write()

    def process_request(self, request: Request) -> None:
        """Counts a request that is about to be sent."""
        host, now = host_of(request.url), time.monotonic()
        request.meta[_SENT] = now
        tally = self._tally(host)
        tally.requests += 1
        tally.robots += bool(request.meta.get(IS_ROBOTS))
        last = self._last_sent.pop(host, None)
        if last is not None:
            gap_ms = int((now - last) * 1000)
            tally.least_gap_ms = gap_ms if tally.least_gap_ms is None else min(tally.least_gap_ms, gap_ms)
        self._last_sent[host] = now
        if len(self._last_sent) > _MOST_HOSTS:
            del self._last_sent[next(iter(self._last_sent))]  # the longest unused

    def process_response(self, request: Request, response: Response) -> Response:
        """Counts an answer."""
        tally = self._tally(host_of(request.url))
        tally.not_modified += response.status == HTTPStatus.NOT_MODIFIED
        tally.refused += response.status in _REFUSED
        tally.bytes_received += len(response.body)  # as on the wire: codings are undone elsewhere
        took_s = time.monotonic() - request.meta[_SENT]
        tally.took_ms += round(1000 * took_s)
        request.meta[TOOK_S] = took_s
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Counts a request that got no whole answer."""
        self._tally(host_of(request.url)).failed += 1

    def _tally(self, host: str) -> _Tally:
        key = host, int(time.time() // _HOUR_S)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = _Tally()
        return tally

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            await self._write()

    async def _write(self) -> None:
        tallies, self._tallies = self._tallies, {}
        if not tallies:
            return
        rows = [
            HostTraffic(
                host=host,
                hour=datetime.fromtimestamp(hour * _HOUR_S, UTC),
                requests=tally.requests,
                robots=tally.robots,
                not_modified=tally.not_modified,
                refused=tally.refused,
                failed=tally.failed,
                bytes_received=tally.bytes_received,
                least_gap_ms=tally.least_gap_ms,
                took_ms=tally.took_ms,
            )
            for (host, hour), tally in sorted(tallies.items())
        ]
        try:
            await asyncio.to_thread(self._session.store.traffic.add, rows)
        except StorageError as error:
            log.warning("traffic_not_stored", error=str(error))
            self._keep(tallies)

    def _keep(self, tallies: dict[tuple[str, int], _Tally]) -> None:
        """Puts back what could not be written, beside what came meanwhile."""
        for key, old in tallies.items():
            new = self._tallies.setdefault(key, _Tally())
            gaps = [gap for gap in (old.least_gap_ms, new.least_gap_ms) if gap is not None]
            for name in ("requests", "robots", "not_modified", "refused", "failed", "bytes_received", "took_ms"):
                setattr(new, name, getattr(new, name) + getattr(old, name))
            new.least_gap_ms = min(gaps, default=None)
