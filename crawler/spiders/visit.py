"""The spider: visits due sources and fetches the candidates that visits found.

In the service it runs for ever, fed by the queue; `scrapy crawl visit -a outlet=jpost` visits the sources of
single outlets once and ends. It only fetches and follows redirects; the pipelines read, deduplicate and store.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

import structlog
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fetch_url, fingerprint, is_within
from crawler.extract.optouts import in_headers
from crawler.fetch.accept import ACCEPT_PAGE, accept
from crawler.fetch.asking import request_for
from crawler.fetch.capture import capture_of
from crawler.fetch.clocks import host_of
from crawler.fetch.conditional import validators
from crawler.fetch.errors import UrlRefused
from crawler.fetch.headers import header, pairs
from crawler.fetch.limits import MAX_PAGE_BYTES, MAX_REDIRECTS, MAX_URL_CHARS, max_source_bytes
from crawler.fetch.politeness import RESTS_UNTIL
from crawler.fetch.revisits import A_DAY
from crawler.fetch.robots import SIGNALS
from crawler.fetch.statuses import NOT_MODIFIED, PERMANENT_REDIRECTS, REDIRECTS
from crawler.fetch.traffic import TOOK_S
from crawler.items import ArticleWork, Outcome, PageAnswer, SourceAnswer, VisitWork, Work
from crawler.outlets.cadence.bounds import fresh_s
from crawler.pipelines.judgement import Judge
from crawler.session import Session, session_of
from crawler.spiders.answers import with_answer
from crawler.spiders.backfill import Backfiller
from crawler.spiders.frontier import Frontier
from crawler.spiders.recrawler import Recrawler
from crawler.spiders.subscriber import Subscriber, answer_of_push
from crawler.walls.answers import wall_of_answer
from crawler.walls.detours import detour_of
from storage.errors import StorageError
from storage.records import Candidate, Capture, Outlet, PublisherWords, Reason, Source, Validators

log = structlog.get_logger(__name__)


class VisitSpider(Spider):
    """Arguments: `outlet`, keys with commas between; without it, the service's queue is worked on for ever.

    With `backfill` nothing is visited, and the backfills of these outlets are worked on until they end; with `recrawl`
    the same goes for re-crawls.
    """

    name = "visit"
    session: Session
    frontier: Frontier
    judge: Judge

    backfiller: Backfiller | None  # in the service, and where its backfills are asked for
    recrawler: Recrawler | None  # where re-crawls are asked for; in the service they are the scheduler's affair
    subscriber: Subscriber | None  # in the service, where hubs can reach us

    def __init__(
        self, outlet: str | None = None, backfill: str | None = None, recrawl: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.is_backfill, self.is_recrawl = bool(backfill), bool(recrawl)
        self._faults: set[asyncio.Task[None]] = set()
        self.outlets = None if outlet is None else [key.strip() for key in outlet.split(",") if key.strip()]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Opens the session of the crawl. Ends the process where there is no such outlet, or no store: Scrapy would
        show a traceback, and say that all is well.
        """
        spider = super().from_crawler(crawler, *args, **kwargs)
        try:
            session = session_of(crawler)
            for key in spider.outlets or ():
                session.store.crawl.outlet_of(key)
        except StorageError as error:
            raise SystemExit(f"presswatch: {error}") from error
        spider.session = session
        spider.frontier = Frontier(session, spider.outlets, visits=not (spider.is_backfill or spider.is_recrawl))
        spider.backfiller = None
        if spider.is_backfill or spider.outlets is None:
            spider.backfiller = Backfiller(crawler, session, spider.frontier, spider.outlets)
        if spider.is_backfill and spider.backfiller is not None:
            backfiller = spider.backfiller
            spider.frontier.more_may_come = lambda: backfiller.is_at_work
        spider.recrawler = None
        if spider.is_recrawl:
            recrawler = spider.recrawler = Recrawler(session, spider.frontier, spider.outlets or [])
            spider.frontier.more_may_come = lambda: recrawler.is_at_work
        spider.subscriber = None
        if session.callbacks and spider.outlets is None:
            spider.subscriber = Subscriber(crawler, session, spider.frontier)
        spider.judge = Judge(session.retry_delays_s, random.Random())  # noqa: S311 (it only spreads requests)
        crawler.signals.connect(spider.failed_inside, signal=signals.item_error)
        crawler.signals.connect(spider.failed_inside_spider, signal=signals.spider_error)
        crawler.signals.connect(spider.engine_stopped, signal=signals.engine_stopped)
        return spider

    # ------------------------------------------------------------------------------ what to fetch

    async def start(self) -> AsyncIterator[Any]:
        """Requests, as fast as there is work that may be done now."""
        await self.frontier.begin()
        if self.backfiller is not None:
            self.backfiller.begin()
        if self.recrawler is not None:
            self.recrawler.begin()
        if self.subscriber is not None:
            self.subscriber.begin()
        while (work := await self.frontier.next()) is not None:
            if isinstance(work, ArticleWork) and work.pending.candidate.key in self.frontier.targets:
                self.frontier.give_back(work)  # it comes again once that is stored, and is then known
            elif isinstance(work, VisitWork) and work.push_id is not None:
                if (answer := await self._pushed(work, work.push_id)) is not None:
                    yield answer
            else:
                yield self._begin(work)

    async def _pushed(self, work: VisitWork, push_id: int) -> SourceAnswer | None:
        """What a hub pushed in place of an answer of the source; None when it cannot be had now."""
        try:
            push = await asyncio.to_thread(self.session.store.subscriptions.push, push_id)
        except StorageError as error:
            log.warning("store_unavailable", error=str(error))
            push = None
        if push is None:
            self.frontier.give_back(work)
            return None
        return answer_of_push(work, push)

    def stop(self) -> None:
        """Fetches nothing more; what waits for its turn is handed back."""
        self.frontier.stop()
        self.session.clocks.stop()

    async def engine_stopped(self) -> None:
        """Hands back what is held, and closes the store."""
        await asyncio.gather(*self._faults, return_exceptions=True)
        if self.backfiller is not None:
            await self.backfiller.end()
        if self.recrawler is not None:
            await self.recrawler.end()
        if self.subscriber is not None:
            await self.subscriber.end()
        await self.frontier.end()
        self.session.store.close()

    def _begin(self, work: Work) -> Request | Outcome:
        """The first request for some work, or its end. Raises nothing: that would end the worker."""
        now = datetime.now(UTC)
        if (
            isinstance(work, ArticleWork)
            and not work.pending.is_again
            and work.pending.candidate.key in self.frontier.known
        ):
            key = work.pending.candidate.key
            return Outcome(
                work=work, verdict=self.judge.seen(work.pending, now, key, "stored meanwhile from another URL")
            )
        try:
            return self._request(work)
        except BadUrl as error:
            return self.judge.refused(work, now, UrlRefused(str(error)))
        except Exception as error:  # here a job begins
            log.exception("work_failed", work=repr(work)[:500])
            return self.judge.faulted(work, now, error)

    def _request(
        self,
        work: Work,
        url: str | None = None,
        trail: tuple[Capture, ...] = (),
        *,
        is_permanent: bool = True,
    ) -> Request:
        known: Validators | None
        if isinstance(work, VisitWork):
            url = url or work.source.address
            known, kind = _known(work.source), work.source.kind
            cap, accepted = max_source_bytes(kind), accept(kind)
        else:
            url = url or _address(work.pending.candidate, work.outlet)
            known, cap, accepted = work.validators, MAX_PAGE_BYTES, ACCEPT_PAGE
        request = request_for(
            work.outlet,
            url,
            accepted=accepted,
            max_bytes=cap,
            known=known,
            meta={"work": work, A_DAY: work.pending.a_day if isinstance(work, ArticleWork) else None},
            callback=self.answered,
            errback=self.not_answered,
            cb_kwargs={"work": work, "trail": trail, "is_permanent": is_permanent},
        )
        if work.outlet.delay_s is not None:
            self.session.clocks.ask_delay(host_of(request.url), "outlet", work.outlet.delay_s)
        return request

    # ----------------------------------------------------------------------------------- answers

    async def answered(
        self, response: Response, work: Work, trail: tuple[Capture, ...], is_permanent: bool
    ) -> AsyncIterator[Any]:
        """Follows a redirect, or hands the answer on. `trail`: the redirects so far; `is_permanent`: none of them was a
        passing one.
        """
        now = datetime.now(UTC)
        moved_to = response.url if trail and is_permanent else None
        if response.status in REDIRECTS:
            followed = await self._redirected(response, work, trail, now, is_permanent=is_permanent)
            if followed is not None:
                yield with_answer(followed, response, now, trail)
        elif response.status == NOT_MODIFIED and isinstance(work, VisitWork) and work.source.parts:
            yield self._answer(response, work, now, moved_to)  # what an index names changes without it
        elif response.status == NOT_MODIFIED and (isinstance(work, VisitWork) or work.validators):
            yield self._not_modified(response, work, now, moved_to, trail)
        elif wall := wall_of_answer(response.status, pairs(response)):
            yield with_answer(self.judge.blocked(work, now, wall, response.status), response, now, trail)
        elif not 200 <= response.status < 300:  # noqa: PLR2004
            ended = self.judge.bad_status(work, now, response.status, response.meta.get(RESTS_UNTIL))
            yield with_answer(ended, response, now, trail)
        else:
            yield self._answer(response, work, now, moved_to, trail)

    def not_answered(self, failure: Failure) -> list[Outcome]:
        """Gives what could not be fetched its reason."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        work: Work = request.meta["work"]
        error = failure.value or RuntimeError("no answer")
        outcome = self.judge.failed(work, datetime.now(UTC), error, host_of(request.url))
        if outcome is None:
            self.frontier.give_back(work)
            return []
        return [outcome]

    def failed_inside(self, item: Any, failure: Failure) -> None:
        """A fault of our own in a pipeline: it is logged, and the work is tried again later."""
        log.error("work_failed", work=repr(item.work)[:500], error=failure.getTraceback())
        self._fault(item.work, failure)

    def failed_inside_spider(self, failure: Failure, response: Any) -> None:
        """A fault of our own in a callback."""
        request = getattr(response, "request", None) or getattr(failure, "request", None)
        log.error("work_failed", url=getattr(request, "url", None), error=failure.getTraceback())
        if request is not None and "work" in request.meta:
            self._fault(request.meta["work"], failure)

    def _fault(self, work: Work, failure: Failure) -> None:
        error = failure.value or RuntimeError("a failure without an exception")
        task = asyncio.create_task(self._store_fault(work, error))
        self._faults.add(task)
        task.add_done_callback(self._faults.discard)

    async def _store_fault(self, work: Work, error: BaseException) -> None:
        """Records a fault as the failure of its work; where that cannot be done either, the work comes again."""
        outcome = None if isinstance(error, StorageError) else self.judge.faulted(work, datetime.now(UTC), error)
        try:
            if outcome and outcome.report:
                await asyncio.to_thread(self.session.store.crawl.record_visit, outcome.report)
            elif outcome and outcome.verdict:
                await asyncio.to_thread(self.session.store.crawl.record_verdicts, [outcome.verdict])
        except Exception:  # whatever it is, the work must not be lost
            log.exception("fault_not_stored", work=repr(work)[:500])
            outcome = None
        if outcome is None:
            self.frontier.give_back(work)
        else:
            self.frontier.done(work)

    def _not_modified(
        self, response: Response, work: Work, now: datetime, moved_to: str | None, trail: tuple[Capture, ...]
    ) -> Outcome:
        if isinstance(work, ArticleWork):
            ended = self.judge.ended(work.pending, now, Reason.UNCHANGED, "answered 304")
            return Outcome(work=work, verdict=replace(ended, capture=capture_of(response, now)), trail=trail)
        report = self.judge.unchanged(work, now, NOT_MODIFIED, 0, validators(response))
        words = PublisherWords(fresh_s=fresh_s(lambda name: header(response, name)))
        took_s = response.meta.get(TOOK_S)
        report = replace(report, validators_url=response.url, moved_to=moved_to, words=words, took_s=took_s)
        return Outcome(work=work, report=report)

    def _answer(
        self, response: Response, work: Work, now: datetime, moved_to: str | None, trail: tuple[Capture, ...] = ()
    ) -> SourceAnswer | PageAnswer:
        capture = capture_of(response, now)
        coding, kind = header(response, "Content-Encoding"), header(response, "Content-Type")
        if isinstance(work, ArticleWork):
            signals = in_headers(response.meta.get(SIGNALS, ()), "robots.txt")
            return PageAnswer(
                work=work,
                capture=capture,
                content_encoding=coding,
                content_type=kind,
                opt_outs=in_headers(capture.headers) + signals,
                trail=trail,
            )
        etag, last_modified = validators(response)
        return SourceAnswer(
            work=work,
            capture=capture,
            content_encoding=coding,
            content_type=kind,
            etag=etag,
            last_modified=last_modified,
            moved_to=moved_to,
            took_s=response.meta.get(TOOK_S),
        )

    async def _redirected(
        self, response: Response, work: Work, trail: tuple[Capture, ...], now: datetime, *, is_permanent: bool
    ) -> Request | Outcome | None:
        location = header(response, "Location")
        if len(trail) >= MAX_REDIRECTS or not location:
            return self.judge.bad_redirect(work, now, response.status, len(trail))
        # As browsers read it (never urllib's way), so that what is judged is what is fetched.
        target = absolute_url(location, base=response.url)
        try:
            canonical = canonical_url(target, outlet=work.outlet)
        except BadUrl as error:
            return self.judge.refused(work, now, UrlRefused(str(error)))
        wall = detour_of(canonical_url(response.url), canonical)
        if wall is not None and (isinstance(work, ArticleWork) or wall.reason is not Reason.GONE):
            return self.judge.blocked(work, now, wall, response.status)
        if isinstance(work, ArticleWork):
            verdict = await self._judge_target(work, canonical, now)
            if verdict is not None:
                return verdict
        if not await self.frontier.borrow(work, target):
            self.frontier.give_back(work)  # another worker is at that host: later
            return None
        is_permanent = is_permanent and response.status in PERMANENT_REDIRECTS
        trail = (*trail, capture_of(response, now))
        return self._request(work, target.partition("#")[0], trail, is_permanent=is_permanent)

    async def _judge_target(self, work: ArticleWork, target: str, now: datetime) -> Outcome | None:
        """The end of a candidate that redirects to where there is nothing to fetch for it."""
        detail = f"redirects to {target}"
        if not is_within(work.outlet, target):
            return Outcome(work=work, verdict=self.judge.ended(work.pending, now, Reason.OFF_SITE, detail))
        if urlsplit(target).path in {"", "/"}:  # with a query, or from the front page itself
            return Outcome(work=work, verdict=self.judge.ended(work.pending, now, Reason.NOT_AN_ARTICLE, detail))
        key = fingerprint(target)
        is_itself = work.pending.is_again or key == work.pending.candidate.key
        if not is_itself and await self._is_taken(work, key):
            return Outcome(work=work, verdict=self.judge.seen(work.pending, now, key, detail))
        return None

    async def _is_taken(self, work: ArticleWork, key: int) -> bool:
        """Whether the target of a redirect is stored, or on its way for another candidate or as one of its own."""
        if key in self.frontier.known or not self.frontier.targets.follow(work, key):
            return True
        known_keys = self.session.store.crawl.known_keys
        return bool(await asyncio.to_thread(known_keys, [key], work.pending.outlet_key))


def _known(source: Source) -> Validators:
    """What a source is asked about again with; a redirect's target sent it where the visit before ended there."""
    url = source.validators_url or source.url
    return Validators(url=url, etag=source.etag, last_modified=source.last_modified)


def _address(candidate: Candidate, outlet: Outlet) -> str:
    """What to ask the server for: the URL as found (an AMP page may have no other), unless it was cut as too long."""
    if len(candidate.found_url) >= MAX_URL_CHARS:
        return candidate.url
    return fetch_url(candidate.found_url, outlet=outlet)
