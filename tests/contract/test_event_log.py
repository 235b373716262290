"""EventLog: a reader with a cursor misses nothing, whoever writes meanwhile."""

from __future__ import annotations

import threading
import time

from storage.archive.archive import Archive
from storage.records import Event, EventKind, VisitOutcome
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import NOW, extraction, listed, outlet, report, source_ids, verdict

WRITERS, EACH = 4, 40


def test_events_come_in_order_from_a_cursor_on(book: SqlOutletBook, event_log: SqlEventLog, library: SqlLibrary):
    assert (event_log.last_seq(), event_log.since(0, 9), library.newest_change()) == (0, [], (0, None))
    book.load([outlet("a"), outlet("b")], "added", NOW)
    book.set_paused("a", True, NOW)
    first, second, third = event_log.since(0, 9)
    assert first == Event(
        seq=first.seq, at=NOW, kind=EventKind.OUTLET_CHANGED, outlet_key="a", article_id=None, payload={"what": "added"}
    )
    assert first.seq < second.seq < third.seq
    assert event_log.since(first.seq, 1) == [second]
    assert event_log.since(third.seq, 9) == []
    assert event_log.last_seq() == third.seq
    assert library.newest_change() == (third.seq, NOW)


def test_a_reader_with_a_cursor_misses_no_event_of_writers_at_work(
    book: SqlOutletBook, crawl: SqlCrawlStore, event_log: SqlEventLog, database_url: str, bodies: Archive
):
    keys = [f"outlet{number}" for number in range(WRITERS)]
    book.load([outlet(key) for key in keys], "added", NOW)
    found = {key: listed(crawl, book, *(f"https://{key}.example/{n}" for n in range(EACH)), key=key) for key in keys}
    cursor = start = event_log.last_seq()
    errors: list[BaseException] = []

    def write(key: str) -> None:
        engine = open_engine(database_url)
        try:
            store = SqlCrawlStore(engine, bodies, domain_of, 900)
            [source_id] = source_ids(store, key)
            for number, one in enumerate(found[key]):
                store.record_verdicts([verdict(one, extraction(one.candidate.url))])
                outcome = VisitOutcome.READ if number % 2 else VisitOutcome.FAILED
                store.record_visit(report(source_id, outcome=outcome))
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            errors.append(error)
        engine.dispose()

    writers = [threading.Thread(target=write, args=(key,)) for key in keys]
    for writer in writers:
        writer.start()
    read: list[int] = []
    while any(writer.is_alive() for writer in writers):
        got = event_log.since(cursor, 7)
        read.extend(event.seq for event in got)
        cursor = got[-1].seq if got else cursor
        time.sleep(0)
    while got := event_log.since(cursor, 7):
        read.extend(event.seq for event in got)
        cursor = got[-1].seq
    assert not errors
    assert read == [event.seq for event in event_log.since(start, 99_999)]
    assert len(read) == 2 * WRITERS * EACH
