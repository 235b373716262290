"""The list of all outlets: counted where articles are stored, the same as what lies there."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, func, select

from storage.archive.archive import Archive
from storage.records import (
    Delay,
    Hints,
    Moment,
    PendingCandidate,
    Precision,
    Reason,
    SourceState,
    VisitOutcome,
    Zone,
)
from storage.sql.crawl import SqlCrawlStore
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from storage.sql.schema import article_days, article_totals, articles
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

DAY = timedelta(days=1)


def found(crawl: SqlCrawlStore, key: str, numbers: range, at=NOW, published=None) -> list[PendingCandidate]:
    told = Moment(at=published, precision=Precision.SECOND, rule="feed", zone=Zone.STATED) if published else None
    listed = tuple(candidate(f"https://{key}.example/{n}", hints=Hints(published=told)) for n in numbers)
    seen = report(source_ids(crawl, key)[0], at=at, candidates=listed, listed=len(listed))
    return crawl.record_visit(seen)[1]


def store(crawl: SqlCrawlStore, bodies: Archive, pending: list[PendingCandidate], at=NOW) -> None:
    crawl.record_verdicts(
        [captured(verdict(one, extraction(one.candidate.url), at=at), bodies) for one in pending] if pending else []
    )


def line(library: SqlLibrary, key: str, now=NOW):
    return next(each for each in library.outlet_lines(now, 28) if each.key == key)


def test_articles_are_counted_by_day_as_they_are_stored_and_only_once(
    engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, bodies: Archive
):
    book.load([outlet("a"), outlet("b"), outlet("c")], "shipped", NOW)
    old, new = found(crawl, "a", range(3), NOW - 2 * DAY), found(crawl, "b", range(10, 12))
    store(crawl, bodies, old, NOW - 2 * DAY)
    store(crawl, bodies, new)
    store(crawl, bodies, old + new)  # again, as after a crash
    crawl.record_verdicts([verdict(one, reason=Reason.GONE) for one in found(crawl, "a", range(5, 7))])
    a, b, c = (line(library, key) for key in "abc")
    assert (a.articles, a.articles_24h, a.by_day[-3:], sum(a.by_day)) == (3, 0, (3, 0, 0), 3)
    assert (b.articles, b.articles_24h, b.by_day[-1]) == (2, 2, 2)
    assert (c.articles, c.by_day, c.delay) == (0, (0,) * 28, None)
    assert library.articles_by_day("a", NOW, 3) == [3, 0, 0]
    assert library.status(NOW).articles == 5
    with engine.connect() as connection:
        really = connection.execute(select(func.count()).select_from(articles)).scalar_one()
        for table in (article_totals, article_days):
            assert connection.execute(select(func.sum(table.c.articles))).scalar_one() == really


def test_a_clock_that_was_ahead_shows_nothing_past_today(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, bodies: Archive
):
    book.load([outlet("a")], "shipped", NOW)
    store(crawl, bodies, found(crawl, "a", range(2)), NOW + 90 * DAY)
    assert line(library, "a").by_day == (0,) * 28


def test_the_delay_of_an_outlet_is_the_mean_of_what_its_visits_know(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, bodies: Archive
):
    book.load([outlet("a")], "shipped", NOW)
    store(crawl, bodies, found(crawl, "a", range(2), NOW - HOUR))  # the first visit knows nothing
    assert line(library, "a").delay is None
    store(crawl, bodies, found(crawl, "a", range(2, 3), NOW, NOW - 20 * MINUTE))
    store(crawl, bodies, found(crawl, "a", range(3, 4), NOW + 40 * MINUTE, NOW + DAY))  # in the future: not believed
    assert line(library, "a").delay == Delay(least=10 * MINUTE, most=30 * MINUTE)
    assert line(library, "a", NOW + 8 * DAY).delay is None  # long ago


def test_a_line_says_what_the_outlets_own_page_says(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, bodies: Archive
):
    book.load([outlet("a", feeds=3), outlet("b"), outlet("c"), outlet("d", feeds=2)], "shipped", NOW)
    first, second, _ = source_ids(crawl, "a")
    crawl.record_visit(report(first))
    crawl.record_visit(report(second, outcome=VisitOutcome.FAILED, reason="dns", detail="No such host."))
    crawl.record_visit(report(source_ids(crawl, "b")[0], at=NOW + HOUR, next_due_at=NOW + 5 * HOUR))
    book.set_paused("b", paused=True, now=NOW)
    book.load([outlet("d", feeds=1)], "shipped", NOW)  # one of its sources is named no longer
    for status in library.outlet_statuses(NOW):
        shown = line(library, status.outlet.key)
        assert library.outlet_statuses(NOW, status.outlet.key) == [status]
        for name in ("state", "trouble", "articles", "articles_24h", "pending", "last_visit_at", "next_visit_at"):
            assert getattr(shown, name) == getattr(status, name), (status.outlet.key, name)
        assert sum(count for _, count in shown.sources) == len(status.sources)
    assert dict(line(library, "a").sources) == {SourceState.FAILING: 1, SourceState.OK: 1, SourceState.NEW: 1}
