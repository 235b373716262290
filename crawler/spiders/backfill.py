"""Backfills: finds an outlet's past in sitemaps and archives by date, and feeds it to the frontier.

Runs inside the visit spider's process, under the same leases, clocks, robots rules and caps. News of the same
domain always go first. All that it knows is stored: after a crash it goes on with the page it was at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

from crawler.discovery.autodiscovery import sitemaps_in_robots
from crawler.discovery.errors import BadUrl
from crawler.discovery.past import Past
from crawler.discovery.periods import Window, archive_patterns
from crawler.discovery.urls import fetch_url, is_within, origin, registrable_domain
from crawler.fetch.accept import accept
from crawler.fetch.clocks import host_of
from crawler.fetch.errors import HostResting, RobotsDisallowed, RobotsUnavailable, Stopping, UrlRefused
from crawler.fetch.headers import header
from crawler.fetch.limits import MAX_REDIRECTS, max_source_bytes
from crawler.fetch.transport import ANY_CERTIFICATE, believes_any_certificate
from crawler.fetch.wire import ACCEPT_ENCODING
from crawler.pipelines.body import Body, Unreadable
from crawler.pipelines.children import pool_of
from crawler.pipelines.pool import PoolClosed, TaskDied, TaskFailed, TaskTimedOut
from crawler.session import Session
from crawler.spiders.frontier import Frontier
from storage.backfills import Backfill, BackfillStage, BackfillState, PageKind, PageRead, PageToRead
from storage.errors import StorageError
from storage.records import ArticleQuery, Discovery, Outlet, SourceKind

log = structlog.get_logger(__name__)

#: Candidates of one backfill at a time: enough to be busy, few enough to keep the order asked for.
FED = 20
#: With so many addresses waiting, no further lists are read.
_ENOUGH_FOUND = 2_000
_AT_ONCE = 20  # backfills; each is of another outlet
_MOST_PAGES = 10_000
_LOOK_EVERY_S, _POLL_S, _IDLE_S = 2.0, 0.25, 1.0
#: Where sitemaps stand by convention, for outlets whose robots.txt names none.
_USUAL = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
_LEARNED_FROM = 200  # newest articles
_TRIES = 4
_KINDS = {
    PageKind.FRONT: SourceKind.LISTING,
    PageKind.SITEMAP: SourceKind.SITEMAP,
    PageKind.ARCHIVE: SourceKind.LISTING,
}
_PASSING = frozenset({408, 421, 423, 425, 429})
_FINAL = (RobotsDisallowed, UrlRefused, DownloadCancelledError)


class _Unread(Exception):
    """A page that could not be read: why, and from when on it may be tried again, if ever."""

    def __init__(self, why: str, *, may_pass: bool = False, until: datetime | None = None) -> None:
        super().__init__(why)
        self.may_pass = may_pass
        self.until = until


class Backfiller:
    """Works on all running backfills, or those of `outlets`."""

    def __init__(
        self, crawler: Crawler, session: Session, frontier: Frontier, outlets: Collection[str] | None = None
    ) -> None:
        self._crawler = crawler
        self._session = session
        self._frontier = frontier
        self._outlets = outlets
        self._book = session.store.backfills
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_idle = False

    @property
    def is_at_work(self) -> bool:
        """Whether there are, or may be, backfills to work on."""
        return not self._is_idle

    def begin(self) -> None:
        """Starts to look for backfills."""
        self._looking = asyncio.create_task(self._look())

    async def end(self) -> None:
        """Leaves all as it is stored."""
        tasks = [task for task in (self._looking, *self._tasks.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            try:
                if self._outlets is None:  # the service: gaps are its affair
                    await asyncio.to_thread(self._session.store.gaps.begin_refills, datetime.now(UTC))
                running = await asyncio.to_thread(self._book.running, self._outlets, _AT_ONCE)
                self._tasks = {number: task for number, task in self._tasks.items() if not task.done()}
                for backfill in running:
                    if backfill.id not in self._tasks:
                        self._tasks[backfill.id] = asyncio.create_task(self._work(backfill.id))
                self._is_idle = not running
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
            except Exception:  # a worker that looks for no backfill any more would look healthy
                log.exception("looking_for_backfills_failed")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _work(self, backfill_id: int) -> None:
        """One backfill to its end, or until it is stopped, paused with its outlet, or the worker ends."""
        while not self._session.clocks.is_stopping:
            try:
                backfill = await asyncio.to_thread(self._book.backfill, backfill_id)
                if backfill.state is not BackfillState.RUNNING or not await self._step(backfill):
                    return
            except Stopping:
                return
            except StorageError as error:
                log.warning("store_unavailable", error=str(error))
                await asyncio.sleep(_LOOK_EVERY_S)
            except Exception:  # it is looked for again
                log.exception("backfill_failed", backfill=backfill_id)
                await asyncio.sleep(10 * _LOOK_EVERY_S)
                return

    async def _step(self, backfill: Backfill) -> bool:
        """The next thing to be done for it; False when it ended, or is to be looked up anew."""
        now = datetime.now(UTC)
        finds, pending = await asyncio.to_thread(self._book.waiting, backfill.id)
        if finds and pending < FED // 2 and not backfill.is_dry:
            await asyncio.to_thread(self._book.feed, backfill, now, FED)
            self._frontier.look()
        page = None
        if finds < _ENOUGH_FOUND or backfill.is_dry:
            page = await asyncio.to_thread(self._book.next_page, backfill.id, now)
        if page is not None:
            return await self._read_in_turn(backfill, page)
        if finds < _ENOUGH_FOUND and await self._pages_left(backfill) == 0:
            return await self._advance(backfill, finds, pending)
        await asyncio.sleep(_IDLE_S)
        return True

    async def _pages_left(self, backfill: Backfill) -> int:
        if backfill.stage is BackfillStage.ARTICLES:
            return 0
        progress = await asyncio.to_thread(self._book.progress, backfill.id, datetime.now(UTC))
        return progress.pages_left

    # -------------------------------------------------------------------------------------- stages

    async def _advance(self, backfill: Backfill, finds: int, pending: int) -> bool:
        if backfill.stage is BackfillStage.ARTICLES:
            if (finds and not backfill.is_dry) or pending:
                await asyncio.sleep(_IDLE_S)
                return True
            await self._end(backfill)
            return False
        past = _past(backfill, await self._outlet(backfill))
        progress = await asyncio.to_thread(self._book.progress, backfill.id, datetime.now(UTC))
        if backfill.stage is BackfillStage.FRONT and not progress.pages_read:
            front = past.first_pages([past.outlet.home_url], PageKind.FRONT)
            await asyncio.to_thread(self._book.advance, backfill, BackfillStage.FRONT, front)
        elif backfill.stage is BackfillStage.FRONT:
            await asyncio.to_thread(self._book.advance, backfill, BackfillStage.SITEMAPS, ())
        elif backfill.stage is BackfillStage.SITEMAPS and not progress.found and backfill.patterns:
            pages = past.archives(backfill.patterns)
            await asyncio.to_thread(self._book.advance, backfill, BackfillStage.ARCHIVES, pages)
        else:
            await asyncio.to_thread(self._book.advance, backfill, BackfillStage.ARTICLES, ())
        return True

    async def _end(self, backfill: Backfill) -> None:
        now = datetime.now(UTC)
        progress = await asyncio.to_thread(self._book.progress, backfill.id, now)
        if progress.found:
            state, detail = BackfillState.DONE, None
        elif progress.listed:
            undated = f"; nothing tells when {progress.undated} of them are from" if progress.undated else ""
            state, detail = BackfillState.DONE, f"of {progress.listed} addresses listed none is of that time{undated}"
        else:
            tried = [
                f"{page.url} ({problem})" if problem else page.url for page, problem in await self._tried(backfill)
            ]
            archives = "" if backfill.patterns else "; its addresses show no archive by date"
            state = BackfillState.FAILED
            detail = f"no sitemap and no archive lists anything; tried {', '.join(tried)}{archives}"
        await asyncio.to_thread(self._book.end, backfill.id, state, now, detail)
        log.info("backfill_ended", backfill=backfill.id, outlet=backfill.outlet_key, state=state.value, detail=detail)

    async def _tried(self, backfill: Backfill) -> list[tuple[PageToRead, str | None]]:
        return (await asyncio.to_thread(self._book.pages, backfill.id))[:10]

    async def _outlet(self, backfill: Backfill) -> Outlet:
        return await asyncio.to_thread(self._session.store.crawl.outlet_of, backfill.outlet_key)

    # --------------------------------------------------------------------------------------- pages

    async def _read_in_turn(self, backfill: Backfill, page: PageToRead) -> bool:
        """Reads a page as soon as its domain has time for it; True when it was, or another is to be read first."""
        domain = await self._frontier.go_back(page.url)
        if domain is None:
            await asyncio.sleep(_POLL_S)
            return True
        try:
            # Another worker may have read it while we waited for the domain.
            again = await asyncio.to_thread(self._book.next_page, backfill.id, datetime.now(UTC))
            if again is None or again.id != page.id:
                return True
            read = await self._read(backfill, page)
        finally:
            self._frontier.come_back(domain, page.url)
        if read is None:
            return False
        await asyncio.to_thread(self._book.record, backfill.id, read)
        return True

    async def _read(self, backfill: Backfill, page: PageToRead) -> PageRead | None:
        outlet = await self._outlet(backfill)
        past = _past(backfill, outlet)
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

    async def _read_well(self, backfill: Backfill, past: Past, page: PageToRead) -> PageRead:
        """Raises _Unread, PoolClosed, Stopping."""
        response = await self._fetch(past.outlet, page)
        body = Body(
            raw=response.body,
            content_encoding=header(response, "Content-Encoding"),
            content_type=header(response, "Content-Type"),
            max_bytes=max_source_bytes(_KINDS[page.kind]),
        )
        since = past.window.since if page.kind is PageKind.SITEMAP else None
        found = await self._in_child("read_source", _KINDS[page.kind], body, response.url, past.outlet, since)
        if isinstance(found, Unreadable):
            raise _Unread(found.detail, may_pass=not found.is_too_large)
        if found.problem and not found.candidates and not found.sitemaps:
            raise _Unread(found.problem)
        links: tuple[str, ...] = ()
        if page.kind is not PageKind.SITEMAP:
            links = await self._in_child("read_links", body, response.url, past.outlet)
        return await self._told(backfill, past, page, found, links)

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
        progress = await asyncio.to_thread(self._book.progress, backfill.id, now)
        room = max(0, _MOST_PAGES - progress.pages_read - progress.pages_left)
        return PageRead(
            page=page,
            at=now,
            listed=max(len(found.candidates), int(found.newest is not None and not found.sitemaps)),
            undated=undated,
            finds=finds,
            pages=pages[:room],
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

    async def _in_child(self, name: str, *args: Any) -> Any:
        """Raises _Unread and PoolClosed."""
        try:
            return await pool_of(self._crawler).run(name, *args, owner="backfill")
        except (TaskDied, TaskTimedOut, TaskFailed) as error:
            raise _Unread(f"reading it failed: {error}") from error

    async def _fetch(self, outlet: Outlet, page: PageToRead) -> Response:
        """The answer, after redirects within the outlet's domain. Raises _Unread and Stopping."""
        url = page.url
        for _ in range(MAX_REDIRECTS):
            response = await self._download(outlet, url, _KINDS[page.kind])
            location = header(response, "Location")
            if response.status not in {301, 302, 303, 307, 308} or not location:
                break
            try:
                url = fetch_url(urljoin(response.url, location))
            except (BadUrl, ValueError) as error:
                raise _Unread(f"redirects to what is no address: {error}") from error
            if registrable_domain(url) != registrable_domain(page.url):
                raise _Unread(f"redirects to {url}, at another domain")
        if response.status != 200:  # noqa: PLR2004
            may_pass = response.status >= 500 or response.status in _PASSING  # noqa: PLR2004
            raise _Unread(f"answered {response.status}", may_pass=may_pass)
        return response

    async def _download(self, outlet: Outlet, url: str, kind: SourceKind) -> Response:
        if outlet.delay_s is not None:
            self._session.clocks.ask_delay(host_of(url), "outlet", outlet.delay_s)
        request = Request(
            url,
            headers={"Accept": accept(kind), "Accept-Encoding": ACCEPT_ENCODING},
            meta={
                "handle_httpstatus_all": True,
                "download_maxsize": max_source_bytes(kind),
                "verbatim_url": True,
                ANY_CERTIFICATE: believes_any_certificate(outlet, url),
            },
            dont_filter=True,
        )
        engine = self._crawler.engine
        if engine is None:
            raise Stopping("the crawl has ended")
        try:
            return await engine.download_async(request)
        except (Stopping, StorageError):
            raise
        except (HostResting, RobotsUnavailable) as error:
            raise _Unread(str(error), until=error.until) from error
        except Exception as error:  # whatever keeps one page from being fetched costs only it
            raise _Unread(str(error) or type(error).__name__, may_pass=not isinstance(error, _FINAL)) from error


def _past(backfill: Backfill, outlet: Outlet) -> Past:
    zone = ZoneInfo(outlet.timezone) if outlet.timezone else UTC
    window = Window(since=backfill.since, until=backfill.until, zone=zone)
    return Past(window=window, outlet=outlet, is_oldest_first=backfill.is_oldest_first)
