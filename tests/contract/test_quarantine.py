"""Three deaths of a child keep a page or source from being read, for all workers, until an operator says otherwise.

Tried with `MOST_DEATHS` of `storage.sql.quarantine` at a million: all fail but the tests of what counts once and of what is
not there.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from storage.errors import NotQuarantined
from storage.records import Reason, VisitOutcome
from storage.sql.crawl import SqlCrawlStore
from storage.sql.outlets import SqlOutletBook
from storage.sql.quarantine import SqlQuarantineBook
from tests.contract.sample_records import HOUR, NOW, candidate, listed, outlet, report, source_ids, verdict

URL = "https://jpost.example/a"
FEED = "https://jpost.example/feed0"
DAY = 24 * HOUR


@pytest.fixture
def quarantined(engine: Engine) -> SqlQuarantineBook:
    return SqlQuarantineBook(engine)


def die_as_page(crawl: SqlCrawlStore, book: SqlOutletBook, deaths: tuple[int, ...]) -> list[Reason | None]:
    """One fetch a day, each at the cost of some children; how it ended each time."""
    pending, ended = listed(crawl, book, URL), []
    for day, count in enumerate(deaths):
        at = NOW + day * (DAY + HOUR)
        if day:
            _, pending = crawl.record_visit(report(source_ids(crawl, "jpost")[0], URL, at=at))
        if pending:
            lost = verdict(pending[0], at=at, reason=Reason.UNREADABLE, detail="not done after 10 s", deaths=count)
            ended += [stored.reason for stored in crawl.record_verdicts([lost])]
    return ended


def die_as_source(crawl: SqlCrawlStore, book: SqlOutletBook, times: int) -> None:
    book.load([outlet("jpost")], "added", NOW)
    (source,) = source_ids(crawl, "jpost")
    for _ in range(times):
        lost = report(source, outcome=VisitOutcome.FAILED, reason="unreadable", detail="SIGKILL", deaths=1)
        crawl.record_visit(replace(lost, next_due_at=NOW))


def test_the_third_death_of_a_page_is_its_quarantine_and_it_is_not_fetched_again(
    crawl: SqlCrawlStore, book: SqlOutletBook, quarantined: SqlQuarantineBook
):
    assert die_as_page(crawl, book, (1, 1, 1, 1)) == [Reason.UNREADABLE, Reason.UNREADABLE, Reason.QUARANTINED]
    (held,) = quarantined.held()
    assert (held.kind, held.url, held.deaths) == ("page", URL, 3)
    assert "not done after 10 s" in (held.detail or "")


def test_deaths_of_one_fetch_count_each(crawl: SqlCrawlStore, book: SqlOutletBook, quarantined: SqlQuarantineBook):
    assert die_as_page(crawl, book, (2, 2)) == [Reason.UNREADABLE, Reason.QUARANTINED]
    assert quarantined.count() == 1


def test_a_verdict_that_is_stored_twice_counts_once(
    crawl: SqlCrawlStore, book: SqlOutletBook, quarantined: SqlQuarantineBook
):
    (pending,) = listed(crawl, book, URL)
    lost = verdict(pending, reason=Reason.UNREADABLE, deaths=2)
    for _ in range(3):
        crawl.record_verdicts([lost])
    assert [each.deaths for each in quarantined.known([URL])] == [2]


def test_a_page_that_is_tried_again_is_fetched_and_its_deaths_are_forgotten(
    crawl: SqlCrawlStore, book: SqlOutletBook, quarantined: SqlQuarantineBook
):
    die_as_page(crawl, book, (3,))
    quarantined.retry([URL], NOW)
    assert [found.candidate for found in crawl.pending(["jpost.example"], NOW, 10)] == [candidate(URL)]
    assert quarantined.known([URL]) == quarantined.held() == []


def test_a_source_in_quarantine_is_neither_due_nor_visited_on_demand(
    crawl: SqlCrawlStore, book: SqlOutletBook, quarantined: SqlQuarantineBook
):
    die_as_source(crawl, book, 2)
    (due,) = crawl.due_sources(NOW, 10)
    die_as_source(crawl, book, 1)
    assert crawl.due_sources(NOW, 10) == crawl.sources_of(["jpost"]) == []
    assert crawl.source(due.id) is None
    assert crawl.next_due_at() is None
    quarantined.retry([FEED], NOW)
    assert [source.url for source in crawl.due_sources(NOW, 10)] == [FEED]


def test_what_was_dropped_is_told_no_more_and_stays_unread(
    crawl: SqlCrawlStore, book: SqlOutletBook, quarantined: SqlQuarantineBook
):
    die_as_source(crawl, book, 3)
    quarantined.drop([FEED], NOW)
    assert quarantined.held() == []
    assert crawl.due_sources(NOW, 10) == []
    quarantined.retry([FEED], NOW)
    assert len(crawl.due_sources(NOW, 10)) == 1


@pytest.mark.parametrize("command", ["retry", "drop"])
def test_what_is_not_there_is_told(quarantined: SqlQuarantineBook, command: str):
    with pytest.raises(NotQuarantined, match="quarantine list"):
        getattr(quarantined, command)(["https://nowhere.example/"], NOW)
