"""Fetches and reads the pages that list an outlet's past, for a backfill. Stores nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.discovery.autodiscovery import sitemaps_in_robots
from crawler.discovery.errors import BadUrl
from crawler.discovery.past import Past
from crawler.discovery.periods import Window, archive_patterns
from crawler.discovery.urls import fetch_url, is_within, origin, registrable_domain
from crawler.fetch.accept import accept
from crawler.fetch.asking import request_for
from crawler.fetch.clocks import host_of
from crawler.fetch.errors import HostResting, RobotsUnavailable, Stopping
from crawler.fetch.headers import header
from crawler.fetch.limits import MAX_REDIRECTS, max_source_bytes
from crawler.fetch.statuses import OK, REDIRECTS, is_final, may_pass
from crawler.pipelines.body import Unreadable
from crawler.pipelines.children import LOST_TASK, Children
from crawler.pipelines.outgoing import body_of_response
from crawler.pipelines.tasks import PoolClosed
from crawler.session import Session
from storage.backfills import Backfill, PageKind, PageRead, PageToRead
from storage.errors import StorageError
from storage.records import ArticleQuery, Discovery, Outlet, SourceKind

_MOST_PAGES = 10_000
#: Where sitemaps stand by convention, for outlets whose robots.txt names none.
_USUAL = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
_LEARNED_FROM = 200  # newest articles
_TRIES = 4
_KINDS = {
    PageKind.FRONT: SourceKind.LISTING,
    PageKind.SITEMAP: SourceKind.SITEMAP,
    PageKind.ARCHIVE: SourceKind.LISTING,
}


class _Unread(Exception):
    """A page that could not be read: why, and from when on it may be tried again, if ever."""

    def __init__(self, why: str, *, may_pass: bool = False, until: datetime | None = None) -> None:
        super().__init__(why)
        self.may_pass = may_pass
        self.until = until


class PastReader:
    """Reads for one crawl, in its pool of child processes."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self._crawler = crawler
        self._session = session
        self._children = Children(crawler)

    async def read(self, backfill: Backfill, outlet: Outlet, page: PageToRead) -> PageRead | None:
        """What came of a page, None where the crawl ends before it is read. Raises Stopping and StorageError."""
        past = past_of(backfill, outlet)
        try:
            read = await self._read_well(backfill, past, page)
        except _Unread as unread:
            read = self._unread(page, unread)
        except PoolClosed:
            return None
        if page.kind is PageKind.FRONT and read.retry_at is None:
            read = await self._with_places(read, past, outlet)
        return read

    def _unread(self, page: PageToRead, unread: _Unread) -> PageRead:
        now = datetime.now(UTC)
        delays = self._session.retry_delays_s
        retry_at = unread.until
        if retry_at is None and unread.may_pass and page.tries < min(_TRIES, len(delays)):
            retry_at = now + timedelta(seconds=delays[page.tries])
        return PageRead(page=page, at=now, problem=str(unread), retry_at=retry_at)

    # ------------------------------------------------------------------------------------- reading

    async def _read_well(self, backfill: Backfill, past: Past, page: PageToRead) -> PageRead:
        """Raises _Unread, PoolClosed, Stopping."""
        response = await self._fetch(past.outlet, page)
        body = body_of_response(response, max_source_bytes(_KINDS[page.kind]))
        since = past.window.since if page.kind is PageKind.SITEMAP else None
        outlet = past.outlet
        found = await self._in_child(outlet, "read_source", _KINDS[page.kind], body, response.url, outlet, since)
        if isinstance(found, Unreadable):
            raise _Unread(found.detail, may_pass=not found.is_too_large)
        if found.problem and not found.candidates and not found.sitemaps:
            raise _Unread(found.problem)
        links: tuple[str, ...] = ()
        if page.kind is not PageKind.SITEMAP:
            links = await self._in_child(outlet, "read_links", body, response.url, outlet)
        return await self._told(backfill, past, page, found, links)

    async def _in_child(self, outlet: Outlet, name: str, *args: Any) -> Any:
        """Calls a function of `crawler.pipelines.child` on the outlet's behalf. Raises _Unread and PoolClosed."""
        try:
            return await self._children.run(name, *args, owner=outlet.key)
        except LOST_TASK as error:
            raise _Unread(f"reading it failed: {error}") from error

    async def _told(
        self, backfill: Backfill, past: Past, page: PageToRead, found: Discovery, links: tuple[str, ...]
    ) -> PageRead:
        now = datetime.now(UTC)
        if page.kind is PageKind.FRONT:
            patterns = dict.fromkeys(archive_patterns(links, of_lists=True))
            patterns |= dict.fromkeys(archive_patterns([*await self._stored_urls(backfill), *links]))
            return PageRead(page=page, at=now, patterns=tuple(patterns))
        if page.kind is PageKind.SITEMAP:
            finds, undated, pages = past.of_sitemap(page, found)
        else:
            finds, undated, pages = past.of_archive(page, found, links, backfill.patterns)
        counted = await asyncio.to_thread(self._session.store.backfills.page_counts, backfill.id)
        return PageRead(
            page=page,
            at=now,
            listed=max(len(found.candidates), int(found.newest is not None and not found.sitemaps)),
            undated=undated,
            finds=finds,
            pages=pages[: max(0, _MOST_PAGES - sum(counted))],
            problem=found.truncated,
        )

    async def _stored_urls(self, backfill: Backfill) -> list[str]:
        query = ArticleQuery(outlet_key=backfill.outlet_key, limit=_LEARNED_FROM)
        return [article.url for article in await asyncio.to_thread(self._session.store.library.articles, query)]

    async def _with_places(self, read: PageRead, past: Past, outlet: Outlet) -> PageRead:
        """Adds where sitemaps are: in robots.txt, which was read for the home page, and in the outlet's own sources."""
        site = origin(outlet.home_url)
        copy = await asyncio.to_thread(self._session.store.hosts.robots, site)
        places = [source.url for source in sitemaps_in_robots(copy.text, f"{site}/robots.txt")] if copy else []
        places = [
            url for url in places if is_within(outlet, url) or registrable_domain(url) == registrable_domain(site)
        ]
        places += [source.url for source in outlet.sources if source.kind is SourceKind.SITEMAP]
        pages = past.first_pages(places or [site + path for path in _USUAL], PageKind.SITEMAP)
        return PageRead(page=read.page, at=read.at, pages=pages, patterns=read.patterns, problem=read.problem)

    # ------------------------------------------------------------------------------------ fetching

    async def _fetch(self, outlet: Outlet, page: PageToRead) -> Response:
        """The answer, after redirects within the page's domain. Raises _Unread and Stopping."""
        url = page.url
        for _ in range(MAX_REDIRECTS):
            response = await self._download(outlet, url, _KINDS[page.kind])
            location = header(response, "Location")
            if response.status not in REDIRECTS or not location:
                break
            try:
                url = fetch_url(location, base=response.url)
            except BadUrl as error:
                raise _Unread(f"redirects to what is no address: {error}") from error
            if registrable_domain(url) != registrable_domain(page.url):
                raise _Unread(f"redirects to {url}, at another domain")
        if response.status != OK:
            raise _Unread(f"answered {response.status}", may_pass=may_pass(response.status))
        return response

    async def _download(self, outlet: Outlet, url: str, kind: SourceKind) -> Response:
        if outlet.delay_s is not None:
            self._session.clocks.ask_delay(host_of(url), "outlet", outlet.delay_s)
        engine = self._crawler.engine
        if engine is None:
            raise Stopping("the crawl has ended")
        request = request_for(outlet, url, accepted=accept(kind), max_bytes=max_source_bytes(kind))
        try:
            return await engine.download_async(request)
        except (Stopping, StorageError):
            raise
        except (HostResting, RobotsUnavailable) as error:
            raise _Unread(str(error), until=error.until) from error
        except Exception as error:  # whatever keeps one page from being fetched costs only it
            raise _Unread(str(error) or type(error).__name__, may_pass=not is_final(error)) from error


def past_of(backfill: Backfill, outlet: Outlet) -> Past:
    """What a backfill looks for, its days those of the outlet's own time zone."""
    zone = ZoneInfo(outlet.timezone) if outlet.timezone else UTC
    window = Window(since=backfill.since, until=backfill.until, zone=zone)
    return Past(window=window, outlet=outlet, is_oldest_first=backfill.is_oldest_first)
