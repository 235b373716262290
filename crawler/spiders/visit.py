"""The spider: visits due sources and fetches the candidates that visits found.

In the service it runs for ever, fed by the queue; `scrapy crawl visit -a outlet=jpost` visits the sources of
single outlets once and ends. It only fetches and follows redirects; the pipelines read, deduplicate and store.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import structlog
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fetch_url, fingerprint, is_within
from crawler.fetch.clocks import host_of
from crawler.fetch.conditional import condition, validators
from crawler.fetch.errors import UrlRefused
from crawler.fetch.limits import MAX_PAGE_BYTES, MAX_REDIRECTS, max_source_bytes
from crawler.fetch.politeness import RESTS_UNTIL
from crawler.fetch.wire import ACCEPT_ENCODING
from crawler.items import Answer, Outcome, Work
from crawler.pipelines.judgement import Judge
from crawler.session import session_of
from crawler.spiders.frontier import Frontier
from storage.errors import UnknownOutlet
from storage.records import Capture, Reason, SourceKind

log = structlog.get_logger(__name__)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED = 304
_ACCEPT = {
    SourceKind.FEED: "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    SourceKind.SITEMAP: "application/xml, text/xml, text/plain;q=0.8, */*;q=0.5",
}
_ACCEPT_PAGE = "text/html, application/xhtml+xml, */*;q=0.5"


class VisitSpider(Spider):
    """Arguments: `outlet`, keys with commas between; without it, the service's queue is worked on for ever."""

    name = "visit"

    def __init__(self, outlet: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.outlets = None if outlet is None else [key.strip() for key in outlet.split(",") if key.strip()]
        self.frontier: Frontier

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Opens the session of the crawl."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        session = session_of(crawler)
        for key in spider.outlets or ():
            session.store.crawl.outlet_of(key)  # a wrong name is told at once
        spider.session = session
        spider.frontier = Frontier(session, spider.outlets)
        spider.judge = Judge(
            retry_delays_s=session.retry_delays_s, interval_s=session.interval_s, random=random.Random()
        )
        crawler.signals.connect(spider.failed_inside, signal=signals.item_error)
        crawler.signals.connect(spider.engine_stopped, signal=signals.engine_stopped)
        return spider

    # ------------------------------------------------------------------------------ what to fetch

    async def start(self) -> AsyncIterator[Any]:
        """Requests, as fast as there is work that may be done now."""
        try:
            await self.frontier.begin()
        except UnknownOutlet as error:
            raise CloseSpider(str(error)) from error
        while (work := await self.frontier.next()) is not None:
            if work.pending is not None and self.frontier.knows(work.pending.candidate.key):
                verdict = self.judge.seen(
                    work.pending, datetime.now(UTC), work.pending.candidate.key, "stored meanwhile"
                )
                yield Outcome(work=work, verdict=verdict)
            else:
                yield self._request(work)

    def stop(self) -> None:
        """Fetches nothing more; what waits for its turn is handed back."""
        self.frontier.stop()
        self.session.clocks.stop()

    async def engine_stopped(self) -> None:
        """Hands back what is held."""
        await self.frontier.end()

    def _request(self, work: Work, url: str | None = None, hops: int = 0) -> Request:
        if work.source is not None:
            headers = condition(work.source.etag, work.source.last_modified) if not hops else {}
            headers["Accept"] = _ACCEPT.get(work.source.kind, _ACCEPT_PAGE).encode()
            url, cap = url or work.source.url, max_source_bytes(work.source.kind)
        else:
            headers = {"Accept": _ACCEPT_PAGE.encode()}
            url, cap = url or fetch_url(work.pending.candidate.found_url), MAX_PAGE_BYTES
        headers["Accept-Encoding"] = ACCEPT_ENCODING.encode()
        if work.outlet.delay_s is not None:
            self.session.clocks.ask_delay(host_of(url), work.outlet.delay_s)
        return Request(
            url,
            headers=headers,
            callback=self.answered,
            errback=self.not_answered,
            cb_kwargs={"work": work, "hops": hops},
            meta={"handle_httpstatus_all": True, "download_maxsize": cap, "verbatim_url": True, "work": work},
            dont_filter=True,
        )

    # ----------------------------------------------------------------------------------- answers

    async def answered(self, response: Response, work: Work, hops: int) -> AsyncIterator[Any]:
        """Follows a redirect, or hands the answer on."""
        now = datetime.now(UTC)
        rests_until = response.meta.get(RESTS_UNTIL)
        if response.status in _REDIRECTS:
            yield await self._redirected(response, work, hops, now)
        elif work.source is not None and response.status == _NOT_MODIFIED:
            yield Outcome(work=work, report=self.judge.unchanged(work, now, 304, 0, *validators(response)))
        elif not 200 <= response.status < 300:  # noqa: PLR2004
            yield self._bad_status(response, work, hops, now, rests_until)
        else:
            yield self._answer(response, work, now)

    def not_answered(self, failure: Failure, *_: Any) -> list[Outcome]:
        """Gives what could not be fetched its reason."""
        request: Request = failure.request  # type: ignore[attr-defined]
        work: Work = request.meta["work"]
        now = datetime.now(UTC)
        outcome = self.judge.failed(work, now, failure.value, host_of(request.url))
        if outcome is None:  # the worker is being stopped: it stays as it is in the store
            self.frontier.done(work)
            return []
        return [outcome]

    def failed_inside(self, item: Any, response: Response | None, spider: Spider, failure: Failure) -> None:
        """A fault of our own while something was read or stored: it is logged, and the work is tried again later."""
        log.error("work_failed", work=str(getattr(item, "work", item)), error=failure.getErrorMessage())
        if isinstance(item, (Answer, Outcome)):
            self.frontier.done(item.work)

    def _answer(self, response: Response, work: Work, now: datetime) -> Answer:
        body = response.body
        capture = Capture(
            url=work.source.url if work.source else work.pending.candidate.url,
            final_url=response.url,
            fetched_at=now,
            status=response.status,
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, values in response.headers.items()
                for value in values
            ),
            body=body,
            digest=hashlib.sha256(body).hexdigest(),
        )
        coding, kind = response.headers.get("Content-Encoding"), response.headers.get("Content-Type")
        etag, last_modified = validators(response)
        return Answer(
            work=work,
            capture=capture,
            content_encoding=coding.decode("latin-1") if coding else None,
            content_type=kind.decode("latin-1") if kind else None,
            etag=etag,
            last_modified=last_modified,
        )

    def _bad_status(
        self, response: Response, work: Work, hops: int, now: datetime, rests_until: datetime | None
    ) -> Any:
        return self.judge.bad_status(work, now, response.status, rests_until)

    async def _redirected(self, response: Response, work: Work, hops: int, now: datetime) -> Any:
        location = response.headers.get("Location")
        if hops >= MAX_REDIRECTS or not location:
            return self.judge.bad_redirect(work, now, response.status, hops)
        target = urljoin(response.url, location.decode("latin-1").strip())
        try:
            canonical = canonical_url(target)
        except BadUrl as error:
            return self.judge.failed(work, now, UrlRefused(str(error)), host_of(response.url))
        if work.pending is None:
            return self._request(work, target, hops + 1)
        if not is_within(work.outlet, canonical):
            return Outcome(
                work=work, verdict=self.judge.ended(work.pending, now, Reason.OFF_SITE, f"redirects to {target}")
            )
        if urlsplit(canonical).path in {"", "/"}:
            detail = f"redirects to the front page {target}"
            return Outcome(work=work, verdict=self.judge.ended(work.pending, now, Reason.NOT_AN_ARTICLE, detail))
        key = fingerprint(canonical)
        if key != work.pending.candidate.key and await self._is_taken(key):
            verdict = self.judge.seen(work.pending, now, key, f"redirects to {canonical}")
            return Outcome(work=work, verdict=verdict)
        return self._request(work, target, hops + 1)

    async def _is_taken(self, key: int) -> bool:
        """Whether the target of a redirect is stored or on its way as a candidate of its own."""
        if self.frontier.knows(key):
            return True

        known = await asyncio.to_thread(self.session.store.crawl.known_keys, [key])
        return key in known
