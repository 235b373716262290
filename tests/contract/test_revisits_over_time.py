"""Re-visits over 400 days of a virtual clock, on the real store: the cap holds, and no article is forgotten."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from storage.archive.archive import Archive
from storage.records import Moment, PendingCandidate, Precision, Reason, RevisitPolicy, Zone
from storage.sql.crawl import SqlCrawlStore
from storage.sql.outlets import SqlOutletBook
from storage.sql.revisits import SqlRevisitBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import HOUR, NOW, extraction, outlet, report, source_ids, verdict
from tests.stores import open_store_at

DAY = 24 * HOUR
HOSTS = ("a.example", "b.example")


class _World:
    """Outlets that publish, a worker that sends what is pending, and a record of each request that it sent."""

    def __init__(self, engine: Engine, bodies: Archive, policy: RevisitPolicy, seed: int = 7) -> None:
        self.policy = policy
        self.random = random.Random(seed)
        self.crawl = SqlCrawlStore(engine, bodies, domain_of, 900)
        self.revisits = SqlRevisitBook(engine=engine, domain_of=domain_of, policy=policy)
        book = SqlOutletBook(engine, domain_of)
        book.load([outlet(host.split(".", maxsplit=1)[0]) for host in HOSTS], "added", NOW)
        self.sources = {host: source_ids(self.crawl, host.split(".", maxsplit=1)[0])[0] for host in HOSTS}
        self.asked: Counter[tuple[str, int]] = Counter()  # by host and day of UTC
        self.visits: dict[str, list[datetime]] = defaultdict(list)
        self.published: dict[str, datetime] = {}

    def publish(self, host: str, count: int, at: datetime) -> None:
        urls = [f"https://{host}/{len(self.published) + number}" for number in range(count)]
        _, pending = self.crawl.record_visit(report(self.sources[host], *urls, at=at))
        moment = Moment(at=at, precision=Precision.MINUTE, rule="feed", zone=Zone.STATED)
        read = [verdict(each, extraction(each.candidate.url, published=moment), at=at) for each in pending]
        self.crawl.record_verdicts(read)
        self.published |= dict.fromkeys(urls, at)

    def work(self, at: datetime) -> None:
        self.revisits.look(at)
        ended = [self._answer(each, at) for each in self.crawl.pending(HOSTS, at, 1_000)]
        self.crawl.record_verdicts([each for each in ended if each is not None])

    def _answer(self, pending: PendingCandidate, at: datetime):
        host = domain_of(pending.candidate.url)
        hops = 2 if self.random.random() < 0.1 else 1  # a redirect is a request too
        for _ in range(hops):
            if not self.revisits.claim(host, pending.a_day or 0, at):
                midnight = at.replace(hour=0, minute=0) + DAY
                return verdict(pending, at=at, retry_at=midnight, detail="the cap", is_try=False)
            self.asked[host, (at - NOW.replace(hour=0)).days] += 1
        self.visits[pending.candidate.url].append(at)
        return verdict(pending, at=at, reason=Reason.UNCHANGED, detail="answered 304")


def _run(world: _World, days: int, step: timedelta, *, a_day: tuple[int, int], until_day: int) -> None:
    at, end, last = NOW, NOW + days * DAY, -1
    while at < end:
        day = (at - NOW).days
        if day != last and day < until_day:
            for host, count in zip(HOSTS, a_day, strict=True):
                world.publish(host, count, at)
            last = day
        world.work(at)
        at += step


def _late(world: _World, end: datetime) -> dict[int, timedelta]:
    """The longest that anything waited beyond each age that was due, over articles that were asked for at it."""
    worst: dict[int, timedelta] = {}
    for url, out in world.published.items():
        for age_s in world.policy.ages_s:
            due = out + timedelta(seconds=age_s)
            after = [visit for visit in world.visits[url] if visit >= due]
            if due < end:
                waited = (after[0] if after else end) - due
                worst[age_s] = max(worst.get(age_s, timedelta()), waited)
    return worst


@pytest.fixture
def engine(tmp_path):
    engine = open_store_at(f"sqlite:///{tmp_path}/presswatch.sqlite3")

    @event.listens_for(engine, "connect")
    def _no_fsync(connection, _record):  # nobody pulls the plug on a simulation
        connection.execute("PRAGMA synchronous=OFF")

    engine.dispose()
    yield engine
    engine.dispose()


def test_over_400_days_the_cap_is_never_passed_and_no_article_is_forgotten(engine: Engine, bodies: Archive):
    """A small world, in which more is due on some days than the cap lets through."""
    policy = RevisitPolicy(ages_s=(86_400, 7 * 86_400, 30 * 86_400, 180 * 86_400), a_day=2)
    world = _World(engine, bodies, policy)
    _run(world, 400, DAY, a_day=(0, 1), until_day=40)
    _check(world, NOW + 400 * DAY, most=policy.a_day)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_over_400_days_of_a_busy_world_the_cap_is_never_passed_and_no_article_is_forgotten(
    engine: Engine, bodies: Archive
):
    world = _World(engine, bodies, RevisitPolicy(a_day=40))
    _run(world, 400, HOUR, a_day=(6, 12), until_day=200)  # the second asks for some 72 a day
    _check(world, NOW + 400 * DAY, most=40)


def _check(world: _World, end: datetime, most: int) -> None:
    assert max(world.asked.values()) <= most
    assert world.published
    assert all(world.visits[url] for url in world.published)
    late = _late(world, end)
    print({f"{age / 86_400:g} d": str(waited) for age, waited in sorted(late.items())})
    assert late[world.policy.ages_s[-1]] < 40 * DAY  # the last one comes to each, late at worst
