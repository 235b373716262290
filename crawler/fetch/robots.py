"""robots.txt by RFC 9309, on Protego.

A 4xx answer allows everything and its body is not read; a 5xx or 429 answer, a network error, a redirect loop
or an oversized body disallows everything until robots.txt can be read again. A copy is used for at most 24
hours; a failure for ten minutes at first, later for as long as it has lasted, at most two hours. Only the
first 500 KiB are parsed. The copy in force is stored.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import origin, registrable_domain
from crawler.fetch.clocks import host_of
from crawler.fetch.errors import HostResting, NotSent, RobotsDisallowed, RobotsUnavailable, Stopping
from crawler.fetch.guard import refusals
from crawler.fetch.limits import MAX_REDIRECTS, MAX_ROBOTS_BYTES, MAX_ROBOTS_RESPONSE_BYTES
from crawler.fetch.rules import RobotsRules, read_rules
from crawler.fetch.statuses import REDIRECTS
from crawler.fetch.transport import ANY_CERTIFICATE
from crawler.fetch.wire import BodyDamaged, BodyTooLarge, decode_body
from crawler.session import Session, session_of
from storage.errors import StorageError
from storage.records import RobotsCopy

log = structlog.get_logger(__name__)

IS_ROBOTS = "presswatch_is_robots"
#: Where a request's answer finds what robots.txt says of the use of pages.
SIGNALS = "presswatch_signals"
#: RFC 9309 2.4: not longer than 24 hours.
_COPY_LIFE = timedelta(hours=24)
_CLOCK_SLACK = timedelta(minutes=5)
_FIRST_FAILURE_LIFE, _LONGEST_FAILURE_LIFE = timedelta(minutes=10), timedelta(hours=2)
_TOO_MANY_REQUESTS = 429
#: Parsed copies held in memory; one with 500 KiB of rules for us takes 25 MB. The rest is read from the store again.
_MOST_IN_FORCE = 500


@dataclass(frozen=True, slots=True)
class _InForce:
    copy: RobotsCopy  # without its body, which is in the store
    rules: RobotsRules | None
    until: datetime


class RobotsMiddleware:
    """Lets a request pass only where robots.txt allows it, and takes its Crawl-delay."""

    def __init__(self, session: Session, crawler: Crawler, agent: str, now: Callable[[], datetime]) -> None:
        self._session = session
        self._crawler = crawler
        self._agent = agent
        self._now = now
        self._in_force: OrderedDict[str, _InForce] = OrderedDict()  # the longest unused first
        self._loading: dict[str, asyncio.Future[_InForce]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Rules are looked up for the product token of our User-Agent."""
        agent = crawler.settings["PRESSWATCH_ROBOTS_AGENT"]
        return cls(session_of(crawler), crawler, agent, lambda: datetime.now(UTC))

    async def process_request(self, request: Request) -> None:
        """Raises RobotsDisallowed, RobotsUnavailable, or what keeps robots.txt from being fetched."""
        if request.meta.get(IS_ROBOTS):
            return
        in_force = await self._rules_for(origin(request.url), bool(request.meta.get(ANY_CERTIFICATE)))
        copy = in_force.copy
        rules = in_force.rules
        self._session.clocks.ask_delay(host_of(request.url), "robots", rules.crawl_delay_s if rules else 0.0)
        if copy.verdict == "disallow-all":
            raise RobotsUnavailable(
                f"{copy.origin}/robots.txt could not be read ({copy.detail}), so nothing may be fetched", in_force.until
            )
        if rules is not None and rules.signals:
            request.meta[SIGNALS] = rules.signals
        if rules is not None and not rules.allows(request.url):
            raise RobotsDisallowed(f"{copy.origin}/robots.txt disallows {request.url}")

    async def _rules_for(self, site: str, any_certificate: bool) -> _InForce:
        in_force = self._in_force.get(site)
        if in_force is not None and self._holds(in_force):
            self._in_force.move_to_end(site)
            return in_force
        loading = self._loading.get(site)
        if loading is None:
            loading = self._loading[site] = asyncio.ensure_future(self._load(site, any_certificate))
            loading.add_done_callback(lambda _: self._loading.pop(site, None))
        in_force = await asyncio.shield(loading)
        self._in_force[site] = in_force
        while len(self._in_force) > _MOST_IN_FORCE:
            self._in_force.popitem(last=False)
        return in_force

    async def _load(self, site: str, any_certificate: bool) -> _InForce:
        """The stored copy while it is young enough, else a new one."""
        stored = await asyncio.to_thread(self._session.store.hosts.robots, site)
        if stored is not None:
            in_force = self._interpret(stored)
            if self._holds(in_force):
                return in_force
        copy = await self._fetch(site, any_certificate)
        if copy.verdict == "disallow-all":
            was_failing = stored.failing_since if stored is not None else None
            copy = replace(copy, failing_since=was_failing or copy.fetched_at)
        await asyncio.to_thread(self._session.store.hosts.save_robots, copy)
        return self._interpret(copy)

    def _holds(self, in_force: _InForce) -> bool:
        """Whether a copy is young enough; one that a clock made which was ahead is none."""
        now = self._now()
        return in_force.copy.fetched_at - _CLOCK_SLACK <= now < in_force.until

    def _interpret(self, copy: RobotsCopy) -> _InForce:
        life = _failure_life(copy) if copy.verdict == "disallow-all" else _COPY_LIFE
        rules = read_rules(copy.body, self._agent) if copy.verdict == "rules" else None
        return _InForce(replace(copy, body=b""), rules, copy.fetched_at + life)

    async def _fetch(self, site: str, any_certificate: bool) -> RobotsCopy:
        url = f"{site}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            request = Request(
                url,
                meta={
                    IS_ROBOTS: True,
                    "handle_httpstatus_all": True,
                    "download_maxsize": MAX_ROBOTS_RESPONSE_BYTES,
                    # The operator's word is for the outlet's own hosts, not for where its robots.txt redirects to.
                    ANY_CERTIFICATE: any_certificate and registrable_domain(url) == registrable_domain(site),
                },
                headers={"Accept": "text/plain, */*;q=0.5", "Accept-Encoding": "identity"},
                dont_filter=True,
            )
            try:
                response = await self._crawler.engine.download_async(request)
            except (HostResting, Stopping, StorageError):
                raise
            except Exception as error:  # whatever keeps robots.txt from being read disallows all
                if isinstance(error, CannotResolveHostError) and refusals.of(host_of(site)) is not None:
                    raise  # a refused address is a matter of our settings, not of the site's rules: nothing is kept
                what = str(error) if isinstance(error, NotSent) else f"{type(error).__name__}: {error}".rstrip(": ")
                return self._copy(site, None, "disallow-all", what)
            if response.status not in REDIRECTS:
                return self._judge(site, response)
            location = response.headers.get("Location")
            if not location:
                return self._copy(site, response.status, "disallow-all", "a redirect that names no place")
            url = absolute_url(location.decode("latin-1"), base=url).partition("#")[0]
            try:
                origin(url)
            except BadUrl as error:
                return self._copy(site, response.status, "disallow-all", f"a redirect to no web address: {error}")
        return self._copy(site, None, "disallow-all", f"more than {MAX_REDIRECTS} redirects")

    def _judge(self, site: str, response: Response) -> RobotsCopy:
        status = response.status
        if 200 <= status < 300:  # noqa: PLR2004
            return self._read(site, response)
        if 400 <= status < 500 and status != _TOO_MANY_REQUESTS:  # noqa: PLR2004
            return self._copy(site, status, "allow-all", f"answered {status}")
        return self._copy(site, status, "disallow-all", f"answered {status}")

    def _read(self, site: str, response: Response) -> RobotsCopy:
        coding = response.headers.get("Content-Encoding")
        try:
            body = decode_body(response.body, coding.decode("latin-1") if coding else None, MAX_ROBOTS_RESPONSE_BYTES)
        except (BodyTooLarge, BodyDamaged) as error:
            return self._copy(site, response.status, "disallow-all", str(error))
        return self._copy(site, response.status, "rules", None, body[:MAX_ROBOTS_BYTES])

    def _copy(self, site: str, status: int | None, verdict: str, detail: str | None, body: bytes = b"") -> RobotsCopy:
        log.debug("robots_read", origin=site, status=status, verdict=verdict, detail=detail)
        return RobotsCopy(origin=site, fetched_at=self._now(), status=status, body=body, verdict=verdict, detail=detail)


def _failure_life(copy: RobotsCopy) -> timedelta:
    """How long a robots.txt that cannot be read is not asked for again: as long as that has lasted."""
    lasted = copy.fetched_at - (copy.failing_since or copy.fetched_at)
    return max(_FIRST_FAILURE_LIFE, min(lasted, _LONGEST_FAILURE_LIFE))
