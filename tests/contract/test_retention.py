"""Retention: the history of what was done ends; what outlets published does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sample_records import HOUR, NOW, extraction, listed, outlet, report, source_ids, verdict
from sqlalchemy import Engine, func, select, text, update

from storage.records import ArticleQuery, ChannelKind, Delivery, DeliveryState, EventKind, HostTraffic, VisitOutcome
from storage.sql.channels import SqlChannelBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import reading
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from storage.sql.retention import CHUNK, SqlRetention
from storage.sql.schema import visits
from storage.sql.story_tables import story_state
from storage.sql.traffic import SqlTrafficBook
from storage.sql.watchlist_tables import match_state

DAY = timedelta(days=1)


def pruned(retention: SqlRetention, before: datetime) -> int:
    """How many rows go but events."""
    gone = retention.prune(before, NOW - 9 * DAY)
    assert gone.events == 0
    return gone.total


@pytest.fixture
def retention(engine: Engine) -> SqlRetention:
    return SqlRetention(engine)


def test_old_visits_end_but_the_newest_of_a_source_and_the_one_that_tells_why_it_fails(
    retention: SqlRetention, crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    book.load([outlet(feeds=2)], "added", NOW)
    well, ill = source_ids(crawl, "jpost")
    for hours in range(4):
        crawl.record_visit(report(well, at=NOW + hours * HOUR))
    crawl.record_visit(report(ill, at=NOW))
    failed = {"outcome": VisitOutcome.FAILED, "reason": "dns", "detail": "no such name"}
    crawl.record_visit(report(ill, at=NOW + HOUR, **failed))
    assert pruned(retention, NOW - HOUR) == 0
    assert pruned(retention, NOW + DAY) == 4
    left = library.visits(None, 10)
    assert {(visit.source_id, visit.finished_at) for visit in left} == {(well, NOW + 3 * HOUR), (ill, NOW + HOUR)}
    (status,) = library.outlet_statuses(NOW + DAY)
    assert status.last_failure is not None
    assert status.last_failure.detail == "no such name"


def test_a_source_that_fails_for_longer_than_history_is_kept_still_tells_why(
    retention: SqlRetention, crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine
):
    book.load([outlet()], "added", NOW)
    (source,) = source_ids(crawl, "jpost")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM visits")).scalar() == 0
    for hours in range(3):
        crawl.record_visit(report(source, at=NOW + hours * HOUR, outcome=VisitOutcome.FAILED, reason="dns"))
    assert pruned(retention, NOW + DAY) >= 1
    with reading(engine) as connection:
        told = connection.execute(text("SELECT failed_visit_id FROM sources")).scalar()
        assert connection.execute(select(func.count()).where(visits.c.id == told)).scalar() == 1


def test_articles_stay_when_the_visit_that_found_them_ends(
    retention: SqlRetention, crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    [pending] = listed(crawl, book, "https://jpost.example/a")
    crawl.record_verdicts([verdict(pending, extraction())])
    crawl.record_visit(report(source_ids(crawl, "jpost")[0], at=NOW + HOUR))
    assert pruned(retention, NOW + DAY) == 1
    assert len(library.articles(ArticleQuery())) == 1
    (story,) = library.explain("https://jpost.example/a", pending.candidate.key)
    assert [at for at, _ in story.found] == [NOW]


def test_deliveries_and_hours_of_the_ledger_end(retention: SqlRetention, engine: Engine):
    channels, traffic = SqlChannelBook(engine), SqlTrafficBook(engine)
    channel = channels.add(
        kind=ChannelKind.WEBHOOK, name="desk", url="https://desk.example/", secret="s", now=NOW, is_from_start=True
    )
    made = Delivery(
        channel_id=channel.id,
        event_seq=1,
        article_id=7,
        key="k",
        state=DeliveryState.DELIVERED,
        tries=1,
        ended_at=NOW,
    )
    channels.delivered(made, 0)
    channels.delivered(replace(made, event_seq=2, ended_at=NOW + 2 * DAY), 1)
    row = HostTraffic(
        host="a.example", hour=NOW, requests=1, robots=0, not_modified=0, refused=0, failed=0, bytes_received=1,
        least_gap_ms=None,
    )  # fmt: skip
    traffic.add([row, replace(row, host="b.example"), replace(row, hour=NOW + 2 * DAY)])
    assert pruned(retention, NOW + DAY) == 3
    assert pruned(retention, NOW + DAY) == 0
    assert [each.event_seq for each in channels.deliveries("desk", 10)] == [2]
    assert traffic.hosts(NOW) == ["a.example"]
    assert channels.channel("desk").cursor == 2


def test_it_goes_a_batch_at_a_time(retention: SqlRetention, crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    book.load([outlet()], "added", NOW)
    (source,) = source_ids(crawl, "jpost")
    crawl.record_visit(report(source))
    with engine.begin() as connection:
        row = connection.execute(select(visits)).one()._mapping
        connection.execute(visits.insert(), [{**row, "id": row["id"] + n} for n in range(1, CHUNK + 100)])
    assert [pruned(retention, NOW + DAY) for _ in range(3)] == [CHUNK, 99, 0]


def test_events_end_once_all_have_passed_them_but_for_orders_and_the_newest(
    retention: SqlRetention, crawl: SqlCrawlStore, book: SqlOutletBook, event_log: SqlEventLog, engine: Engine
):
    for number in range(3):
        [pending] = listed(crawl, book, f"https://jpost.example/{number}")
        crawl.record_verdicts([verdict(pending, extraction())])
    before = event_log.since(0, 99)
    channels = SqlChannelBook(engine)
    kind, url = ChannelKind.WEBHOOK, "https://desk.example/"
    slow = channels.add(kind=kind, name="slow", url=url, secret="s", now=NOW, is_from_start=True)
    assert retention.prune(NOW, NOW + DAY).events == 0  # the channel, stories and watchlists have passed none
    follow_all(engine, event_log.last_seq())
    stored = [event.seq for event in before if event.kind is EventKind.ARTICLE_STORED]
    assert channels.skip(slow.id, 0, stored[0])
    assert retention.prune(NOW, NOW - DAY).events == 0  # too young
    gone = retention.prune(NOW, NOW + DAY)
    assert gone.events == len([event for event in before if event.seq <= stored[0] and event.kind not in STAYING])
    assert gone.events > 0
    assert event_log.begins_after() == stored[0]
    assert channels.skip(slow.id, stored[0], event_log.last_seq())
    newest = event_log.last_seq()
    while retention.prune(NOW, NOW + DAY).events:
        pass
    left = event_log.since(0, 99)
    assert all(event.kind in STAYING for event in left[:-1])
    assert event_log.last_seq() == newest
    assert retention.pruned().events == len(before) + 1 - len(left)


STAYING = {EventKind.ORDER_GIVEN, EventKind.OUTLET_CHANGED, EventKind.WATCHLIST_CHANGED, EventKind.CHANNEL_CHANGED}


def follow_all(engine: Engine, upto: int) -> None:
    """As if stories and watchlists had been followed so far."""
    with engine.begin() as connection:
        for table in (story_state, match_state):
            connection.execute(update(table).values(cursor=upto))
