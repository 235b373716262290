"""When sources are visited, kept with their visits: learned at the commit, ordered, and mended after wrong clocks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from sample_records import candidate, key_of
from sqlalchemy import Engine

from control.pacing import Pacing
from control.settings import Settings
from crawler.discovery.urls import registrable_domain
from crawler.outlets.cadence.memory import Memory
from crawler.outlets.cadence.pacer import Pacer
from storage.archive.archive import Archive
from storage.jobs.sql import SqlVisitQueue
from storage.records import (
    Channel,
    ChannelKind,
    Delay,
    Hints,
    Moment,
    Outlet,
    OutletSource,
    Pace,
    PaceMode,
    Precision,
    PublisherWords,
    Reason,
    SourceKind,
    VisitOutcome,
    VisitReport,
    Zone,
)
from storage.sql.channels import SqlChannelBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.hosts import SqlHostBook
from storage.sql.library import SqlLibrary
from storage.sql.notes import SqlNotes
from storage.sql.outlets import SqlOutletBook
from storage.sql.paces import SqlPaceBook
from storage.sql.prices import PRICE_NOTE, SITES_NOTE

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DOMAIN = "www.jpost.com"


def outlet(count: int = 1, **more: Any) -> Outlet:
    found = tuple(OutletSource(kind=SourceKind.FEED, url=f"https://{DOMAIN}/feed/{n}") for n in range(count))
    return Outlet(key="jpost", name="The Jerusalem Post", home_url=f"https://{DOMAIN}/", sources=found, **more)


@pytest.fixture
def store(engine: Engine, bodies: Archive, domain_of_host: Callable[[str], str]) -> SimpleNamespace:
    pacer = Pacer(interval_s=900, floor_s=3600, ceiling_s=21_600)
    return SimpleNamespace(
        crawl=SqlCrawlStore(engine, bodies, domain_of_host, 900, pacer=pacer),
        paces=SqlPaceBook(engine, pacer, 900),
        outlets=SqlOutletBook(engine, domain_of_host),
        library=SqlLibrary(engine, 900),
        queue=SqlVisitQueue(engine),
        notes=SqlNotes(engine),
    )


@pytest.fixture
def domain_of_host() -> Callable[[str], str]:
    return registrable_domain


def published(at: datetime) -> Hints:
    return Hints(published=Moment(at=at, precision=Precision.SECOND, rule="feed", zone=Zone.STATED))


def visited(store, source_id: int, at: datetime = NOW, numbers: tuple[int, ...] = (), **more: Any) -> None:
    found = tuple(
        candidate(f"https://{DOMAIN}/news/article-{number}", hints=published(at - MINUTE * (number % 50 + 1)))
        for number in numbers
    )
    values = {"outcome": VisitOutcome.READ, "next_due_at": at, "candidates": found, "listed": len(found), **more}
    store.crawl.record_visit(VisitReport(source_id=source_id, started_at=at, finished_at=at, **values))


def source(store, number: int = 0):
    (status,) = store.library.outlet_statuses(NOW)
    return status.sources[number]


def test_an_unknown_outlet_is_visited_once_an_hour_at_most_and_one_that_says_so_more_often(store):
    store.outlets.load([outlet()], "added", NOW)
    visited(store, source(store).id)
    assert source(store).next_due_at >= NOW + HOUR * 0.98
    store.outlets.load([outlet(pace=Pace(floor_s=300))], "added", NOW)
    visited(store, source(store).id, NOW + HOUR)
    assert source(store).next_due_at <= NOW + HOUR + 16 * MINUTE


def test_a_source_that_is_gone_is_visited_once_more_when_that_is_ordered(store):
    store.outlets.load([outlet()], "added", NOW)
    number = source(store).id
    gone = {"outcome": VisitOutcome.FAILED, "reason": "http-410", "is_gone": True}
    visited(store, number, **gone)
    assert store.crawl.due_sources(NOW + DAY, 10) == []
    store.paces.make_due(number, NOW + DAY)
    assert [each.id for each in store.crawl.due_sources(NOW + DAY, 10)] == [number]
    visited(store, number, NOW + DAY, **gone)
    assert store.crawl.due_sources(NOW + 9 * DAY, 10) == []


def test_what_a_visit_found_new_is_learned_with_it_and_only_once(store, engine):
    store.outlets.load([outlet()], "added", NOW)
    number = source(store).id
    visited(store, number)
    visited(store, number, NOW + HOUR, tuple(range(8)))
    visited(store, number, NOW + 2 * HOUR, tuple(range(8)))  # the same articles again
    with engine.connect() as connection:
        packed = connection.exec_driver_sql("SELECT memory FROM paces").scalar_one()
    memory = Memory.unpack(bytes(packed))
    assert memory is not None
    assert sum(memory.profile.hours) == pytest.approx(8, abs=1)
    assert len(packed) <= 1024
    assert "expects" in source(store).due_why or "new" in source(store).due_why


def test_the_publishers_words_stay_over_answers_without_a_body(store):
    store.outlets.load([outlet()], "added", NOW)
    number = source(store).id
    visited(store, number, words=PublisherWords(ttl_s=4 * 3600))
    visited(store, number, NOW + HOUR, outcome=VisitOutcome.UNCHANGED, words=PublisherWords(fresh_s=60))
    assert source(store).next_due_at >= NOW + HOUR + 3.9 * HOUR
    assert "ttl" in source(store).due_why


def test_orders_hold_at_once_and_after_each_visit_until_they_are_taken_back(store):
    store.outlets.load([outlet()], "added", NOW)
    number = source(store).id
    ordered = store.paces.order(number, Pace(mode=PaceMode.EVERY, every_s=1200), NOW)
    assert abs(ordered.next_due_at - (NOW + 20 * MINUTE)) <= MINUTE
    visited(store, number, NOW + HOUR)
    assert "every 20 min" in source(store).due_why
    assert source(store).ordered.every_s == 1200
    assert "every" not in store.paces.order(number, Pace(), NOW + HOUR).due_why


def test_each_order_is_an_event_that_tells_who_gave_it_and_what_held_before(store):
    store.outlets.load([outlet()], "added", NOW)
    number = source(store).id
    store.paces.order(number, Pace(mode=PaceMode.EVERY, every_s=1200), NOW)
    store.paces.order(number, Pace(), NOW, "console at loopback")
    store.paces.pause(number, NOW + DAY, NOW)
    store.paces.pause(number, None, NOW)
    store.paces.make_due(number, NOW)
    store.crawl.retry_lost({Reason.FAILED}, NOW - DAY, ["jpost"], now=NOW)
    orders = [event.payload for event in reversed(store.library.orders("jpost", 10))]
    assert [order["what"] for order in orders] == ["pace", "pace", "pause", "resume", "visit", "retry"]
    assert [order["by"] for order in orders[:2]] == ["command", "console at loopback"]
    assert orders[1]["before"] == {"mode": "every", "every_s": 1200}
    assert [order["what"] for order in (each.payload for each in store.library.orders("jpost", 2))] == [
        "retry",
        "visit",
    ]
    assert store.library.orders("another", 10) == []


def test_a_pause_ends_by_itself_or_by_hand_and_a_visit_can_be_asked_for(store):
    store.outlets.load([outlet()], "added", NOW)
    number = source(store).id
    visited(store, number)
    assert store.paces.pause(number, NOW + 3 * DAY, NOW).next_due_at == NOW + 3 * DAY
    visited(store, number, NOW + MINUTE, outcome=VisitOutcome.FAILED)  # one that was under way
    assert source(store).next_due_at == NOW + 3 * DAY
    assert store.paces.pause(number, None, NOW + DAY).next_due_at == NOW + DAY
    visited(store, number, NOW + DAY)
    assert store.paces.make_due(number, NOW + DAY).next_due_at == NOW + DAY


def test_the_price_of_a_visit_is_set_by_all_sources_and_kept(store):
    store.outlets.load([outlet(3, pace=Pace(floor_s=300))], "added", NOW)
    numbers = [source(store, index).id for index in range(3)]
    for step in range(3):
        for index, number in enumerate(numbers):
            visited(
                store, number, NOW + step * HOUR, tuple(range(1000 * index + 10 * step, 1000 * index + 10 * step + 8))
            )
    totals = store.paces.totals()
    assert (totals.visits, totals.a_day) == (9, pytest.approx(3 * 96))
    pacing(store).look(NOW + 2 * HOUR, 0.0)
    assert '"price"' in store.notes.get(PRICE_NOTE)
    assert pacing(store)._price is None  # another scheduler reads it at its first look
    visited(store, numbers[0], NOW + 3 * HOUR)
    assert source(store).next_due_at > NOW + 3 * HOUR


def pacing(store, **settings: Any) -> Pacing:
    return Pacing(store, Settings(**settings))


def due(store, at: datetime):
    return store.crawl.due_sources(at, 1000)


def test_budgets_of_a_day_are_kept_to_for_all_and_for_a_site(store):
    store.outlets.load([outlet(6)], "added", NOW - HOUR)
    assert len(due(store, NOW)) == 6
    assert len(pacing(store).within_budgets(due(store, NOW), NOW)) == 6
    visited(store, source(store).id, NOW - MINUTE, outcome=VisitOutcome.FAILED, next_due_at=NOW)
    for limit in ({"visits_a_day": 4}, {"host_visits_a_day": 4}):
        assert len(pacing(store, **limit).within_budgets(due(store, NOW), NOW)) == 3
    assert len(pacing(store, visits_a_day=4).within_budgets(due(store, NOW + 2 * DAY), NOW + 2 * DAY)) == 4


def test_the_budget_of_a_site_makes_its_visits_dearer_so_that_they_are_spread_over_the_day(store, engine):
    """A cap alone would spend it at once and leave the rest of the day to chance."""
    if engine.dialect.name != "sqlite":
        pytest.skip("a week of visits; no database reckons otherwise")
    store.outlets.load([outlet(4, pace=Pace(floor_s=300))], "added", NOW - DAY)
    running = pacing(store, host_visits_a_day=24, interval_s=900)
    at, made = NOW, []
    seen: Counter[int] = Counter()
    while at < NOW + 8 * DAY:
        running.look(at, (at - NOW).total_seconds())
        for found in running.within_budgets(due(store, at), at):
            published = int((at - NOW) / (2 * HOUR))
            visited(store, found.id, at, tuple(1_000 * found.id + n for n in range(seen[found.id], published)))
            seen[found.id] = published
            made.append(at)
        at += 40 * MINUTE
    lately = [moment for moment in made if moment >= NOW + 7 * DAY]
    assert 15 <= len(lately) <= 24
    assert max(other - one for one, other in pairwise(lately)) <= 6 * HOUR
    assert json.loads(store.notes.get(SITES_NOTE))


def failing_channel(book: SqlChannelBook, now: datetime) -> Channel:
    """A channel that fails since `now` and is leased for a minute."""
    channel = book.add(kind=ChannelKind.WEBHOOK, name="desk", url="https://desk.example/", secret="s", now=now)
    book.lease(channel.id, "one", now, now + MINUTE)
    book.failed(channel.id, channel.cursor, now=now, next_try_at=now + 20 * MINUTE, status=503, error="busy")
    return channel


class TestClocks:
    def test_a_clock_that_was_a_year_ahead_leaves_no_source_silent(self, store):
        store.outlets.load([outlet(5)], "added", NOW)
        ahead = NOW + 365 * DAY
        store.queue.put([(source(store).id, registrable_domain(DOMAIN), ahead)])
        for index in range(1, 5):
            visited(store, source(store, index).id, ahead)
        pacing(store).look(NOW + MINUTE, 0.0)
        times = [source(store, index).next_due_at for index in range(1, 5)]
        assert all(NOW <= at <= NOW + 20 * MINUTE for at in times)
        assert len(set(times)) == 4
        jobs = store.queue.take("w", 10, NOW + 2 * MINUTE, MINUTE)
        assert [job.source_id for job in jobs] == [source(store).id]

    def test_an_hour_back_puts_nothing_off_for_an_hour(self, store):
        store.outlets.load([outlet(2)], "added", NOW)
        visited(store, source(store).id, NOW + HOUR)
        pacing(store).look(NOW + MINUTE, 0.0)
        assert NOW <= source(store).next_due_at <= NOW + 20 * MINUTE

    @pytest.mark.parametrize("jump", [HOUR, 365 * DAY, -HOUR, -365 * DAY])
    def test_a_change_of_the_clock_leaves_as_much_of_each_wait_as_there_was(self, store, jump):
        store.outlets.load([outlet(6)], "added", NOW - DAY)
        for index in range(6):
            visited(store, source(store, index).id, NOW - MINUTE)
        store.paces.order(source(store, 1).id, Pace(mode=PaceMode.EVERY, every_s=5 * 86_400), NOW)
        store.paces.order(source(store, 2).id, Pace(mode=PaceMode.CRON, cron="30 6 * * *"), NOW)
        visited(store, source(store, 3).id, NOW - MINUTE, outcome=VisitOutcome.FAILED, next_due_at=NOW - MINUTE)
        before = [source(store, index).next_due_at for index in range(6)]
        running, another = pacing(store), pacing(store)
        running.look(NOW, 0.0)
        another.look(NOW, 70.0)
        now = NOW + jump
        running.look(now, 1.0)
        another.look(now + MINUTE / 60, 72.0)
        running.look(now + 2 * MINUTE, 121.0)
        after = [source(store, index).next_due_at for index in range(6)]
        assert after[2] - now <= DAY + MINUTE
        assert (after[2].hour, after[2].minute) in {(6, 30), (6, 31)}, "a cron line means the wall clock"
        assert after[3] <= now, "what was due stays due"
        for index in (0, 1, 4, 5):
            assert after[index] - now == pytest.approx(before[index] - NOW, abs=timedelta(seconds=3))

    def test_what_was_planned_by_the_new_clock_before_anybody_looked_stays(self, store):
        store.outlets.load([outlet(2)], "added", NOW - DAY)
        running = pacing(store)
        for index in range(2):
            visited(store, source(store, index).id, NOW - MINUTE)
        running.look(NOW, 0.0)
        later = NOW + 365 * DAY
        visited(store, source(store).id, later)
        planned = source(store).next_due_at
        running.look(later + MINUTE / 60, 2.0)
        assert source(store).next_due_at == planned

    def test_a_visit_that_is_stored_late_by_the_old_clock_is_found_within_seconds(self, store):
        store.outlets.load([outlet(2)], "added", NOW - DAY)
        running = pacing(store)
        running.look(NOW, 0.0)
        back = NOW - 2 * DAY
        running.look(back, 1.0)
        visited(store, source(store).id, NOW + MINUTE)
        running.look(back + MINUTE / 10, 7.0)
        assert source(store).next_due_at <= back + HOUR

    @pytest.mark.parametrize("jump", [365 * DAY, -365 * DAY])
    def test_a_failing_channel_and_its_courier_wait_no_longer_than_before(self, store, engine, jump):
        book, running = SqlChannelBook(engine), pacing(store)
        channel = failing_channel(book, NOW)
        running.look(NOW, 0.0)
        now = NOW + jump
        running.look(now, 1.0)
        failing = book.channel("desk")
        assert failing.next_try_at == pytest.approx(now + 20 * MINUTE, abs=MINUTE)
        assert failing.failing_since == pytest.approx(now, abs=MINUTE), "else it would be given up at once, or never"
        assert book.lease(channel.id, "two", now, now + MINUTE) is None
        assert book.lease(channel.id, "two", now + 2 * MINUTE, now + HOUR) is not None

    def test_a_channel_does_not_wait_for_a_clock_that_was_ahead_before_the_service_began(self, store, engine):
        book = SqlChannelBook(engine)
        store.outlets.load([outlet()], "added", NOW)
        visited(store, source(store).id, NOW + 365 * DAY)
        channel = failing_channel(book, NOW + 365 * DAY)
        pacing(store).look(NOW, 0.0)
        assert book.channel("desk").next_try_at <= NOW + HOUR
        assert book.channel("desk").failing_since <= NOW
        assert book.lease(channel.id, "two", NOW + 6 * MINUTE, NOW + HOUR) is not None

    def test_a_rest_that_a_host_asked_for_holds_over_a_change_of_the_clock(self, store, engine):
        hosts = SqlHostBook(engine)
        hosts.rest(DOMAIN, NOW + 2 * HOUR, "it asked", 1)
        running = pacing(store)
        running.look(NOW, 0.0)
        for jump, monotonic in ((365 * DAY, 1.0), (timedelta(), 2.0)):
            running.look(NOW + jump, monotonic)
            wait = hosts.wait(DOMAIN)
            assert abs(wait.not_before - (NOW + jump + 2 * HOUR)) < MINUTE

    def test_a_source_that_was_to_be_visited_once_a_week_is_not_visited_early_after_a_wrong_clock(self, store):
        store.outlets.load([outlet(2)], "added", NOW)
        store.paces.order(source(store).id, Pace(mode=PaceMode.EVERY, every_s=7 * 86_400), NOW)
        store.paces.order(source(store, 1).id, Pace(mode=PaceMode.CRON, cron="0 3 * * 0"), NOW)
        for index in range(2):
            visited(store, source(store, index).id, NOW + 365 * DAY)
        pacing(store).look(NOW + MINUTE, 0.0)
        every, cron = (source(store, index).next_due_at for index in range(2))
        assert 6 * DAY < every - NOW < 8 * DAY
        assert (cron.weekday(), cron.hour) == (6, 3)
        assert cron - NOW < 8 * DAY

    def test_what_is_due_after_a_standstill_is_spread(self, store):
        store.outlets.load([outlet(150)], "added", NOW - DAY)
        (status,) = store.library.outlet_statuses(NOW)
        for found in status.sources:
            visited(store, found.id, NOW - MINUTE)
        later = NOW + 365 * DAY
        pacing(store).look(later, 1.0)
        assert len(due(store, later)) == 100
        assert len(due(store, later + 16 * MINUTE)) == 150

    def test_time_that_passes_is_no_jump(self, store):
        store.outlets.load([outlet(150)], "added", NOW - DAY)
        (status,) = store.library.outlet_statuses(NOW)
        for found in status.sources:
            visited(store, found.id, NOW - MINUTE)
        running = pacing(store)
        running.look(NOW, 0.0)
        running.look(NOW + 7 * HOUR, 7 * 3600.0)
        assert len(due(store, NOW + 7 * HOUR)) == 150


def told(store, url: str):
    (story,) = store.library.explain(url, key_of(url))
    return story


def test_an_articles_delay_is_the_interval_that_the_visits_know(store):
    store.outlets.load([outlet()], "added", NOW)
    number = source(store).id
    visited(store, number, NOW, (1,))
    dates = {2: NOW + 40 * MINUTE, 3: NOW - 5 * HOUR, 4: NOW + 9 * HOUR}
    found = tuple(candidate(f"https://{DOMAIN}/news/article-{n}", hints=published(at)) for n, at in dates.items())
    visited(store, number, NOW + HOUR, candidates=found, listed=3)
    url = f"https://{DOMAIN}/news/article-"
    assert told(store, f"{url}1").delay is None  # the first visit cannot tell
    assert told(store, f"{url}2").delay == Delay(least=20 * MINUTE, most=20 * MINUTE)
    assert told(store, f"{url}3").delay == Delay(least=timedelta(), most=HOUR)  # listed late, or dated wrongly
    assert told(store, f"{url}4").delay == Delay(least=timedelta(), most=HOUR)  # in the future
    assert told(store, f"{url}4").published.at == dates[4]
