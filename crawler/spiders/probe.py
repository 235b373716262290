"""The spider that tries URLs: whether they answer, where they lead, and what they list. Nothing is stored.

It fetches as visits do: robots.txt, host clocks, address guard, caps and at most five redirects hold for it too.
What is to be tried says a survey, a function that is given the probe (see `crawler.spiders.survey`).
`scrapy crawl probe -a urls=https://example.org/feed` tries single URLs and logs what came of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import structlog
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import fetch_url, origin, registrable_domain
from crawler.extract.optouts import in_headers
from crawler.fetch.accept import accept
from crawler.fetch.asking import request_for
from crawler.fetch.clocks import host_of
from crawler.fetch.errors import RobotsUnavailable, Stopping, UrlRefused
from crawler.fetch.headers import header, pairs
from crawler.fetch.limits import MAX_REDIRECTS, PARSE_TIMEOUT_S, max_source_bytes
from crawler.fetch.robots import SIGNALS
from crawler.fetch.statuses import PERMANENT_REDIRECTS, REDIRECTS
from crawler.pipelines.body import Body, Unreadable
from crawler.pipelines.judgement import name_failure
from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.tasks import TaskDied, TaskFailed, TaskTimedOut
from crawler.pipelines.trial import Front, Trial
from crawler.session import Session, session_of
from crawler.spiders.holds import DomainBusy, Holds
from crawler.walls.answers import wall_of_answer
from storage.errors import StorageError
from storage.records import OptOut, Outlet, OutletSource, SourceKind

log = structlog.get_logger(__name__)

_CHILDREN = 2
_START_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of one URL. `reason` (a short constant, as visits have it) and `detail` (a sentence) say why
    there is no body.
    """

    url: str
    final_url: str  # where the last redirect led
    moved_to: str | None = None  # where permanent redirects led, up to the first that is not
    status: int | None = None
    body: Body | None = field(default=None, repr=False)
    reason: str | None = None
    detail: str | None = None
    opt_outs: tuple[OptOut, ...] = ()  # of its headers and its robots.txt


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one source. `reason` and `detail` say why it is of no use, and are None where it is."""

    source: OutletSource
    fetched: Fetched
    trial: Trial | None = None
    reason: str | None = None
    detail: str | None = None

    @property
    def is_alive(self) -> bool:
        """Whether visiting it would find articles."""
        return self.reason is None


class Visitor:
    """Fetches for one outlet; the domains it comes to are held until it is closed.

    `given`, while an outlet is looked for, stands for the address that the operator named: its origin alone is sent
    the credentials kept for it.
    """

    def __init__(
        self, crawler: Crawler, session: Session, holds: Holds, pool: ProcessPool, given: Outlet | None = None
    ) -> None:
        self._given = given
        self._crawler = crawler
        self._session = session
        self._holds = holds
        self._pool = pool
        self._held: set[str] = set()

    async def fetch(self, url: str, *, kind: SourceKind = SourceKind.LISTING, outlet: Outlet | None = None) -> Fetched:
        """Fetches a URL and follows its redirects; `kind` decides on the size that is read, `outlet` (whose URL it is,
        where one is known) on delay and certificate.
        """
        at, moved_to, is_permanent = url, None, True
        for _ in range(MAX_REDIRECTS + 1):
            try:
                response = await self._send(at, kind, outlet)
                if response.status not in REDIRECTS:
                    return _answered(url, at, moved_to, response, max_source_bytes(kind))
                at = _target(response)
            except (Stopping, StorageError):
                raise
            except DomainBusy as error:
                return Fetched(url=url, final_url=at, moved_to=moved_to, reason="busy", detail=str(error))
            except Exception as error:  # noqa: BLE001 (whatever keeps one URL from being fetched is its result)
                reason, detail = name_failure(error, host_of(at))
                if isinstance(error, RobotsUnavailable):
                    detail += f"; it is read again after {error.until:%H:%M} UTC"
                return Fetched(url=url, final_url=at, moved_to=moved_to, reason=reason, detail=detail)
            is_permanent = is_permanent and response.status in PERMANENT_REDIRECTS
            moved_to = at if is_permanent else moved_to
        detail = f"more than {MAX_REDIRECTS} redirects"
        return Fetched(url=url, final_url=at, status=response.status, reason="redirect-loop", detail=detail)

    async def try_source(self, source: OutletSource, outlet: Outlet) -> Tried:
        """Fetches a source and reads what it lists."""
        fetched = await self.fetch(source.url, kind=source.kind, outlet=outlet)
        return await self.read_source(source, fetched, outlet)

    async def read_source(self, source: OutletSource, fetched: Fetched, outlet: Outlet) -> Tried:
        """Reads what a source lists that was fetched already."""
        if fetched.body is None:
            return Tried(source=source, fetched=fetched, reason=fetched.reason, detail=fetched.detail)
        read = await self._read("try_source", source.kind, fetched.body, fetched.final_url, outlet)
        if not isinstance(read, Trial):
            return Tried(source=source, fetched=fetched, reason=read[0], detail=read[1])
        reason, detail = _useless(read) or (None, None)
        return Tried(source=source, fetched=fetched, trial=read, reason=reason, detail=detail)

    async def read_front(self, page: Fetched, home_url: str, taken_keys: frozenset[str]) -> Front | tuple[str, str]:
        """What a fetched home page says of its outlet, or (reason, detail) where it cannot be read."""
        read: Front | tuple[str, str] = await self._read("read_front", page.body, page.final_url, home_url, taken_keys)
        return read

    async def sitemaps_in_robots(self, url: str) -> tuple[OutletSource, ...]:
        """Sitemaps named by the robots.txt that holds for a URL; it was read before that URL was fetched."""
        site = origin(url)
        copy = await asyncio.to_thread(self._session.store.hosts.robots, site)
        if copy is None or not copy.body:
            return ()
        read = await self._read("read_robots", copy.body, f"{site}/robots.txt")
        return read if not read or isinstance(read[0], OutletSource) else ()

    async def close(self) -> None:
        """Lets the domains go."""
        await self._holds.let_go(self._held)

    async def _send(self, url: str, kind: SourceKind, outlet: Outlet | None) -> Response:
        domain = registrable_domain(url)
        if domain not in self._held:
            await self._holds.take(domain)
            self._held.add(domain)
        request = request_for(outlet, url, accepted=accept(kind), max_bytes=max_source_bytes(kind), given=self._given)
        if outlet is not None and outlet.delay_s is not None:
            self._session.clocks.ask_delay(host_of(request.url), "outlet", outlet.delay_s)
        if self._crawler.engine is None:
            raise Stopping("the probe has ended")
        return await self._crawler.engine.download_async(request)

    async def _read(self, function: str, *args: Any) -> Any:
        """Calls a function of `crawler.pipelines.trial`; a body that cannot be read becomes (reason, detail)."""
        try:
            read = await self._pool.run(function, *args)
        except (TaskDied, TaskTimedOut, TaskFailed) as error:
            return "unreadable", f"reading it failed: {error}"
        if isinstance(read, Unreadable):
            return ("too-large" if read.is_too_large else "cut-off"), read.detail
        return read


class Probe:
    """What a survey is given."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._session = session_of(crawler)
        self._pool = ProcessPool("crawler.pipelines.trial", _CHILDREN, PARSE_TIMEOUT_S)
        self._holds = Holds(self._session.store.queue, self._session.worker)
        self._opening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def visitor(self, given: Outlet | None = None) -> AsyncIterator[Visitor]:
        """A visitor for one outlet; `given` as it has it. Several may be at work at the same time."""
        self._opening = self._opening or asyncio.create_task(self._pool.start())  # while the first page is fetched
        visitor = Visitor(self._crawler, self._session, self._holds, self._pool, given)
        try:
            yield visitor
        finally:
            await visitor.close()

    async def free(self) -> None:
        """Ends the children, and frees all domains that are held."""
        if self._opening is not None:  # a child that is just being started is not ended with the others
            await asyncio.wait({self._opening}, timeout=_START_WITHIN_S)
        await self._pool.close()
        await self._holds.end()

    async def end(self) -> None:
        """Ends the children, the holds and the store's connections."""
        await self.free()
        self._session.store.close()


Survey = Callable[[Probe], Awaitable[None]]


class ProbeSpider(Spider):
    """Arguments: `survey`, or `urls` with commas between."""

    name = "probe"
    custom_settings = {"ITEM_PIPELINES": {}}  # noqa: RUF012 (Scrapy's name; nothing is stored)
    probe: Probe

    def __init__(self, survey: Survey | None = None, urls: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._urls = [url.strip() for url in urls.split(",") if url.strip()]
        self._survey = survey or self._try_urls

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Opens the session of the crawl."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.probe = Probe(crawler)
        crawler.signals.connect(spider.engine_stopped, signal=signals.engine_stopped)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Makes the survey; it yields no requests, since what is fetched next depends on what came."""
        await self._survey(self.probe)
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    async def engine_stopped(self) -> None:
        """Ends the probe."""
        await self.probe.end()

    async def _try_urls(self, probe: Probe) -> None:
        for url in self._urls:
            outlet = Outlet(key="probe", name=url, home_url=url)
            async with probe.visitor() as visitor:
                tried = await visitor.try_source(OutletSource(kind=SourceKind.FEED, url=url), outlet)
            trial = tried.trial
            log.info(
                "probed",
                url=url,
                final_url=tried.fetched.final_url,
                moved_to=tried.fetched.moved_to,
                status=tried.fetched.status,
                kind=trial and trial.kind.value,
                listed=trial and trial.listed,
                newest=trial and trial.newest and trial.newest.isoformat(),
                reason=tried.reason,
                detail=tried.detail,
            )


def _answered(url: str, at: str, moved_to: str | None, response: Response, max_bytes: int) -> Fetched:
    status = response.status
    if wall := wall_of_answer(status, pairs(response)):
        reason = wall.reason.value
        return Fetched(url=url, final_url=at, moved_to=moved_to, status=status, reason=reason, detail=wall.detail)
    if not 200 <= status < 300:  # noqa: PLR2004
        reason, detail = f"http-{status}", f"answered {status}"
        return Fetched(url=url, final_url=at, moved_to=moved_to, status=status, reason=reason, detail=detail)
    body = Body(
        raw=response.body,
        content_encoding=header(response, "Content-Encoding"),
        content_type=header(response, "Content-Type"),
        max_bytes=max_bytes,
    )
    opt_outs = in_headers(pairs(response)) + in_headers(response.meta.get(SIGNALS, ()), "robots.txt")
    return Fetched(url=url, final_url=at, moved_to=moved_to, status=status, body=body, opt_outs=opt_outs)


def _target(response: Response) -> str:
    """Where a redirect leads. Raises UrlRefused."""
    location = header(response, "Location")
    if location is None:
        raise UrlRefused(f"answered {response.status} without a place to go to")
    target = absolute_url(location.strip(), base=response.url).partition("#")[0]
    try:
        fetch_url(target)
    except BadUrl as error:
        raise UrlRefused(f"redirects to what is no URL: {error}") from error
    return target


def _useless(trial: Trial) -> tuple[str, str] | None:
    """Why a source that could be fetched is of no use; None where it is of use."""
    if trial.listed or trial.sitemaps:
        return None
    if trial.problem:
        return "unreadable", trial.problem
    if trial.left_out:
        detail = f"lists {trial.left_out} URLs, none of an article here; name further hosts of this outlet as hosts"
        return "off-site", detail
    if trial.kind is SourceKind.LISTING:
        return "no-articles", "no link on the page looks like that of an article"
    return None  # a feed or sitemap may be empty on a quiet day
