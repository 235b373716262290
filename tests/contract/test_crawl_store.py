"""CrawlStore: sources that are due, visits and their candidates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from storage.archive.archive import Archive
from storage.errors import LeaseLost, UnknownOutlet
from storage.jobs.sql import SqlVisitQueue
from storage.records import (
    EventKind,
    Hints,
    Moment,
    PendingCandidate,
    Precision,
    Reason,
    SourceState,
    Verdict,
    VisitOutcome,
    Zone,
)
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.events import SqlEventLog
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import (
    HOUR,
    MINUTE,
    NOW,
    candidate,
    extraction,
    listed,
    outlet,
    report,
    source_ids,
    verdict,
)

A, B, C = (f"https://jpost.example/{name}" for name in "abc")


@pytest.fixture
def source_id(crawl: SqlCrawlStore, book: SqlOutletBook) -> int:
    book.load([outlet()], "added", NOW)
    return source_ids(crawl, "jpost")[0]


def rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


# ----------------------------------------------------------------------------------- due sources


def test_due_sources_come_longest_due_first_without_those_queued_paused_gone_or_not_due(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine
):
    book.load([outlet("a", feeds=5), outlet("paused"), outlet("removed")], "added", NOW)
    book.set_paused("paused", True, NOW)
    book.remove("removed", NOW)
    first, second, queued, gone, later = source_ids(crawl, "a")
    for number, age in ((first, 1), (second, 2), (queued, 9), (gone, 9)):
        crawl.record_visit(report(number, next_due_at=NOW - age * MINUTE, is_gone=number == gone))
    crawl.record_visit(report(later, next_due_at=NOW + MINUTE))
    SqlVisitQueue(engine).put([(queued, "a.example", NOW)])
    assert [source.id for source in crawl.due_sources(NOW, 10)] == [second, first]
    assert [source.id for source in crawl.due_sources(NOW, 1)] == [second]
    assert crawl.next_due_at() == NOW - 9 * MINUTE


def test_a_source_has_its_outlets_interval_or_the_default(crawl: SqlCrawlStore, book: SqlOutletBook):
    book.load([outlet("a", interval_s=60), outlet("b")], "added", NOW)
    by_outlet = {source.outlet_key: source for source in crawl.sources_of(["a", "b"])}
    assert (by_outlet["a"].interval_s, by_outlet["b"].interval_s) == (60, 900)
    assert by_outlet["a"].state is SourceState.NEW
    assert crawl.source(by_outlet["a"].id) == by_outlet["a"]
    assert crawl.source(99_999) is None


def test_an_outlet_is_known_by_its_key_only(crawl: SqlCrawlStore, book: SqlOutletBook):
    full = outlet(
        country="IL", timezone="Asia/Jerusalem", hosts=("x.example",), delay_s=2.5, include=("/a/",), note="n"
    )
    book.load([full], "added", NOW)
    assert crawl.outlet_of("jpost") == full
    with pytest.raises(UnknownOutlet, match="outlets list"):
        crawl.outlet_of("nobody")


# ---------------------------------------------------------------------------------------- visits


def test_a_visit_stores_its_candidates_its_row_and_the_sources_state(
    crawl: SqlCrawlStore, source_id: int, library: SqlLibrary
):
    off_site = candidate("https://elsewhere.example/", reason=Reason.OFF_SITE, detail="at another site")
    found = (candidate(A), candidate(B), off_site)
    visit, pending = crawl.record_visit(report(source_id, candidates=found, listed=7))
    assert [one.candidate.url for one in sorted(pending, key=lambda one: one.candidate.url)] == [A, B]
    assert {(one.outlet_key, one.source_id, one.domain, one.tries) for one in pending} == {
        ("jpost", source_id, "jpost.example", 0)
    }
    assert (visit.listed, visit.new, visit.outcome, visit.outlet_key) == (7, 3, VisitOutcome.READ, "jpost")
    assert visit.source_url == "https://jpost.example/feed0"
    source = crawl.source(source_id)
    assert source is not None
    assert (source.state, source.last_visit_at, source.last_ok_at) == (SourceState.OK, NOW, NOW)
    assert source.next_due_at == NOW + HOUR
    [story] = library.explain(off_site.url, off_site.key)
    assert (story.state, story.reason, story.detail, story.finished_at) == (
        "done",
        Reason.OFF_SITE,
        "at another site",
        NOW,
    )


def test_hints_come_back_as_they_went(crawl: SqlCrawlStore, source_id: int):
    moment = Moment(at=NOW, precision=Precision.DAY, rule="feed", zone=Zone.NONE)
    hints = Hints(title="«ایران»", authors=("א", "ب"), published=moment, modified=None, language="fa")
    _, [pending] = crawl.record_visit(report(source_id, candidates=(candidate(A, hints=hints, found_url=A + "?x"),)))
    assert pending.candidate == candidate(A, hints=hints, found_url=A + "?x")


def test_a_candidate_listed_again_stays_as_it_is_and_is_sighted_at_each_source_once(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    book.load([outlet(feeds=2)], "added", NOW)
    one, two = source_ids(crawl, "jpost")
    first, _ = crawl.record_visit(report(one, A, A))
    again, pending = crawl.record_visit(report(one, A, B, at=NOW + HOUR))
    crawl.record_visit(report(two, A, at=NOW + 2 * HOUR))
    assert (first.new, again.new) == (1, 1)
    assert [found.candidate.url for found in pending] == [B]
    [story] = library.explain(A, candidate(A).key)
    assert story.found == ((NOW, "https://jpost.example/feed0"), (NOW + 2 * HOUR, "https://jpost.example/feed1"))


def test_a_url_at_two_outlets_is_a_candidate_of_each(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    listed(crawl, book, A, key="jpost")
    listed(crawl, book, A, key="trackpersia")
    assert [story.outlet_key for story in library.explain(A, candidate(A).key)] == ["jpost", "trackpersia"]


def test_a_visit_with_thousands_of_candidates(crawl: SqlCrawlStore, source_id: int):
    urls = [f"https://jpost.example/{number}" for number in range(1_900)]
    visit, pending = crawl.record_visit(report(source_id, *urls))
    assert (visit.new, len(pending)) == (1_900, 1_900)
    assert crawl.known_keys([one.candidate.key for one in pending] + [1, 2]) == {one.candidate.key for one in pending}


def test_text_that_no_database_can_keep_does_not_stop_a_visit(
    crawl: SqlCrawlStore, source_id: int, library: SqlLibrary
):
    odd = "a\x00b\ud800c\u202e\U0001f4f0"
    hostile = candidate("bad:\x00", found_url=odd, reason=Reason.BAD_URL, detail=odd)
    titled = candidate(A, hints=Hints(title=odd, authors=(odd,)))
    visit, pending = crawl.record_visit(report(source_id, candidates=(hostile, titled), detail=odd, etag=odd))
    assert visit.new == 2
    assert pending[0].candidate.hints.title is not None
    [story] = library.explain("bad:\x00", hostile.key)
    assert story.detail == "a\ufffdb\ufffdc\u202e\U0001f4f0"


# ------------------------------------------------------------------------------- acknowledgement


def test_a_visit_ends_its_job(crawl: SqlCrawlStore, source_id: int, engine: Engine):
    queue = SqlVisitQueue(engine)
    queue.put([(source_id, "jpost.example", NOW)])
    [job] = queue.take("w", 1, NOW, HOUR)
    crawl.record_visit(report(source_id, A, job=job))
    assert queue.depth() == 0
    assert crawl.due_sources(NOW, 9) == []


def test_a_visit_whose_lease_was_lost_leaves_nothing_behind(
    crawl: SqlCrawlStore, source_id: int, engine: Engine, event_log: SqlEventLog
):
    queue = SqlVisitQueue(engine)
    queue.put([(source_id, "jpost.example", NOW)])
    [old] = queue.take("w1", 1, NOW, MINUTE)
    [new] = queue.take("w2", 1, NOW + MINUTE, MINUTE)
    before = crawl.source(source_id), event_log.last_seq()
    with pytest.raises(LeaseLost):
        crawl.record_visit(report(source_id, A, job=old, outcome=VisitOutcome.FAILED, reason="dns"))
    assert (crawl.source(source_id), event_log.last_seq()) == before
    assert [rows(engine, table) for table in ("candidates", "sightings", "visits", "visit_jobs")] == [0, 0, 0, 1]
    crawl.record_visit(report(source_id, A, job=new))
    assert [rows(engine, table) for table in ("candidates", "sightings", "visits", "visit_jobs")] == [1, 1, 1, 0]


# ------------------------------------------------------------------------------ validators, state


VALIDATORS = {
    "weak": 'W/"abc"',
    "spaces and quotes": ' "a  b" ',
    "latin-1 bytes": "\xe9\xff\x80",
    "no quotes": "0-5f:gzip",
    "empty": "",
}


@pytest.mark.parametrize("etag", VALIDATORS.values(), ids=VALIDATORS.keys())
def test_validators_are_byte_identical_when_the_store_is_opened_again(
    etag: str, crawl: SqlCrawlStore, source_id: int, database_url: str, tmp_path: Path
):
    crawl.record_visit(
        report(source_id, etag=etag, last_modified="Thu, 30 Jul 2026  12:00:00 gmt", body_digest="d" * 64)
    )
    engine = open_engine(database_url)
    reopened = SqlCrawlStore(engine, Archive(tmp_path / "other"), domain_of, 900)
    source = reopened.source(source_id)
    engine.dispose()
    assert source is not None
    assert source.etag == etag
    assert source.last_modified == "Thu, 30 Jul 2026  12:00:00 gmt"
    assert source.body_digest == "d" * 64


def test_a_304_never_empties_validators_but_may_replace_them(crawl: SqlCrawlStore, source_id: int):
    crawl.record_visit(report(source_id, etag='"1"', last_modified="then", body_digest="d" * 64, newest_lastmod=NOW))
    crawl.record_visit(report(source_id, at=NOW + HOUR, outcome=VisitOutcome.UNCHANGED, status=304))
    source = crawl.source(source_id)
    assert source is not None
    assert (source.etag, source.last_modified, source.body_digest, source.newest_lastmod) == (
        '"1"', "then", "d" * 64, NOW,
    )  # fmt: skip
    crawl.record_visit(report(source_id, at=NOW + 2 * HOUR, outcome=VisitOutcome.UNCHANGED, etag='"2"'))
    source = crawl.source(source_id)
    assert source is not None
    assert (source.etag, source.last_modified) == ('"2"', "then")


def test_a_failed_visit_keeps_validators(crawl: SqlCrawlStore, source_id: int):
    crawl.record_visit(report(source_id, etag='"1"', body_digest="d" * 64))
    crawl.record_visit(report(source_id, outcome=VisitOutcome.FAILED, reason="http-500"))
    source = crawl.source(source_id)
    assert source is not None
    assert (source.etag, source.body_digest) == ('"1"', "d" * 64)


def test_failures_count_and_are_told_of_once_per_change(
    crawl: SqlCrawlStore, source_id: int, event_log: SqlEventLog, library: SqlLibrary
):
    start = event_log.last_seq()
    failed = report(source_id, outcome=VisitOutcome.FAILED, reason="http-500", detail="The server failed.", status=500)
    for number, visit in enumerate([failed, failed, failed]):
        crawl.record_visit(replace(visit, finished_at=NOW + number * MINUTE))
    source = crawl.source(source_id)
    assert source is not None
    assert (source.failures, source.state, source.last_reason) == (3, SourceState.FAILING, "http-500")
    assert source.last_ok_at is None
    [status] = library.outlet_statuses(NOW)
    assert status.last_failure is not None
    assert status.last_failure.finished_at == NOW + 2 * MINUTE
    for outcome in (VisitOutcome.UNCHANGED, VisitOutcome.READ):
        crawl.record_visit(report(source_id, outcome=outcome, at=NOW + HOUR))
    source = crawl.source(source_id)
    assert source is not None
    assert (source.failures, source.state) == (0, SourceState.OK)
    told = [(event.kind, event.payload["reason"]) for event in event_log.since(start, 10)]
    assert told == [(EventKind.SOURCE_FAILED, "http-500"), (EventKind.SOURCE_RECOVERED, None)]
    assert library.outlet_statuses(NOW)[0].last_failure is None


def test_a_gone_source_is_visited_no_more(crawl: SqlCrawlStore, source_id: int):
    crawl.record_visit(report(source_id, outcome=VisitOutcome.FAILED, reason="http-410", is_gone=True))
    source = crawl.source(source_id)
    assert source is not None
    assert source.state is SourceState.GONE
    assert crawl.due_sources(NOW + 99 * HOUR, 9) == []
    assert crawl.sources_of(["jpost"]) == []


# --------------------------------------------------------------------------------------- pending


def test_pending_comes_oldest_first_for_each_domain_without_what_is_excluded(crawl: SqlCrawlStore, book: SqlOutletBook):
    urls = [f"https://{host}.example/{number}" for number in range(3) for host in ("a", "b")]
    found = {one.candidate.url: one.id for one in listed(crawl, book, *urls)}
    [first, second, *_] = crawl.pending(["a.example"], NOW, 9)
    assert first.id < second.id
    got = crawl.pending(["a.example", "b.example", "c.example"], NOW, 1, exclude=[first.id])
    assert [one.id for one in got] == [second.id, min(found[url] for url in urls if "//b" in url)]
    assert sorted(crawl.domains_pending(NOW, 9)) == ["a.example", "b.example"]
    assert len(crawl.domains_pending(NOW, 1)) == 1
    assert crawl.pending(["a.example"], NOW, 9, outlet_keys=["nobody"]) == []
    assert crawl.domains_pending(NOW, 9, outlet_keys=["nobody"]) == []


def test_what_must_wait_is_not_pending_before_its_time(crawl: SqlCrawlStore, book: SqlOutletBook):
    [found] = listed(crawl, book, A)
    [answer] = crawl.record_verdicts([verdict(found, retry_at=NOW + HOUR, detail="503")])
    assert answer.reason is None
    assert crawl.pending(["jpost.example"], NOW + HOUR - MINUTE, 9) == []
    assert crawl.domains_pending(NOW, 9) == []
    assert crawl.pending_count() == (1, NOW + HOUR)
    assert crawl.pending_count(["jpost"]) == (1, NOW + HOUR)
    assert crawl.pending_count(["nobody"]) == (0, None)
    [again] = crawl.pending(["jpost.example"], NOW + HOUR, 9)
    assert (again.id, again.tries) == (found.id, 1)


def modified_at(moment: datetime) -> Hints:
    return Hints(modified=Moment(at=moment, precision=Precision.SECOND, rule="feed", zone=Zone.STATED))


def test_an_article_that_its_source_calls_modified_is_fetched_again_once_in_a_while(
    crawl: SqlCrawlStore, source_id: int
):
    (first,) = crawl.record_visit(report(source_id, A))[1]
    crawl.record_verdicts([verdict(first, extraction())])

    def listed_again(at: datetime, modified: datetime) -> list[PendingCandidate]:
        found = candidate(A, hints=modified_at(modified))
        return crawl.record_visit(report(source_id, at=at, candidates=(found,)))[1]

    assert listed_again(NOW + 2 * HOUR, NOW - HOUR) == []  # modified before it was fetched
    assert listed_again(NOW + HOUR / 2, NOW + MINUTE) == []  # fetched a moment ago
    assert listed_again(NOW + 2 * HOUR, NOW + 9 * HOUR) == []  # a date in the future
    assert listed_again(NOW + timedelta(days=9), NOW + timedelta(days=8)) == []  # an old article
    (again,) = listed_again(NOW + 2 * HOUR, NOW + HOUR)
    assert (again.id, again.is_again) == (first.id, True)
    (answer,) = crawl.record_verdicts([verdict(again, extraction("Other words."), at=NOW + 2 * HOUR)])
    assert answer.reason is Reason.REVISED
    assert listed_again(NOW + 2 * HOUR + MINUTE, NOW + 2 * HOUR + MINUTE) == []


def test_an_article_that_is_gone_when_it_is_fetched_again_stays_known(
    crawl: SqlCrawlStore, source_id: int, library: SqlLibrary
):
    (first,) = crawl.record_visit(report(source_id, A))[1]
    (answer,) = crawl.record_verdicts([verdict(first, extraction())])
    found = candidate(A, hints=modified_at(NOW + HOUR))
    (again,) = crawl.record_visit(report(source_id, at=NOW + 2 * HOUR, candidates=(found,)))[1]
    for hours in (2, 3):  # the first answer is looked at again
        gone = Verdict(pending=again, at=NOW + hours * HOUR, reason=Reason.GONE, detail="answered 404")
        crawl.record_verdicts([gone])
    (story,) = library.explain(A, first.candidate.key)
    assert (story.reason, story.article_id) == (Reason.GONE, answer.article_id)
