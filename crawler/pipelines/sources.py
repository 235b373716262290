"""A source's answer becomes the report of a visit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from scrapy.crawler import Crawler

from crawler.discovery.hubs import hub_in_headers
from crawler.fetch.errors import Stopping
from crawler.fetch.limits import MAX_PUSH_BYTES, max_source_bytes
from crawler.items import SourceAnswer, VisitWork
from crawler.outlets.cadence.bounds import fresh_s
from crawler.pipelines.body import Unreadable
from crawler.pipelines.children import LOST_TASK, Children, deaths_of
from crawler.pipelines.judgement import Judge
from crawler.pipelines.keeping import Keeper
from crawler.pipelines.outgoing import body_of_answer
from crawler.pipelines.parts import Parts
from crawler.pipelines.sitemap_index import MAX_CHILD_SITEMAPS, IndexReader
from crawler.pipelines.tasks import PoolClosed
from crawler.session import Session
from storage.errors import StorageError
from storage.records import Capture, Discovery, SitemapRef, Source, SourceKind, VisitReport

log = structlog.get_logger(__name__)

#: Sitemaps are often written some time after their newest entry's date: look that far behind what is known.
_LATE_ENTRIES = timedelta(hours=6)
_NOT_MODIFIED = 304


class SourceReader:
    """Reads the sources of one crawl."""

    def __init__(self, crawler: Crawler, session: Session, judge: Judge) -> None:
        self._session = session
        self._children = Children(crawler)
        self._index = IndexReader(crawler, session)
        self._judge = judge
        self._keeper = Keeper(session)

    async def read(self, answer: SourceAnswer) -> VisitReport | None:
        """The report of a visit; None while the worker is being stopped: it comes again."""
        kept = await self._keeper.source(answer.work, answer.capture)
        report = await (self._report(answer) if answer.work.push_id is None else self._pushed(answer))
        report = report and replace(report, answers=kept)
        if answer.work.push_id is not None:
            return report
        named = hub_in_headers(answer.capture.headers, answer.capture.final_url)
        return report and replace(
            report,
            hub=named or report.hub,
            validators_url=answer.capture.final_url,
            moved_to=answer.moved_to,
            took_s=answer.took_s,
            words=replace(report.words, fresh_s=_fresh_s(answer.capture)),
        )

    async def _report(self, answer: SourceAnswer) -> VisitReport | None:
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
                found = await self._children.run(
                    "read_source",
                    work.source.kind,
                    body_of_answer(answer, max_source_bytes(work.source.kind)),
                    capture.final_url,
                    work.outlet,
                    since,
                    await self._marks(work),
                    owner=work.outlet.key,
                )
            if isinstance(found, Unreadable):
                reason = "too-large" if found.is_too_large else "cut-off"
                return self._judge.visit_failed(work, now, reason, found.detail, status=capture.status, size=size)
            parts = Parts(work.source.parts)
            if found.sitemaps:
                found = await self._index.follow(work, found, since, parts)
        except LOST_TASK as error:
            detail = f"reading it failed: {error}"
            failed = self._judge.visit_failed(work, now, "unreadable", detail, status=capture.status, size=size)
            return replace(failed, deaths=deaths_of(error))
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

    async def _pushed(self, answer: SourceAnswer) -> VisitReport | None:
        """What a hub pushed, read as the source's own body is, in full: it is a part of it only. None as in `read`."""
        work, capture = answer.work, answer.capture
        now, size = capture.fetched_at, len(capture.body)
        kind = work.source.kind
        body = body_of_answer(answer, MAX_PUSH_BYTES)
        try:
            found: Discovery | Unreadable = await self._children.run(
                "read_source", kind, body, capture.final_url, work.outlet, None, None, owner=work.outlet.key
            )
        except LOST_TASK as error:
            return self._judge.visit_failed(work, now, "unreadable", f"reading it failed: {error}", size=size)
        except (PoolClosed, Stopping):
            return None
        if isinstance(found, Unreadable):
            reason = "too-large" if found.is_too_large else "cut-off"
            return self._judge.visit_failed(work, now, reason, found.detail, size=size)
        return replace(self._judge.pushed(work, now, size, found), finished_at=datetime.now(UTC))

    def _since(self, work: VisitWork, now: datetime) -> datetime | None:
        if work.source.kind is not SourceKind.SITEMAP:
            return None
        if work.source.newest_lastmod is not None:
            return min(work.source.newest_lastmod, now) - _LATE_ENTRIES
        return now - timedelta(days=self._session.first_look_days)

    async def _marks(self, work: VisitWork) -> bytes | None:
        """What the last visit of a feed has read; without it, all is read again."""
        if work.source.kind is not SourceKind.FEED:
            return None
        try:
            return await asyncio.to_thread(self._session.store.crawl.marks_of, work.source.id)
        except StorageError as error:
            log.warning("store_unavailable", error=str(error))
            return None


def _with_former_validators(report: VisitReport, source: Source) -> VisitReport:
    """A 304 may bring new validators, and never takes one away."""
    return replace(report, etag=report.etag or source.etag, last_modified=report.last_modified or source.last_modified)


def _fresh_s(capture: Capture) -> int | None:
    headers = {name.lower(): value for name, value in reversed(capture.headers)}
    return fresh_s(lambda name: headers.get(name.lower()))
