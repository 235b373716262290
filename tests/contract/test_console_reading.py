"""What the console's pages read, on both databases: how an article was found, the history of visits, what runs."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from storage.archive.archive import Archive
from storage.records import VISITING, Delay, Hints, Moment, Precision, ProcessInfo, Zone
from storage.sql.crawl import SqlCrawlStore
from storage.sql.hosts import SqlProcessBook
from storage.sql.library import SqlLibrary
from storage.sql.notes import SqlNotes
from storage.sql.outlets import SqlOutletBook
from tests.contract.sample_records import (
    HOUR,
    MINUTE,
    NOW,
    candidate,
    captured,
    extraction,
    outlet,
    report,
    source_ids,
    verdict,
)


def test_how_an_article_was_found_is_told_by_the_visit_that_listed_it_first(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, bodies: Archive
):
    book.load([outlet("a", feeds=2)], "shipped", NOW)
    first, second = source_ids(crawl, "a")
    told = Moment(at=NOW + 50 * MINUTE, precision=Precision.MINUTE, rule="feed", zone=Zone.STATED)
    crawl.record_visit(report(first, at=NOW))
    found = candidate("https://a.example/1", hints=Hints(published=told))
    _, [pending] = crawl.record_visit(report(first, at=NOW + HOUR, candidates=(found,), listed=1))
    crawl.record_visit(report(second, at=NOW + 2 * HOUR, candidates=(found,), listed=1))
    [stored] = crawl.record_verdicts([captured(verdict(pending, extraction(), at=NOW + HOUR), bodies)])
    arrival = library.article(stored.article_id or 0).arrival
    assert arrival is not None
    assert (arrival.found_at, arrival.absent_at, arrival.told) == (NOW + HOUR, NOW, told)
    assert arrival.source_url == "https://a.example/feed0"
    assert arrival.delay == Delay(least=10 * MINUTE, most=10 * MINUTE)
    assert not arrival.is_told_ahead


def test_visits_are_read_back_from_any_of_them(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    book.load([outlet("a"), outlet("b")], "shipped", NOW)
    made = [crawl.record_visit(report(number))[0] for number in source_ids(crawl, "a", "b") * 2]
    assert library.visits("a", 9, before_id=made[2].id) == [made[0]]
    assert library.visits(None, 1, before_id=made[3].id) == [made[2]]
    assert library.visits("b", 9, before_id=made[1].id) == []


def test_what_is_visited_is_what_living_workers_told_last(
    engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    book.load([outlet("a", feeds=2)], "shipped", NOW)
    first, second = source_ids(crawl, "a")
    assert library.visits_under_way(NOW) == []
    processes = SqlProcessBook(engine)
    for name, at, visiting in (("w1", NOW, {first: 5.0}), ("w2", NOW - timedelta(minutes=5), {second: 1.0})):
        figures = {VISITING: {str(number): NOW.timestamp() - since for number, since in visiting.items()}}
        processes.beat(ProcessInfo(name=name, role="worker", pid=1, started_at=at, seen_at=at, figures=figures))
    [visit] = library.visits_under_way(NOW + timedelta(seconds=9))
    assert (visit.source_id, visit.worker, visit.outlet_key) == (first, "w1", "a")
    assert visit.began_at == NOW - timedelta(seconds=5)


def test_of_several_first_values_of_a_note_all_get_the_same(engine: Engine):
    notes = SqlNotes(engine)
    assert [notes.first("secret", "one"), notes.first("secret", "two"), notes.get("secret")] == ["one"] * 3
