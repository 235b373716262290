"""BackfillBook: pages, finds, and how they become candidates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from storage.backfills import Backfill, BackfillStage, BackfillState, Find, PageKind, PageRead, PageToRead
from storage.errors import UnknownOutlet
from storage.records import ArticleQuery, EventKind, Extraction, Moment, Precision, Reason, Zone
from storage.sql.backfills import SqlBackfillBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import HOUR, NOW, candidate, extraction, listed, outlet, verdict

DAY = timedelta(days=1)
HOST = "https://jpost.example"
SINCE, UNTIL = NOW - 60 * DAY, NOW - 30 * DAY


@pytest.fixture
def past(engine: Engine, book: SqlOutletBook) -> SqlBackfillBook:
    book.load([outlet(), outlet("other")], "added", NOW)
    return SqlBackfillBook(engine=engine, domain_of=domain_of)


def page(name: str, rank: int = 0) -> PageToRead:
    return PageToRead(kind=PageKind.SITEMAP, url=f"{HOST}/{name}.xml", rank=rank)


def find(name: str, rank: int = 0) -> Find:
    return Find(candidate=candidate(f"{HOST}/{name}"), rank=rank)


def begun(past: SqlBackfillBook, *pages: PageToRead, **options: bool) -> Backfill:
    backfill = past.start("jpost", SINCE, UNTIL, NOW, **options)
    past.advance(backfill, BackfillStage.SITEMAPS, pages)
    return past.backfill(backfill.id)


def read_next(
    past: SqlBackfillBook, backfill: Backfill, *finds: Find, pages: tuple[PageToRead, ...] = ()
) -> PageToRead:
    due = past.next_page(backfill.id, NOW)
    assert due is not None
    past.record(backfill.id, PageRead(page=due, at=NOW, listed=len(finds), finds=finds, pages=pages))
    return due


def test_the_same_period_goes_on_where_it_was_and_another_is_another(past: SqlBackfillBook):
    first = begun(past, page("a"))
    past.stop("jpost", NOW)
    assert past.running(None, 10) == []
    again = past.start("jpost", SINCE, UNTIL, NOW)
    assert (again.id, again.stage, again.state) == (first.id, BackfillStage.SITEMAPS, BackfillState.RUNNING)
    other = past.start("jpost", SINCE, UNTIL + DAY, NOW)
    assert other.id != first.id
    assert [each.id for each in past.running(None, 10)] == [first.id]  # one after the other
    past.end(first.id, BackfillState.DONE, NOW, None)
    assert [each.id for each in past.running(["jpost"], 10)] == [other.id]
    assert past.running(["other"], 10) == []
    with pytest.raises(UnknownOutlet):
        past.start("nobody", SINCE, UNTIL, NOW)


def test_a_paused_outlet_is_not_worked_on(past: SqlBackfillBook, book: SqlOutletBook):
    begun(past)
    book.set_paused("jpost", True, NOW)
    assert past.running(None, 10) == []


def test_pages_come_in_their_order_once_and_a_failed_one_again_later(past: SqlBackfillBook):
    backfill = begun(past, page("b", 2), page("a", 1))
    due = past.next_page(backfill.id, NOW)
    assert due is not None
    assert due.url == f"{HOST}/a.xml"
    past.record(backfill.id, PageRead(page=due, at=NOW, problem="answered 503", retry_at=NOW + HOUR))
    assert read_next(past, backfill, pages=(page("a", 0), page("c", 3))).url == f"{HOST}/b.xml"
    assert read_next(past, backfill).url == f"{HOST}/c.xml"
    assert past.next_page(backfill.id, NOW) is None
    later = past.next_page(backfill.id, NOW + HOUR)
    assert later is not None
    assert (later.url, later.tries) == (f"{HOST}/a.xml", 1)


def test_what_a_page_listed_is_stored_once_however_often_it_is_told(past: SqlBackfillBook):
    backfill = begun(past, page("a"))
    due = read_next(past, backfill, find("x"), find("y"))
    past.record(backfill.id, PageRead(page=due, at=NOW, listed=9, finds=(find("z"),)))
    assert past.waiting(backfill.id) == (2, 0)
    assert past.progress(backfill.id, NOW).listed == 2


def test_finds_become_candidates_by_rank_a_few_at_a_time(past: SqlBackfillBook, crawl: SqlCrawlStore):
    backfill = begun(past, page("a"))
    read_next(past, backfill, find("third", 3), find("first", 1), find("second", 2))
    assert past.feed(backfill, NOW, 2) == 2
    assert past.feed(backfill, NOW, 2) == 0
    waiting = crawl.pending(["jpost.example"], NOW, 10)
    assert {(each.candidate.url, each.backfill_rank) for each in waiting} == {
        (f"{HOST}/first", 1),
        (f"{HOST}/second", 2),
    }
    assert all(each.is_past and each.backfill_id == backfill.id for each in waiting)
    assert past.waiting(backfill.id) == (1, 2)


def test_what_is_known_is_not_fetched_again_and_is_counted(past: SqlBackfillBook, crawl: SqlCrawlStore):
    first = begun(past, page("a"))
    read_next(past, first, find("x"))
    past.feed(first, NOW, 10)
    (pending,) = crawl.pending(["jpost.example"], NOW, 10)
    crawl.record_verdicts([verdict(pending, extraction=extraction())])
    past.end(first.id, BackfillState.DONE, NOW, None)
    again = begun(past, page("a"))
    assert again.id != first.id
    read_next(past, again, find("x"), find("new"))
    past.feed(again, NOW, 10)
    progress = past.progress(again.id, NOW)
    assert (progress.found, progress.waiting, progress.done, dict(progress.ended)) == (2, 1, 1, {"seen": 1})


def of(published: datetime) -> Extraction:
    return extraction(
        f"Of {published}.", published=Moment(at=published, precision=Precision.DAY, rule="time", zone=Zone.NONE)
    )


#: When it was published, whether the backfill is announced, and whether readers are told.
CASES = {
    "of long ago": (NOW - 45 * DAY, False, False),
    "of long ago, announced": (NOW - 45 * DAY, True, True),
    "as it came": (NOW - HOUR, False, True),
    "dated in the future": (NOW + 45 * DAY, False, False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_it_brings_is_no_news_unless_it_is_fresh_or_announced(
    case: tuple[datetime, bool, bool],
    past: SqlBackfillBook,
    crawl: SqlCrawlStore,
    event_log: SqlEventLog,
    library: SqlLibrary,
):
    published, is_announced, is_news = case
    backfill = begun(past, page("a"), is_announced=is_announced)
    read_next(past, backfill, find("x"))
    past.feed(backfill, NOW, 10)
    (pending,) = crawl.pending(["jpost.example"], NOW, 10)
    (stored,) = crawl.record_verdicts([verdict(pending, of(published))])
    assert stored.reason is Reason.STORED
    (event,) = [each for each in event_log.since(0, 100) if each.kind is EventKind.ARTICLE_STORED]
    assert (event.payload["backfill"], event.is_news) == (backfill.id, is_news)
    (article,) = library.articles(ArticleQuery())
    assert article.backfill_id == backfill.id
    assert len(library.articles(ArticleQuery(is_news=True))) == is_news
    assert (library.status(NOW).articles, library.status(NOW).articles_24h) == (1, is_news)
    (line,) = [line for line in library.outlet_lines(NOW, 3) if line.key == "jpost"]
    assert (line.articles, line.articles_24h, sum(line.by_day)) == (1, is_news, is_news)


def test_feeds_leave_out_what_a_backfill_found_but_not_what_was_known_before(
    past: SqlBackfillBook, crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    (known,) = listed(crawl, book, f"{HOST}/known")
    crawl.record_verdicts([verdict(known, extraction())])
    backfill = begun(past, page("a"))
    read_next(past, backfill, find("known"), find("old"))
    past.feed(backfill, NOW + HOUR, 10)
    (pending,) = crawl.pending(["jpost.example"], NOW + HOUR, 10)
    crawl.record_verdicts([verdict(pending, of(SINCE), at=NOW + 2 * HOUR)])
    assert [each.url for each in library.articles(ArticleQuery())] == [f"{HOST}/old", f"{HOST}/known"]
    assert [each.url for each in library.articles(ArticleQuery(is_news=True))] == [f"{HOST}/known"]


def test_progress_counts_ends_and_what_is_left(past: SqlBackfillBook, crawl: SqlCrawlStore):
    backfill = begun(past, page("a"), page("b", 1))
    read_next(past, backfill, find("x"), find("y", 1), find("z", 2))
    past.feed(backfill, NOW, 2)
    pending = crawl.pending(["jpost.example"], NOW, 10)
    crawl.record_verdicts([verdict(each, reason=Reason.GONE) for each in pending])
    progress = past.progress(backfill.id, NOW + timedelta(minutes=5))
    assert (progress.pages_read, progress.pages_left, progress.found, progress.waiting) == (1, 1, 3, 1)
    assert dict(progress.ended) == {"gone": 2}
    assert progress.last_hour == 2
    assert replace(progress.backfill) == past.backfill(backfill.id)
