"""A sitemap index: the sitemaps that it names are fetched and read with it, one level deep."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.discovery.urls import is_within
from crawler.fetch.accept import accept
from crawler.fetch.asking import request_for
from crawler.fetch.capture import capture_of
from crawler.fetch.clocks import host_of
from crawler.fetch.conditional import validators
from crawler.fetch.errors import Stopping
from crawler.fetch.limits import max_source_bytes
from crawler.fetch.statuses import NOT_MODIFIED, OK, is_final, may_pass
from crawler.items import VisitWork
from crawler.pipelines.body import Unreadable
from crawler.pipelines.children import LOST_TASK, Children, deaths_of
from crawler.pipelines.keeping import Keeper
from crawler.pipelines.outgoing import body_of_response
from crawler.pipelines.parts import Parts
from crawler.session import Session
from storage.records import Discovery, Outlet, SitemapRef, SourceKind

#: What one visit of a sitemap index may cost.
MAX_CHILD_SITEMAPS = 50
MAX_LISTED = 100_000  # candidates are held in memory until they are stored, in one transaction


@dataclass(frozen=True, slots=True)
class _Missed:
    """A sitemap of an index that could not be read, and whether that may be otherwise next time."""

    why: str
    may_pass: bool


class IndexReader:
    """Follows the sitemap indexes of one crawl."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self._crawler = crawler
        self._session = session
        self._children = Children(crawler)
        self._keeper = Keeper(session)

    @property
    def _frontier(self) -> Any:
        spider: Any = self._crawler.spider  # the visit spider, which spiders may name and pipelines may not
        return spider.frontier

    async def follow(self, work: VisitWork, index: Discovery, since: datetime | None, parts: Parts) -> Discovery:
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
        kind = SourceKind.SITEMAP
        request = request_for(
            work.outlet, ref.url, accepted=accept(kind), max_bytes=max_source_bytes(kind), known=parts.known(ref.url)
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except Stopping:
            raise
        except Exception as error:  # noqa: BLE001 (whatever keeps one sitemap from being fetched costs only it)
            return _Missed(str(error) or type(error).__name__, may_pass=not is_final(error))
        if response.status == NOT_MODIFIED and parts.known(ref.url):
            parts.note(ref.url, *validators(response))
            return Discovery()
        found = await self._read_child(work, ref, since, response, parts)
        if not isinstance(found, _Missed):
            parts.replace(ref.url, *validators(response))
        return found

    async def _read_child(
        self, work: VisitWork, ref: SitemapRef, since: datetime | None, response: Response, parts: Parts
    ) -> Discovery | _Missed:
        if response.status != OK:
            return _Missed(f"answered {response.status}", may_pass=may_pass(response.status))
        await self._keeper.source(work, capture_of(response, datetime.now(UTC)))
        body = body_of_response(response, max_source_bytes(SourceKind.SITEMAP))
        try:
            found: Discovery | Unreadable = await self._children.run(
                "read_source", SourceKind.SITEMAP, body, ref.url, work.outlet, since, None, owner=work.outlet.key
            )
        except LOST_TASK as error:
            missed = _Missed(f"reading it failed: {error}", may_pass=False)
            parts.died(ref.url, deaths_of(error), missed.why)
            return missed
        if isinstance(found, Unreadable):
            return _Missed(found.detail, may_pass=not found.is_too_large)
        return found if not found.problem else _Missed(found.problem, may_pass=False)
