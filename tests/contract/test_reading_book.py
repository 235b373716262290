"""ReadingBook: pages read again change readings and nothing else, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from storage.archive.archive import Archive
from storage.authors import author_key
from storage.errors import ReextractionNotReady, ReextractionTaken, UnknownReextraction
from storage.records import (
    EventKind,
    Extraction,
    FieldChange,
    ReadAgain,
    Reason,
    Reextraction,
    ReextractionState,
    RetentionRule,
    Unread,
)
from storage.sql.authors import SqlAuthorBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import reading
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from storage.sql.readings import SqlReadingBook
from storage.sql.retaining import SqlRetentionBook
from storage.sql.schema import revisions
from storage.sql.story_follower import SqlStoryFollower
from tests.contract.sample_records import HOUR, NOW, capture_of, captured, extraction, key_of, listed, verdict
from tests.contract.story_texts import groups, prose
from tests.searching import found

A, B = "https://jpost.example/a", "https://jpost.example/b"


@pytest.fixture
def readings(engine: Engine) -> SqlReadingBook:
    return SqlReadingBook(engine)


@pytest.fixture
def store(crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive) -> Callable[..., int]:
    """Stores an article of one revision; returns its id."""

    def one(url: str, text: Extraction, page: bytes | None = None, at: datetime = NOW) -> int:
        (found,) = listed(crawl, book, url)
        (stored,) = crawl.record_verdicts([captured(verdict(found, text, at=at), bodies, page or url.encode())])
        assert stored.article_id is not None
        return stored.article_id

    return one


def read(readings: SqlReadingBook, texts: dict[int, Extraction | Unread], *outlets: str) -> Reextraction:
    """A whole re-extraction that reads articles as told."""
    order = readings.begin(outlets or ["jpost"], since=None, extractor="2", by="command", now=NOW)
    for outlet in order.outlets:
        place = 0
        while batch := readings.to_read(order.id, outlet, place, 1):
            found = []
            for each in batch:
                text = texts[each.article_id]
                is_read = isinstance(text, Extraction)
                found.append(
                    ReadAgain(revision_id=each.id, extraction=text)
                    if is_read
                    else ReadAgain(revision_id=each.id, unread=text)
                )
            upto = batch[-1].article_id
            readings.note(order.id, outlet, found, before=place, upto=upto, articles=1)
            place = upto
    readings.end(order.id, NOW + HOUR)
    return readings.reextraction(order.id)


def exchange(readings: SqlReadingBook, number: int, *, is_kept: bool) -> int:
    readings.turn(number, is_kept=is_kept, by="command", now=NOW)
    count = 0
    while True:
        step = readings.exchange(number, 1, NOW + 2 * HOUR)
        count += step.exchanged
        if step.is_done:
            return count


BEFORE = extraction("Iran withdrew.\n\nRead our newsletter.", section=None)
AFTER = extraction("Iran withdrew.", section="World", authors=(), extractor="2")


def test_a_report_tells_what_would_change_and_nothing_changes(
    readings: SqlReadingBook, store: Callable[..., int], library: SqlLibrary, event_log: SqlEventLog
):
    a, b = store(A, BEFORE), store(B, BEFORE)
    seq = event_log.last_seq()
    order = read(readings, {a: AFTER, b: Unread.REJECTED})
    assert (order.state, order.articles, order.done) == (ReextractionState.READ, 2, 2)
    (report,) = readings.report(order.id)
    assert (report.revisions, report.changed) == (2, 1)
    assert report.fields == {
        "authors": {FieldChange.LOST: 1},
        "section": {FieldChange.GAINED: 1},
        "text": {FieldChange.CHANGED: 1},
    }
    assert report.unread == {Unread.REJECTED: 1}
    section = next(sample for sample in report.samples if sample.field == "section")
    assert (section.url, section.before, section.after) == (A, "", "World")
    assert library.article(a).revisions[0].body == BEFORE.body
    assert [event.kind for event in event_log.since(seq, 9)] == [EventKind.ORDER_GIVEN]


def test_a_kept_reading_is_no_revision_and_is_searched_and_undone(
    readings: SqlReadingBook, store: Callable[..., int], library: SqlLibrary, event_log: SqlEventLog, engine: Engine
):
    a = store(A, BEFORE)
    order = read(readings, {a: AFTER})
    was = library.article(a)
    seq = event_log.last_seq()
    assert exchange(readings, order.id, is_kept=True) == 1
    now = library.article(a)
    assert (now.revisions[0].body, now.revisions[0].section, now.revisions[0].extractor) == (AFTER.body, "World", "2")
    assert [each.number for each in now.revisions] == [1]
    assert now.revisions[0].seen_at == was.revisions[0].seen_at
    assert now.summary.updated_at == was.summary.updated_at
    assert found(engine, "newsletter") == []
    assert found(engine, "withdrew") == [a]
    authors = SqlAuthorBook(engine)
    assert authors.article_ids([author_key("Anna Ahronheim")], 9) == []
    told = [event for event in event_log.since(seq, 9) if event.kind is not EventKind.ORDER_GIVEN]
    assert [(event.kind, event.article_id) for event in told] == [(EventKind.ARTICLE_REREAD, a)]
    (report,) = readings.report(order.id)
    assert next(sample for sample in report.samples if sample.field == "section").after == "World"

    assert exchange(readings, order.id, is_kept=False) == 1
    assert library.article(a) == was
    assert found(engine, "newsletter") == [a]
    assert authors.article_ids([author_key("Anna Ahronheim")], 9) == [a]
    with reading(engine) as connection:
        assert connection.execute(select(revisions.c.reading)).scalars().all() == [0]
    assert exchange(readings, order.id, is_kept=True) == 1
    assert library.article(a) == now


def test_the_same_words_fetched_after_it_are_no_revision(
    readings: SqlReadingBook, store: Callable[..., int], crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    a = store(A, BEFORE)
    exchange(readings, read(readings, {a: AFTER}).id, is_kept=True)
    (again,) = listed(crawl, book, "https://jpost.example/a?again")
    fetched = captured(verdict(again, AFTER, at=NOW + HOUR, article_key=key_of(A), article_url=A), bodies, b"new page")
    (stored,) = crawl.record_verdicts([fetched])
    assert (stored.reason, stored.article_id) == (Reason.UNCHANGED, a)


def test_a_reading_that_tells_readers_nothing_new_is_kept_without_an_event(
    readings: SqlReadingBook, store: Callable[..., int], library: SqlLibrary, event_log: SqlEventLog
):
    a = store(A, BEFORE)
    order = read(readings, {a: replace(BEFORE, extractor="2")})
    assert readings.report(order.id)[0].changed == 0
    seq = event_log.last_seq()
    assert exchange(readings, order.id, is_kept=True) == 1
    assert library.article(a).revisions[0].extractor == "2"
    assert {event.kind for event in event_log.since(seq, 9)} == {EventKind.ORDER_GIVEN}


def test_what_a_later_one_has_read_is_left_to_that_one(
    readings: SqlReadingBook, store: Callable[..., int], library: SqlLibrary
):
    a = store(A, BEFORE)
    one, other = read(readings, {a: AFTER}), read(readings, {a: replace(AFTER, title="Another headline")})
    exchange(readings, other.id, is_kept=True)
    readings.turn(one.id, is_kept=True, by="command", now=NOW)
    step = readings.exchange(one.id, 9, NOW)
    assert (step.exchanged, step.overtaken, step.is_done) == (0, 1, True)
    assert library.article(a).revisions[0].title == "Another headline"


def test_those_kept_upon_each_other_are_undone_the_last_first(
    readings: SqlReadingBook, store: Callable[..., int], library: SqlLibrary
):
    a = store(A, BEFORE)
    one = read(readings, {a: AFTER})
    exchange(readings, one.id, is_kept=True)
    other = read(readings, {a: replace(AFTER, title="Another headline")})
    exchange(readings, other.id, is_kept=True)
    with pytest.raises(ReextractionNotReady, match=f"undo {other.id} first"):
        readings.turn(one.id, is_kept=False, by="command", now=NOW)
    exchange(readings, other.id, is_kept=False)
    exchange(readings, one.id, is_kept=False)
    assert library.article(a).revisions[0].body == BEFORE.body


def test_only_what_was_seen_since_a_day_is_read(
    readings: SqlReadingBook, store: Callable[..., int], crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    store(A, BEFORE)
    (found,) = listed(crawl, book, B)
    crawl.record_verdicts([captured(verdict(found, AFTER, at=NOW + 3 * HOUR), bodies, b"page")])
    order = readings.begin(["jpost"], since=NOW + HOUR, extractor="2", by="command", now=NOW)
    assert order.articles == 1
    (one,) = readings.to_read(order.id, "jpost", 0, 9)
    assert one.page is not None
    assert one.page.capture.url == B


def erase(engine: Engine, before: datetime) -> None:
    """Has retention delete all texts that were seen before a moment."""
    deleting = SqlRetentionBook(engine)
    rules = [RetentionRule(outlet_key="jpost", texts_before=before)]
    order = deleting.plan(rules, why="the year is over", by="ada", now=NOW, progress=lambda *_: None)
    deleting.begin(order.id, by="ada", now=NOW)
    while deleting.step(order.id, NOW):
        pass


def test_those_behind_a_batch_whose_texts_were_all_deleted_are_read(
    engine: Engine, readings: SqlReadingBook, store: Callable[..., int]
):
    store(A, BEFORE)
    late = store(B, BEFORE, at=NOW + 3 * HOUR)
    erase(engine, NOW + HOUR)
    order = readings.begin(["jpost"], since=None, extractor="2", by="command", now=NOW)
    assert order.articles == 1
    assert [each.article_id for each in readings.to_read(order.id, "jpost", 0, 1)] == [late]


def test_a_text_that_is_deleted_while_its_page_is_read_does_not_come_back(
    engine: Engine, readings: SqlReadingBook, store: Callable[..., int], library: SqlLibrary
):
    a = store(A, BEFORE)
    order = readings.begin(["jpost"], since=None, extractor="2", by="command", now=NOW)
    (one,) = readings.to_read(order.id, "jpost", 0, 9)
    erase(engine, NOW + HOUR)
    readings.note(order.id, "jpost", [ReadAgain(revision_id=one.id, extraction=AFTER)], before=0, upto=a, articles=1)
    readings.end(order.id, NOW)
    assert exchange(readings, order.id, is_kept=True) == 0
    assert library.article(a).revisions[0].body == ""
    assert readings.drop(order.id, 9, by="command", now=NOW) == 0  # nor is it held aside


def test_two_processes_never_do_the_same_part_twice(readings: SqlReadingBook, store: Callable[..., int]):
    a = store(A, BEFORE)
    order = readings.begin(["jpost"], since=None, extractor="2", by="command", now=NOW)
    (one,) = readings.to_read(order.id, "jpost", 0, 9)
    found = [ReadAgain(revision_id=one.id, extraction=AFTER)]
    readings.note(order.id, "jpost", found, before=0, upto=a, articles=1)
    with pytest.raises(ReextractionTaken):
        readings.note(order.id, "jpost", found, before=0, upto=a, articles=1)
    assert readings.reextraction(order.id).done == 1
    assert readings.to_read(order.id, "jpost", a, 9) == []


def test_pages_of_an_article_of_several_pages_come_together(
    readings: SqlReadingBook, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    (found,) = listed(crawl, book, A)
    page_2 = capture_of(A + "?page=2", b"second page")
    first = captured(verdict(found, BEFORE), bodies, b"first page")
    crawl.record_verdicts([replace(first, further=((page_2, bodies.put(page_2)),))])
    order = readings.begin(["jpost"], since=None, extractor="2", by="command", now=NOW)
    (one,) = readings.to_read(order.id, "jpost", 0, 9)
    assert [page.capture.url for page in one.further] == [A + "?page=2"]


def test_what_is_dropped_can_neither_be_kept_nor_undone(readings: SqlReadingBook, store: Callable[..., int]):
    order = read(readings, {store(A, BEFORE): AFTER})
    assert readings.drop(order.id, 9, by="command", now=NOW) == 1
    assert readings.drop(order.id, 9, by="command", now=NOW) == 0
    with pytest.raises(ReextractionNotReady, match="dropped"):
        readings.turn(order.id, is_kept=True, by="command", now=NOW)
    with pytest.raises(UnknownReextraction):
        readings.report(order.id + 1)


def test_what_is_not_read_to_its_end_cannot_be_kept(readings: SqlReadingBook, store: Callable[..., int]):
    store(A, BEFORE)
    order = readings.begin(["jpost"], since=None, extractor="2", by="command", now=NOW)
    with pytest.raises(ReextractionNotReady, match="not read to its end"):
        readings.turn(order.id, is_kept=True, by="command", now=NOW)


def test_stories_follow_a_reading_and_its_undoing(engine: Engine, readings: SqlReadingBook, store: Callable[..., int]):
    """Two articles look alike by what was wrongly read of one; read rightly, they are no story any more."""
    own, chrome = prose("own", 200), prose("teaser", 200)
    a, b = store(A, extraction(chrome)), store(B, extraction(f"{chrome}\n\n{own}"))
    follower = SqlStoryFollower(engine)

    def followed() -> list[list[int]]:
        while not follower.follow(50, NOW + timedelta(days=1)).is_current:
            pass
        return [group for group in groups(engine) if len(group) > 1]

    assert followed() == [[a, b]]
    order = read(readings, {a: extraction(chrome), b: extraction(own)})
    exchange(readings, order.id, is_kept=True)
    assert followed() == []
    exchange(readings, order.id, is_kept=False)
    assert followed() == [[a, b]]
