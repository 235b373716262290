"""The first pipeline: a response goes to a child process, and comes back as what it says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fingerprint, is_within
from crawler.fetch.clocks import host_of
from crawler.fetch.conditional import condition, validators
from crawler.fetch.credentials import FOR_OUTLET
from crawler.fetch.errors import RobotsDisallowed, Stopping, UrlRefused
from crawler.fetch.headers import header
from crawler.fetch.limits import MAX_PAGE_BYTES, PARSE_TIMEOUT_S, max_source_bytes
from crawler.fetch.transport import ANY_CERTIFICATE, believes_any_certificate
from crawler.fetch.wire import ACCEPT_ENCODING
from crawler.items import ArticleWork, Outcome, PageAnswer, SourceAnswer, VisitWork
from crawler.outlets.cadence.bounds import fresh_s
from crawler.pipelines.body import Body, Unreadable
from crawler.pipelines.judgement import Judge
from crawler.pipelines.knowledge import Knowledge
from crawler.pipelines.leaves import Leaves
from crawler.pipelines.obedience import forbidden_by, keeps_page
from crawler.pipelines.parts import Parts
from crawler.pipelines.past import Past
from crawler.pipelines.pool import ChildLost, PoolClosed, ProcessPool, TaskDied, TaskFailed, TaskTimedOut
from crawler.pipelines.whole import whole_article
from crawler.session import Session, session_of
from storage.errors import StorageError
from storage.records import (
    BodyRef,
    Capture,
    Discovery,
    Extraction,
    Outlet,
    Reason,
    SitemapRef,
    Source,
    SourceKind,
    Verdict,
    VisitReport,
)

log = structlog.get_logger(__name__)

#: What one visit of a sitemap index may cost.
MAX_CHILD_SITEMAPS = 50
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0
MAX_LISTED = 100_000  # candidates are held in memory until they are stored, in one transaction
#: Sitemaps are often written some time after their newest entry's date: look that far behind what is known.
_LATE_ENTRIES = timedelta(hours=6)
_NOT_MODIFIED = 304
_HTML_TYPES = ("html", "xml", "text/plain")

#: 4xx answers of a sitemap that may be another one soon.
_PASSING = frozenset({408, 421, 423, 425, 429})
_FINAL_FOR_A_SITEMAP = (RobotsDisallowed, UrlRefused, DownloadCancelledError)

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


@dataclass(frozen=True, slots=True)
class _Missed:
    """A sitemap of an index that could not be read, and whether that may be otherwise next time."""

    why: str
    may_pass: bool


_ENDS = {TaskDied: "died", TaskTimedOut: "timed-out", TaskFailed: "failed"}


class ReadPipeline:
    """Answers in, outcomes out. Bodies of articles are put into the archive before they are read."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self._crawler = crawler
        self._session = session
        self._pool = pool_of(crawler)
        self._past = Past(session.store.lines)
        self._judge = Judge(session.retry_delays_s, Random())  # noqa: S311 (it only spreads requests)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReadPipeline:
        """Shares the session and the pool of the crawl."""
        return cls(crawler, session_of(crawler))

    @property
    def _frontier(self) -> Any:
        spider: Any = self._crawler.spider  # the visit spider, which spiders may name and pipelines may not
        return spider.frontier

    async def open_spider(self) -> None:
        """Starts the children; sources are fetched while they come up."""
        self._starting = asyncio.create_task(self._pool.start())

    async def close_spider(self) -> None:
        """Ends the children."""
        self._starting.cancel()
        await asyncio.gather(self._starting, return_exceptions=True)
        await self._pool.close()

    async def process_item(self, item: SourceAnswer | PageAnswer | Outcome) -> Outcome:
        """Reads an answer; an outcome passes through."""
        if isinstance(item, PageAnswer):
            return Outcome(work=item.work, verdict=await self._read_page(item))
        if isinstance(item, SourceAnswer):
            report = await self._read_source(item)
            told = report and replace(
                report,
                validators_url=item.capture.final_url,
                moved_to=item.moved_to,
                words=replace(report.words, fresh_s=_fresh_s(item.capture)),
            )
            return Outcome(work=item.work, report=told)
        return item

    # --------------------------------------------------------------------------------- articles

    async def _read_page(self, answer: PageAnswer) -> Verdict | None:
        pending, capture = answer.work.pending, answer.capture
        if not _is_page(answer.content_type):
            detail = f"its type is {answer.content_type}"
            return self._judge.ended(pending, capture.fetched_at, Reason.NOT_AN_ARTICLE, detail)
        verdict = await (self._read_obediently(answer) if self._session.obeyed else self._read_kept(answer))
        if verdict is None or verdict.extraction is None or verdict.extraction.pagination is None:
            return verdict
        leaves = Leaves(self._crawler, answer, verdict.extraction, self._read_leaf)
        try:
            return await self._complete(answer, verdict, verdict.extraction, leaves)
        except (Stopping, PoolClosed):
            return None  # the worker is being stopped: it stays pending

    async def _read_kept(self, answer: PageAnswer) -> Verdict | None:
        ref = await self._keep(answer.capture)
        verdict = await self._extract(answer) if ref else None
        return verdict and replace(verdict, capture=answer.capture, body_ref=ref)

    async def _read_obediently(self, answer: PageAnswer) -> Verdict | None:
        """Reads a page before it is kept, as it may say itself that it must not be. A crash then costs a fetch."""
        verdict = await self._extract(answer)
        if verdict is None:
            return None
        if verdict.extraction is None:
            return verdict  # what its head asks nobody knows
        opt_outs = verdict.extraction.opt_outs
        forbidden = forbidden_by(opt_outs, self._session.obeyed)
        if forbidden is not None:
            detail = f"{forbidden.rule} says {forbidden.name}"
            return self._judge.ended(verdict.pending, verdict.at, Reason.OPTED_OUT, detail)
        if not keeps_page(opt_outs, self._session.obeyed):
            return verdict
        ref = await self._keep(answer.capture)
        return replace(verdict, capture=answer.capture, body_ref=ref) if ref else None

    async def _complete(self, answer: PageAnswer, verdict: Verdict, own: Extraction, leaves: Leaves) -> Verdict:
        """The verdict on one page made that on the whole article. Raises Stopping, PoolClosed and StorageError.

        A page 2 or later whose article is known ends as seen; else page 1 is read for it, and the article begins there.
        """
        pending, now, place = verdict.pending, verdict.at, own.pagination
        first, final_url = own, answer.capture.final_url
        if place is not None and place.number > 1:
            url = dict(place.others)[1]
            is_page_of = f"page {place.number} of {url}"
            key = _key_of(url, answer.work.outlet)
            if key is None:
                return verdict
            if not pending.is_again and await self._is_known(key, pending.outlet_key):
                return self._kept_with(verdict, self._judge.seen(pending, now, key, is_page_of))
            read = await leaves.read(url)
            if isinstance(read, str) or read.rejected:
                why = read if isinstance(read, str) else read.rejected
                return self._kept_with(verdict, self._judge.retried(pending, now, f"{is_page_of}, which: {why}"))
            first, final_url = read, leaves.places.get(url, url)
        whole, problem = await whole_article(first, leaves.read)
        if problem and pending.is_again:  # what is stored may be whole: a reading that is not must not replace it
            return self._kept_with(verdict, self._judge.retried(pending, now, problem))
        identity = _identity(answer.work, final_url, first)
        return replace(
            verdict, extraction=whole, article_url=identity[0], article_key=identity[1], further=tuple(leaves.kept),
            is_variant=identity[1] not in (pending.candidate.key, _key_of(final_url, answer.work.outlet)),
        )  # fmt: skip

    async def _is_known(self, key: int, outlet_key: str) -> bool:
        known_keys = self._session.store.crawl.known_keys
        return bool(await asyncio.to_thread(known_keys, [key], outlet_key))

    @staticmethod
    def _kept_with(read: Verdict, ended: Verdict) -> Verdict:
        """An end without an article, the page that was read kept."""
        return replace(ended, capture=read.capture, body_ref=read.body_ref)

    async def _read_leaf(self, answer: PageAnswer) -> tuple[BodyRef | None, Extraction | str]:
        """Keeps and reads a further page. Raises Stopping and PoolClosed."""
        if not _is_page(answer.content_type):
            return None, f"its type is {answer.content_type}"
        try:
            read = await self._read_in_child(answer)
        except (TaskDied, TaskTimedOut, TaskFailed) as error:
            return None, f"extraction: {error}"
        if isinstance(read, Unreadable):
            return None, read.detail
        forbidden = forbidden_by(read.opt_outs, self._session.obeyed)
        if forbidden is not None:
            return None, f"{forbidden.rule} says {forbidden.name}"
        if not keeps_page(read.opt_outs, self._session.obeyed):
            return None, read
        ref = await self._keep(answer.capture)
        if ref is None:
            raise Stopping("the worker is being stopped")
        return ref, read

    async def _keep(self, capture: Capture) -> BodyRef | None:
        """Puts a body into the archive, however long its disk is full; None when the worker is stopped meanwhile."""
        wait = _FIRST_WAIT_S
        while not self._session.clocks.is_stopping:
            try:
                # Some 30 KB into the page cache: cheaper than the hop to a thread. The commit waits for the disk.
                return self._session.store.bodies.put(capture.digest, capture.body)
            except OSError as error:
                log.warning("archive_cannot_be_written", error=str(error), tries_again_in_s=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
        return None

    async def _extract(self, answer: PageAnswer) -> Verdict | None:
        pending, capture = answer.work.pending, answer.capture
        now = capture.fetched_at
        try:
            read = await self._read_in_child(answer)
        except (TaskDied, TaskTimedOut, TaskFailed) as error:
            ended = self._judge.ended(pending, now, Reason.UNREADABLE, f"extraction: {error}")
            return replace(ended, deaths=_deaths(error))
        except PoolClosed:
            return None  # the worker is being stopped: it stays pending
        if isinstance(read, Unreadable):
            if read.is_too_large:
                return self._judge.ended(pending, now, Reason.TOO_LARGE, read.detail)
            return self._judge.retried(pending, now, read.detail)
        if read.rejected:
            return self._judge.ended(pending, now, read.rejected_as or Reason.NOT_AN_ARTICLE, read.rejected)
        url, key = _identity(answer.work, capture.final_url, read)
        is_variant = key not in (pending.candidate.key, _key_of(capture.final_url, answer.work.outlet))
        return Verdict(
            pending=pending, at=now, extraction=read, article_url=url, article_key=key, is_variant=is_variant
        )

    async def _read_in_child(self, answer: PageAnswer) -> Extraction | Unreadable:
        """Raises what the pool raises."""
        outlet, now = answer.work.outlet, answer.capture.fetched_at
        known = Knowledge(
            hints=answer.work.pending.candidate.hints,
            outlet=outlet,
            now=now,
            repeated=await self._past.of(outlet.key, now),
            opt_outs=answer.opt_outs,
        )
        body = _body(answer, MAX_PAGE_BYTES)
        read: Extraction | Unreadable = await self._in_child(
            "read_page", body, answer.capture.final_url, known, owner=outlet.key
        )
        return read

    # ---------------------------------------------------------------------------------- sources

    async def _read_source(self, answer: SourceAnswer) -> VisitReport | None:
        work, capture = answer.work, answer.capture
        now, size = capture.fetched_at, len(capture.body)
        if capture.digest == work.source.body_digest:
            return self._judge.unchanged(work, now, capture.status, size, (answer.etag, answer.last_modified))
        since = self._since(work, now)
        try:
            found: Discovery | Unreadable
            if capture.status == _NOT_MODIFIED:  # an index: the sitemaps that it names are asked all the same
                found = Discovery(sitemaps=tuple(SitemapRef(url=part.url) for part in work.source.parts))
            else:
                body = _body(answer, max_source_bytes(work.source.kind))
                found = await self._discover(work, body, capture.final_url, since, await self._marks(work))
            if isinstance(found, Unreadable):
                reason = "too-large" if found.is_too_large else "cut-off"
                return self._judge.visit_failed(work, now, reason, found.detail, status=capture.status, size=size)
            parts = Parts(work.source.parts)
            if found.sitemaps:
                found = await self._follow_index(work, found, since, parts)
        except (TaskDied, TaskTimedOut, TaskFailed) as error:
            detail = f"reading it failed: {error}"
            failed = self._judge.visit_failed(work, now, "unreadable", detail, status=capture.status, size=size)
            return replace(failed, deaths=_deaths(error))
        except (PoolClosed, Stopping):
            return None
        report = self._judge.read(work, now, capture.status, size, found)
        report = replace(report, finished_at=datetime.now(UTC))
        report = replace(report, etag=answer.etag, last_modified=answer.last_modified)
        if not found.sitemaps:
            return replace(report, body_digest=capture.digest)
        # The same bytes of an index say nothing of what it names, so they are read each time.
        named = parts.of(found.sitemaps[:MAX_CHILD_SITEMAPS])
        report = replace(report, parts=named, part_deaths=tuple(parts.deaths))
        return _with_former_validators(report, work.source) if capture.status == _NOT_MODIFIED else report

    def _since(self, work: VisitWork, now: datetime) -> datetime | None:
        if work.source.kind is not SourceKind.SITEMAP:
            return None
        if work.source.newest_lastmod is not None:
            return min(work.source.newest_lastmod, now) - _LATE_ENTRIES
        return now - timedelta(days=self._session.first_look_days)

    async def _in_child(self, name: str, *args: Any, owner: str) -> Any:
        """Runs a function in the pool and counts how it ended. Raises what the pool raises."""
        stats = self._crawler.stats
        try:
            answer = await self._pool.run(name, *args, owner=owner)
        except (TaskDied, TaskTimedOut, TaskFailed) as error:
            stats.inc_value(f"presswatch/pool/{_ENDS[type(error)]}")
            raise
        stats.inc_value("presswatch/pool/answered")
        stats.set_value("presswatch/process/pool_load", self._pool.load)
        return answer

    async def _discover(
        self, work: VisitWork, body: Body, url: str, since: datetime | None, marks: bytes | None = None
    ) -> Discovery | Unreadable:
        found: Discovery | Unreadable = await self._in_child(
            "read_source", work.source.kind, body, url, work.outlet, since, marks, owner=work.outlet.key
        )
        return found

    async def _marks(self, work: VisitWork) -> bytes | None:
        """What the last visit of a feed has read; without it, all is read again."""
        if work.source.kind is not SourceKind.FEED:
            return None
        try:
            return await asyncio.to_thread(self._session.store.crawl.marks_of, work.source.id)
        except StorageError as error:
            log.warning("store_unavailable", error=str(error))
            return None

    async def _follow_index(self, work: VisitWork, index: Discovery, since: datetime | None, parts: Parts) -> Discovery:
        """Reads the sitemaps of an index, one level deep, newest first. What fails is told in `truncated`."""
        candidates, problems, newest, is_whole = list(index.candidates), [], index.newest, True
        asked = index.sitemaps[:MAX_CHILD_SITEMAPS]
        held = await self._held(work.outlet, asked)
        for ref in asked:
            if ref.url in held:
                problems.append(f"{ref.url} is in quarantine")
                continue
            if len(candidates) >= MAX_LISTED:
                problems.append(f"{ref.url} and what follows was left for the next visit: {len(candidates)} entries")
                is_whole = False
                break
            child = await self._child_sitemap(work, ref, since, parts)
            if isinstance(child, _Missed):
                problems.append(f"{ref.url}: {child.why}")
                is_whole = is_whole and not child.may_pass
                continue
            candidates.extend(child.candidates)
            newest = max(filter(None, (newest, child.newest)), default=None)
        if len(index.sitemaps) > MAX_CHILD_SITEMAPS:
            problems.append(f"{len(index.sitemaps) - MAX_CHILD_SITEMAPS} older sitemaps were left out")
        unique = {candidate.key: candidate for candidate in candidates}
        # Where one sitemap may be there next time, that visit must look as far back again.
        newest = newest if is_whole else work.source.newest_lastmod
        return replace(
            index, candidates=tuple(unique.values()), newest=newest, truncated="; ".join(problems) or index.truncated
        )

    async def _held(self, outlet: Outlet, refs: Sequence[SitemapRef]) -> set[str]:
        """Sitemaps of an index that are not read any more, since child processes died of them. Raises StorageError."""
        held_of = self._session.store.quarantine.held_of
        return await asyncio.to_thread(held_of, outlet.key, [ref.url for ref in refs])

    async def _reach(self, work: VisitWork, url: str) -> _Missed | None:
        """Makes a child sitemap's host ours to ask, or tells why it is not."""
        if not is_within(work.outlet, url):
            return _Missed("not at this outlet", may_pass=False)
        if not await self._frontier.borrow(work, url):
            return _Missed("another worker is at that host", may_pass=True)
        if work.outlet.delay_s is not None:
            self._session.clocks.ask_delay(host_of(url), "outlet", work.outlet.delay_s)
        return None

    async def _child_sitemap(
        self, work: VisitWork, ref: SitemapRef, since: datetime | None, parts: Parts
    ) -> Discovery | _Missed:
        missed = await self._reach(work, ref.url)
        if missed is not None:
            return missed
        cap = max_source_bytes(SourceKind.SITEMAP)
        request = Request(
            ref.url,
            headers={**condition(ref.url, parts.known(ref.url)), "Accept-Encoding": ACCEPT_ENCODING},
            meta={
                "handle_httpstatus_all": True,
                "download_maxsize": cap,
                "verbatim_url": True,
                ANY_CERTIFICATE: believes_any_certificate(work.outlet, ref.url),
                FOR_OUTLET: work.outlet,
            },
            dont_filter=True,
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except Stopping:
            raise
        except Exception as error:  # noqa: BLE001 (whatever keeps one sitemap from being fetched costs only it)
            return _Missed(str(error) or type(error).__name__, may_pass=not isinstance(error, _FINAL_FOR_A_SITEMAP))
        if response.status == _NOT_MODIFIED and parts.known(ref.url):
            parts.note(ref.url, *validators(response))
            return Discovery()
        found = await self._read_child(work, ref, since, response, parts)
        if not isinstance(found, _Missed):
            parts.replace(ref.url, *validators(response))
        return found

    async def _read_child(
        self, work: VisitWork, ref: SitemapRef, since: datetime | None, response: Response, parts: Parts
    ) -> Discovery | _Missed:
        if response.status != 200:  # noqa: PLR2004
            is_final = response.status < 500 and response.status not in _PASSING  # noqa: PLR2004
            return _Missed(f"answered {response.status}", may_pass=not is_final)
        try:
            found = await self._discover(work, _body_of(response, max_source_bytes(SourceKind.SITEMAP)), ref.url, since)
        except (TaskDied, TaskTimedOut, TaskFailed) as error:
            missed = _Missed(f"reading it failed: {error}", may_pass=False)
            parts.died(ref.url, _deaths(error), missed.why)
            return missed
        if isinstance(found, Unreadable):
            return _Missed(found.detail, may_pass=not found.is_too_large)
        return found if not found.problem else _Missed(found.problem, may_pass=False)


def _with_former_validators(report: VisitReport, source: Source) -> VisitReport:
    """A 304 may bring new validators, and never takes one away."""
    return replace(report, etag=report.etag or source.etag, last_modified=report.last_modified or source.last_modified)


def _is_page(content_type: str | None) -> bool:
    kind = (content_type or "html").lower()
    return any(word in kind for word in _HTML_TYPES)


def _deaths(error: Exception) -> int:
    """How many child processes a failure of reading cost."""
    return error.deaths if isinstance(error, ChildLost) else 0


def _body(answer: SourceAnswer | PageAnswer, max_bytes: int) -> Body:
    return Body(
        raw=answer.capture.body,
        content_encoding=answer.content_encoding,
        content_type=answer.content_type,
        max_bytes=max_bytes,
    )


def _body_of(response: Response, max_bytes: int) -> Body:
    return Body(
        raw=response.body,
        content_encoding=header(response, "Content-Encoding"),
        content_type=header(response, "Content-Type"),
        max_bytes=max_bytes,
    )


def _fresh_s(capture: Capture) -> int | None:
    headers = {name.lower(): value for name, value in reversed(capture.headers)}
    return fresh_s(lambda name: headers.get(name.lower()))


def _identity(work: ArticleWork, final_url: str, read: Extraction) -> tuple[str, int]:
    """The article's canonical URL and its fingerprint.

    What the page says, while it stays within the outlet and is no front page; else where it was found.
    """
    for url in (read.canonical_url, final_url):
        try:
            canonical = canonical_url(url or "", outlet=work.outlet)
        except BadUrl:
            continue
        if is_within(work.outlet, canonical) and urlsplit(canonical).path not in {"", "/"}:
            return canonical, fingerprint(canonical)
    return work.pending.candidate.url, work.pending.candidate.key


def _key_of(url: str, outlet: Outlet) -> int | None:
    try:
        return fingerprint(canonical_url(url, outlet=outlet))
    except BadUrl:
        return None
