"""Sources that say that they have moved, and which URL their validators belong to."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from storage.errors import NotMoved
from storage.records import MOVED_AFTER, EventKind, OutletSource, Reason, RobotsCopy, Source, SourceKind, VisitOutcome
from storage.sql.crawl import SqlCrawlStore
from storage.sql.events import SqlEventLog
from storage.sql.hosts import SqlHostBook
from storage.sql.library import SqlLibrary
from storage.sql.moves import SqlMoveBook
from storage.sql.outlets import SqlOutletBook
from tests.contract.sample_records import HOUR, NOW, captured, extraction, listed, outlet, report, source_ids, verdict

OLD, NEW, OTHER = "https://jpost.example/feed0", "https://jpost.example/new", "https://jpost.example/other"


@pytest.fixture
def hosts(engine: Engine) -> SqlHostBook:
    return SqlHostBook(engine)


@pytest.fixture
def source_id(crawl: SqlCrawlStore, book: SqlOutletBook) -> int:
    book.load([outlet()], "added", NOW)
    return source_ids(crawl, "jpost")[0]


def visited(crawl: SqlCrawlStore, source_id: int, times: int = 1, **changes: Any) -> Source:
    for _ in range(times):
        crawl.record_visit(report(source_id, **changes))
    source = crawl.source(source_id)
    assert source is not None
    return source


def test_ten_answers_in_a_row_that_it_has_moved_move_it(crawl: SqlCrawlStore, source_id: int):
    assert visited(crawl, source_id, MOVED_AFTER - 1, moved_to=NEW).address == OLD
    moved = visited(crawl, source_id, moved_to=NEW, outcome=VisitOutcome.UNCHANGED)
    assert (moved.address, moved.url, moved.has_moved) == (NEW, OLD, True)
    assert visited(crawl, source_id, 3).address == NEW  # asked there, it does not redirect


def test_one_answer_without_a_redirect_or_with_another_begins_anew(crawl: SqlCrawlStore, source_id: int):
    visited(crawl, source_id, MOVED_AFTER - 1, moved_to=NEW)
    assert visited(crawl, source_id).moved_answers == 0
    visited(crawl, source_id, MOVED_AFTER - 1, moved_to=NEW)
    other = visited(crawl, source_id, moved_to=OTHER)
    assert (other.moved_to, other.moved_answers, other.address) == (OTHER, 1, OLD)


def test_a_failure_neither_counts_nor_begins_anew(crawl: SqlCrawlStore, source_id: int):
    visited(crawl, source_id, 3, moved_to=NEW)
    assert visited(crawl, source_id, outcome=VisitOutcome.FAILED, status=500, moved_to=NEW).moved_answers == 3


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_no_longer_there_is_asked_for_at_its_named_address_again(
    status: int, crawl: SqlCrawlStore, source_id: int
):
    visited(crawl, source_id, MOVED_AFTER, moved_to=NEW)
    failed = {"outcome": VisitOutcome.FAILED, "status": status, "is_gone": status == 410}
    back = visited(crawl, source_id, **failed)
    assert (back.address, back.moved_answers, back.state.value) == (OLD, 0, "failing")


@pytest.fixture
def moves(engine: Engine) -> SqlMoveBook:
    return SqlMoveBook(engine)


def test_an_accepted_move_is_the_sources_own_address_over_new_files_until_it_is_taken_back(
    crawl: SqlCrawlStore, book: SqlOutletBook, source_id: int, moves: SqlMoveBook, event_log: SqlEventLog
):
    visited(crawl, source_id, MOVED_AFTER, moved_to=NEW)
    assert moves.accept(source_id, NOW, "console at loopback") == NEW
    book.load([outlet(note="another")], "added", NOW)
    accepted = visited(crawl, source_id, outcome=VisitOutcome.FAILED, status=404)
    assert (accepted.address, accepted.url, accepted.has_moved, accepted.accepted_url) == (NEW, OLD, False, NEW)
    assert visited(crawl, source_id, MOVED_AFTER, moved_to=OTHER).address == OTHER
    assert moves.take_back(source_id, NOW) == OLD
    assert visited(crawl, source_id).address == OLD
    orders = [each.payload for each in event_log.since(0, 100) if each.kind is EventKind.ORDER_GIVEN]
    assert [(each["what"], each["by"], each["from"], each["to"]) for each in orders] == [
        ("accept-move", "console at loopback", OLD, NEW),
        ("take-back-move", "command", NEW, OLD),
    ]


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_source_whose_new_address_its_file_names_goes_on_with_all_it_has_learned(
    is_accepted: bool, crawl: SqlCrawlStore, book: SqlOutletBook, source_id: int, moves: SqlMoveBook
):
    visited(crawl, source_id, MOVED_AFTER, moved_to=NEW, etag='"1"', validators_url=NEW)
    if is_accepted:
        moves.accept(source_id, NOW)
    book.load([outlet(sources=(OutletSource(kind=SourceKind.FEED, url=NEW),))], "added", NOW)
    assert source_ids(crawl, "jpost") == [source_id]
    renamed = crawl.source(source_id)
    assert renamed is not None
    assert (renamed.url, renamed.address, renamed.accepted_url, renamed.moved_to) == (NEW, NEW, None, None)
    assert (renamed.etag, renamed.validators_url, renamed.last_visit_at) == ('"1"', NEW, NOW)


def test_a_source_that_is_still_named_is_not_renamed_to_where_it_has_moved(
    crawl: SqlCrawlStore, book: SqlOutletBook, source_id: int
):
    visited(crawl, source_id, MOVED_AFTER, moved_to=NEW)
    both = tuple(OutletSource(kind=SourceKind.FEED, url=url) for url in (NEW, OLD))
    book.load([outlet(sources=both)], "added", NOW)
    assert {crawl.source(number).url for number in source_ids(crawl, "jpost")} == {OLD, NEW}


def test_a_source_that_has_not_moved_for_good_has_nothing_to_accept_or_take_back(
    crawl: SqlCrawlStore, source_id: int, moves: SqlMoveBook, event_log: SqlEventLog
):
    visited(crawl, source_id, MOVED_AFTER - 1, moved_to=NEW)
    for act in (moves.accept, moves.take_back):
        with pytest.raises(NotMoved):
            act(source_id, NOW)
    assert visited(crawl, source_id).address == OLD
    assert all(each.kind is not EventKind.ORDER_GIVEN for each in event_log.since(0, 100))


def test_validators_belong_to_the_url_that_sent_them(crawl: SqlCrawlStore, source_id: int):
    first = visited(crawl, source_id, etag='"1"', last_modified="Mon", validators_url=NEW)
    assert (first.validators_url, first.etag, first.last_modified) == (NEW, '"1"', "Mon")
    kept = visited(crawl, source_id, outcome=VisitOutcome.UNCHANGED, etag='"2"', validators_url=NEW)
    assert (kept.validators_url, kept.etag, kept.last_modified) == (NEW, '"2"', "Mon")
    other = visited(crawl, source_id, outcome=VisitOutcome.UNCHANGED, etag='"3"', validators_url=OTHER)
    assert (other.validators_url, other.etag, other.last_modified) == (OTHER, '"3"', None)
    own = visited(crawl, source_id, last_modified="Tue", validators_url=OLD)
    assert (own.validators_url, own.etag, own.last_modified) == (None, None, "Tue")


def test_a_page_fetched_again_is_asked_about_with_what_its_last_answer_sent(
    crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Any
):
    (pending,) = listed(crawl, book, "https://jpost.example/a")
    assert crawl.validators_of(pending.id) is None
    stored = captured(verdict(pending, extraction()), bodies)
    crawl.record_verdicts([stored])
    assert crawl.validators_of(pending.id) is None  # it sent none


def test_what_an_outlet_kept_us_out_of_in_a_day_is_counted(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    found = listed(crawl, book, *(f"https://jpost.example/{number}" for number in range(5)))
    reasons = (Reason.CHALLENGE, Reason.CHALLENGE, Reason.CONSENT, Reason.GONE)
    crawl.record_verdicts([verdict(one, reason=reason) for one, reason in zip(found, reasons, strict=False)])
    assert library.standing("jpost", NOW + HOUR).kept_out == (("challenge", 2), ("consent", 1))
    assert library.standing("jpost", NOW + 48 * HOUR).kept_out == ()


def test_how_an_outlets_hosts_stand_with_us(
    crawl: SqlCrawlStore, book: SqlOutletBook, hosts: SqlHostBook, library: SqlLibrary
):
    book.load([outlet(hosts=("jpost-cdn.example",))], "added", NOW)
    origins = ("https://jpost.example", "https://www.jpost.example", "https://a.jpost-cdn.example:8443")
    for origin in (*origins, "https://notjpost.example", "https://example"):
        hosts.save_robots(RobotsCopy(origin=origin, fetched_at=NOW, status=200, body=b"User-agent: *", verdict="rules"))
    hosts.rest("www.jpost.example", NOW + HOUR, "answered 503", 2)
    hosts.rest("*.jpost.example", NOW + HOUR, "answered 503", 2)
    hosts.rest("feeds.jpost.example", NOW - HOUR, "answered 503", 1)
    hosts.rest("notjpost.example", NOW + HOUR, "answered 503", 1)
    standing = library.standing("jpost", NOW)
    assert [copy.origin for copy in standing.robots] == sorted(origins)
    assert standing.robots[0].text == "User-agent: *"
    assert {wait.host for wait in standing.waits} == {"www.jpost.example", "*.jpost.example"}
