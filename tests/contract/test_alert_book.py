"""States of sources and what is told of them, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_records import HOUR, MINUTE, NOW, outlet, report
from sqlalchemy import Engine

from crawler.outlets.health.alerts import Alarm
from crawler.outlets.health.source import Examiner
from storage.archive.archive import Archive
from storage.records import Event, EventKind, SourceState, VisitOutcome
from storage.sql.alerts import SqlAlertBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook

KEYS = [f"o{number:02}" for number in range(12)]


@pytest.fixture
def examined(engine: Engine, bodies: Archive) -> SqlCrawlStore:
    return SqlCrawlStore(engine, bodies, lambda url: url.split("/")[2], 900, examiner=Examiner())


@pytest.fixture
def alerts(engine: Engine) -> SqlAlertBook:
    return SqlAlertBook(engine)


def ids(crawl: SqlCrawlStore, book: SqlOutletBook, number: int) -> list[int]:
    book.load([outlet(key) for key in KEYS[:number]], "shipped", NOW)
    return [source.id for key in KEYS[:number] for source in crawl.sources_of([key])]


def fail(crawl: SqlCrawlStore, source_id: int, reason: str = "http-404", times: int = 2) -> None:
    for number in range(times):
        failed = report(source_id, outcome=VisitOutcome.FAILED, reason=reason, detail="answered so")
        crawl.record_visit(replace(failed, finished_at=NOW + number * MINUTE))


def told(event_log: SqlEventLog, since: int) -> list[Event]:
    kinds = {EventKind.ALERT_RAISED, EventKind.ALERT_ENDED}
    return [event for event in event_log.since(since, 1000) if event.kind in kinds]


def test_a_state_is_told_once_and_its_end_once_even_by_two_schedulers(
    examined: SqlCrawlStore, book: SqlOutletBook, alerts: SqlAlertBook, event_log: SqlEventLog, library: SqlLibrary
):
    ill, *rest = ids(examined, book, 4)
    for well in rest:
        examined.record_visit(report(well, at=NOW + 3 * MINUTE))
    start = event_log.last_seq()
    fail(examined, ill)
    for _ in range(3):  # as after a start, and by a second scheduler
        alerts.tell(Alarm(), NOW + HOUR)
    [raised] = told(event_log, start)
    assert (raised.kind, raised.outlet_key) == (EventKind.ALERT_RAISED, "o00")
    assert "dead: answered so" in raised.payload["sentence"]
    source = examined.source(ill)
    assert source is not None
    assert (source.state, source.cause, source.alerted_at) == (SourceState.DEAD, "http-404", NOW + HOUR)
    [status] = [each for each in library.outlet_statuses(NOW) if each.outlet.key == "o00"]
    assert (status.state, status.trouble) == (SourceState.DEAD, "answered so")
    examined.record_visit(report(ill, at=NOW + 2 * HOUR))
    for _ in range(3):
        alerts.tell(Alarm(), NOW + 2 * HOUR)
    assert [event.kind for event in told(event_log, start)] == [EventKind.ALERT_RAISED, EventKind.ALERT_ENDED]


def test_a_network_that_fails_is_one_alert_and_its_end_another(
    examined: SqlCrawlStore, book: SqlOutletBook, alerts: SqlAlertBook, event_log: SqlEventLog, library: SqlLibrary
):
    sources = ids(examined, book, 12)
    start = event_log.last_seq()
    for source_id in sources:
        fail(examined, source_id, "dns", 3)
    for _ in range(3):
        alerts.tell(Alarm(), NOW + 3 * MINUTE)
    [raised] = told(event_log, start)
    assert raised.payload["scope"] == "network"
    network = library.network()
    assert network is not None
    assert network.until is None
    for source_id in sources:
        examined.record_visit(report(source_id, at=NOW + HOUR))
    for _ in range(3):
        alerts.tell(Alarm(), NOW + HOUR)
    assert [event.payload["scope"] for event in told(event_log, start)] == ["network", "network"]


def test_many_outlets_that_fall_ill_in_one_look_are_one_alert(
    examined: SqlCrawlStore, book: SqlOutletBook, alerts: SqlAlertBook, event_log: SqlEventLog
):
    sources = ids(examined, book, 12)
    start = event_log.last_seq()
    for source_id in sources:
        examined.record_visit(report(source_id, outcome=VisitOutcome.FAILED, reason="http-410", is_gone=True))
    alerts.tell(Alarm(), NOW + 3 * MINUTE)
    [raised] = told(event_log, start)
    assert (raised.payload["scope"], len(raised.payload["sources"])) == ("many", 12)


def test_a_changed_layout_is_told_once_and_its_end_once(
    book: SqlOutletBook, alerts: SqlAlertBook, event_log: SqlEventLog, library: SqlLibrary
):
    book.load([outlet("o00")], "shipped", NOW)
    start = event_log.last_seq()
    assert alerts.set_layout("o00", "bylines are gone", NOW)
    assert not alerts.set_layout("o00", "bylines are gone", NOW + MINUTE)
    [status] = library.outlet_statuses(NOW)
    assert (status.state, status.layout_since, status.trouble) == (SourceState.LAYOUT, NOW, "bylines are gone")
    assert alerts.set_layout("o00", None, NOW + HOUR)
    assert not alerts.set_layout("o00", None, NOW + HOUR)
    assert [event.kind for event in told(event_log, start)] == [EventKind.ALERT_RAISED, EventKind.ALERT_ENDED]
