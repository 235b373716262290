"""The coverage ledger: which visits leave a gap, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from storage.backfills import BackfillState
from storage.records import GapState, VisitOutcome
from storage.sql.backfills import SqlBackfillBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.gaps import SqlGapBook
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import HOUR, NOW, outlet, report, source_ids

DAY = timedelta(days=1)


@pytest.fixture
def ledger(engine: Engine) -> SqlGapBook:
    return SqlGapBook(engine)


@pytest.fixture
def past(engine: Engine) -> SqlBackfillBook:
    return SqlBackfillBook(engine=engine, domain_of=domain_of)


@pytest.fixture
def feed(crawl: SqlCrawlStore, book: SqlOutletBook) -> int:
    book.load([outlet()], "added", NOW)
    return source_ids(crawl, "jpost")[0]


class Feed:
    """A feed that is visited once an hour."""

    def __init__(self, crawl: SqlCrawlStore, source_id: int) -> None:
        self._crawl = crawl
        self._source_id = source_id
        self.now = NOW - 10 * DAY

    def visit(self, names: str, *, listed: int = 0, **changes: object) -> None:
        self.now += HOUR
        urls = [f"https://jpost.example/{name}" for name in names]
        due = self.now + HOUR
        made = report(
            self._source_id,
            *urls,
            at=self.now,
            started_at=self.now,
            next_due_at=due,
            listed=listed or len(urls),
            **changes,
        )
        self._crawl.record_visit(made)

    @property
    def due_in(self) -> timedelta:
        source = self._crawl.source(self._source_id)
        assert source is not None
        assert source.next_due_at is not None
        return source.next_due_at - self.now


def test_two_visits_without_a_common_item_leave_a_gap_and_the_next_comes_sooner(
    crawl: SqlCrawlStore, ledger: SqlGapBook, feed: int
):
    web = Feed(crawl, feed)
    web.visit("abc")
    web.visit("bcd")
    assert ledger.gaps(NOW - 30 * DAY) == []
    assert web.due_in == HOUR
    web.visit("xyz")
    (gap,) = ledger.gaps(NOW - 30 * DAY, "jpost")
    assert (gap.since, gap.until, gap.state) == (web.now - HOUR, web.now, GapState.OPEN)
    assert web.due_in == HOUR / 4
    web.visit("yzw")
    assert web.due_in == HOUR
    assert len(ledger.gaps(NOW - 30 * DAY)) == 1


def test_time_without_an_answer_belongs_to_the_gap(crawl: SqlCrawlStore, ledger: SqlGapBook, feed: int):
    web = Feed(crawl, feed)
    web.visit("abc")
    well = web.now
    web.visit("", outcome=VisitOutcome.FAILED)
    web.visit("xyz")
    (gap,) = ledger.gaps(NOW - 30 * DAY)
    assert (gap.since, gap.until) == (well, web.now)


NO_GAPS = {
    "the first visit": [("abc", 0)],
    "an item stays": [("abc", 0), ("cde", 0)],
    "an item of long ago comes back": [("abc", 0), ("bcd", 0), ("xya", 0)],
    "a feed of two items": [("ab", 0), ("cd", 0), ("ef", 0)],
    "a feed that had one item": [("a", 0), ("xyz", 0)],
    "the fast scan knew some of the items": [("abc", 0), ("xyz", 5)],
    "the fast scan knew all of them": [("abc", 0), ("", 3)],
}


@pytest.mark.parametrize("visits", NO_GAPS.values(), ids=NO_GAPS.keys())
def test_no_gap(crawl: SqlCrawlStore, ledger: SqlGapBook, feed: int, visits: list[tuple[str, int]]):
    web = Feed(crawl, feed)
    for names, number in visits:
        web.visit(names, listed=number)
    assert ledger.gaps(NOW - 30 * DAY) == []


def test_a_feed_that_never_lists_an_item_twice_leaves_two_gaps_and_no_more(
    crawl: SqlCrawlStore, ledger: SqlGapBook, feed: int
):
    web = Feed(crawl, feed)
    for names in ("abc", "def", "ghi", "jkl", "mno", "pqr"):
        web.visit(names)
    assert len(ledger.gaps(NOW - 30 * DAY)) == 2
    assert web.due_in == HOUR


def test_a_gap_is_refilled_by_a_backfill_and_ends_with_it(
    crawl: SqlCrawlStore, ledger: SqlGapBook, past: SqlBackfillBook, feed: int
):
    web = Feed(crawl, feed)
    long_one = past.start("jpost", NOW - 90 * DAY, NOW - 60 * DAY, NOW)
    for names in ("abc", "xyz", "def"):
        web.visit(names)
    assert ledger.begin_refills(NOW) == 2
    assert ledger.begin_refills(NOW) == 0
    (first,) = past.running(None, 10)  # before the one that was begun by hand
    assert first.id != long_one.id
    assert first.is_announced
    past.end(first.id, BackfillState.DONE, NOW, None)
    (second,) = past.running(None, 10)
    past.end(second.id, BackfillState.FAILED, NOW, "no sitemap")
    newest, oldest = ledger.gaps(NOW - 30 * DAY)
    assert (oldest.state, oldest.backfill_id) == (GapState.REFILLED, first.id)
    assert (newest.state, newest.detail) == (GapState.LOST, "no sitemap")
    assert [each.id for each in past.running(None, 10)] == [long_one.id]


def test_an_outlet_is_refilled_four_times_a_day(crawl: SqlCrawlStore, ledger: SqlGapBook, feed: int):
    web = Feed(crawl, feed)
    letters = [chr(0x4E00 + number) for number in range(60)]
    for start in range(0, 60, 3):  # every third visit has something in common with the one before
        common = "".join(letters[start - 3 : start]) if start % 9 == 0 else ""
        web.visit("".join(letters[start : start + 3]) + common)
    assert len(ledger.gaps(NOW - 30 * DAY)) > 6
    assert ledger.begin_refills(NOW) + ledger.begin_refills(NOW) == 4
    assert ledger.begin_refills(NOW + 2 * DAY) == 4
