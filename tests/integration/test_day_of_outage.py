"""A day in which an outlet answers nothing but 503, through the real scheduling, clocks and store; only the wire is
played, and the calendar turned. Without the refusals in a row being stored, or with a short Retry-After taken at its
word each time, these counts are in the hundreds.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response, TextResponse

from control.opening import open_from
from control.pacing import Pacing
from control.scheduler import queue_due
from control.settings import Settings
from crawler.discovery.urls import fingerprint, registrable_domain
from crawler.fetch.clocks import HostClocks, host_of
from crawler.fetch.politeness import RESTS_UNTIL, PolitenessMiddleware
from crawler.fetch.robots import RobotsMiddleware
from crawler.items import ArticleWork, VisitWork, Work
from crawler.pipelines.judgement import Judge
from crawler.session import Session
from storage.records import Candidate, Outlet, OutletSource, SourceKind, VisitOutcome, VisitReport
from storage.store import Store
from tests.stores import lay_store

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
STEP, LEASE = timedelta(minutes=10), timedelta(seconds=30)
WWW, FEEDS = "https://www.example.com", "https://feeds.example.com"
OUTLET = Outlet(
    key="gazette",
    name="Gazette",
    home_url=f"{WWW}/",
    interval_s=900,
    sources=(
        OutletSource(kind=SourceKind.FEED, url=f"{FEEDS}/all.xml"),
        OutletSource(kind=SourceKind.FEED, url=f"{WWW}/world.xml"),
        OutletSource(kind=SourceKind.SITEMAP, url=f"{WWW}/news-sitemap.xml"),
    ),
)


class Day:
    """One worker's day. `robots` is the status of robots.txt; all else is answered 503."""

    def __init__(self, store: Store, robots: int, retry_after: str | None) -> None:
        self.store = store
        self.now = NOW
        self.robots = robots
        self.headers = {"Retry-After": retry_after} if retry_after else {}
        self.asked: list[str] = []
        self.judge = Judge((30.0, 300.0, 3600.0, 21_600.0), random.Random(1))
        self.engine = self  # a Scrapy crawler, as far as robots.txt needs one
        self.pacing = Pacing(store, Settings())
        self.start_anew()

    def start_anew(self) -> None:
        """As a worker after a restart: all that is held in memory is gone."""
        clocks = HostClocks(self.store.hosts, delay_s=0, jitter=0, now=lambda: self.now)
        session = Session(store=self.store, clocks=clocks, worker="w", first_look_days=3, retry_delays_s=(30.0,))
        self.politeness = PolitenessMiddleware(session)
        self.robots_txt = RobotsMiddleware(session, self, "Presswatch", lambda: self.now)  # type: ignore[arg-type]

    async def download_async(self, request: Request) -> Response:
        """The wire, behind the host's clock."""
        await self.politeness.process_request(request)
        self.asked.append(request.url)
        status = self.robots if request.url.endswith("/robots.txt") else 503
        response = TextResponse(request.url, status=status, headers=self.headers, body=b"User-agent: *\nAllow: /")
        return await self.politeness.process_response(request, response)

    async def fetch(self, work: Work, url: str) -> None:
        """What the worker does with one piece of work, up to storing it."""
        request = Request(url)
        try:
            await self.robots_txt.process_request(request)
            response = await self.download_async(request)
        except Exception as error:  # noqa: BLE001 (as the spider's errback: the judge sorts them out)
            outcome = self.judge.failed(work, self.now, error, host_of(url))
        else:
            outcome = self.judge.bad_status(work, self.now, response.status, request.meta.get(RESTS_UNTIL))
        assert outcome is not None
        if outcome.report:
            self.store.crawl.record_visit(outcome.report)
        if outcome.verdict:
            self.store.crawl.record_verdicts([outcome.verdict])

    async def run(self) -> None:
        """Twenty-four hours; the worker is restarted every three."""
        while self.now < NOW + timedelta(days=1):
            if (self.now - NOW) % timedelta(hours=3) == timedelta(0):
                self.start_anew()
            queue_due(self.store, self.now, self.pacing)
            for job in self.store.queue.take("w", 100, self.now, LEASE):
                source = self.store.crawl.source(job.source_id)
                assert source is not None
                await self.fetch(VisitWork(domain=job.domain, outlet=OUTLET, job=job, source=source), source.address)
            domains = self.store.crawl.domains_pending(self.now, 10)
            for pending in self.store.crawl.pending(domains, self.now, 60):
                work = ArticleWork(domain=pending.domain, outlet=OUTLET, pending=pending)
                await self.fetch(work, pending.candidate.url)
            self.now += STEP


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    settings = Settings(data_dir=tmp_path)
    lay_store(tmp_path)
    store = open_from(settings)
    store.outlets.load([OUTLET], "added", NOW - timedelta(hours=1))
    _list_articles(store, 40)
    yield store
    store.close()


def _list_articles(store: Store, count: int) -> None:
    """Articles that the outlet listed before its bad day; its other sources are due."""
    urls = [f"{WWW}/2026/story-{number}.html" for number in range(count)]
    report = VisitReport(
        source_id=store.crawl.sources_of(["gazette"])[0].id,
        started_at=NOW - timedelta(hours=1),
        finished_at=NOW - timedelta(hours=1),
        outcome=VisitOutcome.READ,
        next_due_at=NOW,
        candidates=tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in urls),
        listed=count,
    )
    store.crawl.record_visit(report)


DAYS = {
    "robots.txt as well": (503, None),
    "robots.txt can be read": (200, None),
    "it always asks for a minute": (200, "60"),
}


@pytest.mark.parametrize(("robots", "retry_after"), DAYS.values(), ids=DAYS.keys())
def test_an_outlet_that_answers_503_for_a_day_gets_at_most_24_requests(
    robots: int, retry_after: str | None, store: Store
):
    day = Day(store, robots, retry_after)
    asyncio.run(day.run())
    assert 3 <= len(day.asked) <= 24, day.asked
    assert {registrable_domain(url) for url in day.asked} == {"example.com"}


def test_an_outlet_whose_robots_txt_answers_500_for_a_day_gets_as_few(store: Store):
    day = Day(store, 500, None)
    asyncio.run(day.run())
    assert {url.rpartition("/")[2] for url in day.asked} == {"robots.txt"}
    assert len(day.asked) <= 2 * 24  # two hosts, each with a robots.txt of its own


def test_nothing_is_asked_again_before_its_time_after_a_restart(store: Store):
    asked_until = NOW + timedelta(minutes=1)
    pacing = Pacing(store, Settings())
    queue_due(store, NOW, pacing)
    for job in store.queue.take("w", 100, NOW, LEASE):
        source = store.crawl.source(job.source_id)
        assert source is not None
        work = VisitWork(domain=job.domain, outlet=OUTLET, job=job, source=source)
        judge = Judge((30.0,), random.Random(source.id))
        store.crawl.record_visit(judge.unchanged(work, NOW, 304, 0, (None, None)))
    assert queue_due(store, asked_until, pacing) == 0  # what a scheduler that starts anew does first
    assert queue_due(store, NOW + timedelta(seconds=850), pacing) == 0
    assert queue_due(store, NOW + timedelta(hours=2), pacing) == 3


def test_sources_that_began_together_do_not_stay_together(store: Store):
    """No burst at the top of the hour: after a day of hourly visits, no minute has more than a tenth of 400 sources."""
    judge, minutes = Judge((30.0,), random.Random(5)), [0] * 120
    source = store.crawl.sources_of(["gazette"])[0]
    work = VisitWork(domain="example.com", outlet=OUTLET, job=None, source=source)  # type: ignore[arg-type]
    for _ in range(400):
        due = NOW
        while due < NOW + timedelta(days=1):
            due = judge.unchanged(work, due, 304, 0, (None, None)).next_due_at
        minutes[int((due - NOW - timedelta(days=1)).total_seconds() // 60)] += 1
    assert max(minutes) <= 40 * (3600 / 900)  # they come four times an hour: 40 a minute would be a tenth of an hour's
    assert sum(1 for count in minutes if count) >= 10
