"""CrawlStore.record_quiet: visits that found nothing new, stored together, are what they are when each is stored alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from crawler.outlets.cadence.pacer import Pacer
from crawler.outlets.health.source import Examiner
from storage.archive.archive import Archive
from storage.jobs.sql import SqlVisitQueue
from storage.records import (
    Answer,
    AnswerKind,
    EventKind,
    PartDeaths,
    Provenance,
    PublisherWords,
    SubscriptionState,
    VisitOutcome,
    VisitReport,
)
from storage.sql.answer_tables import answers
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import reading, writing
from storage.sql.events import SqlEventLog
from storage.sql.notes import SqlNotes
from storage.sql.outlets import SqlOutletBook
from storage.sql.prices import PRICE_NOTE, SITES_NOTE
from storage.sql.schema import events, paces, sources, visits
from storage.sql.subscription_tables import subscriptions
from tests.contract.conftest import domain_of
from tests.contract.sample_records import HOUR, MINUTE, NOW, candidate, capture_of, outlet, report, source_ids

LEASE = timedelta(minutes=5)
KEYS = ("alone", "together")


@pytest.fixture
def crawl(engine: Engine, bodies: Archive) -> Iterator[SqlCrawlStore]:
    pacer = Pacer(interval_s=900, floor_s=300, ceiling_s=21_600)
    return SqlCrawlStore(engine, bodies, domain_of, 900, pacer=pacer, examiner=Examiner())


def quiet(source_id: int, number: int, **more: Any) -> VisitReport:
    at = NOW + (12 + number) * HOUR
    values = {
        "outcome": VisitOutcome.UNCHANGED,
        "status": 304,
        "bytes_received": 0,
        "next_due_at": at + 15 * MINUTE,
        "took_s": 0.25 * (number + 1),
        "words": PublisherWords(fresh_s=60),
    }
    return replace(report(source_id, at=at), **(values | more))


def stored(engine: Engine, numbers: list[int]) -> list[list[dict[str, Any]]]:
    """All that is kept of these sources, without what numbers it."""
    kept = []
    with reading(engine) as connection:
        for table, key in ((sources, sources.c.id), (paces, paces.c.source_id), (visits, visits.c.source_id)):
            rows = []
            for number in numbers:
                query = select(table).where(key == number)
                rows += [dict(row._mapping) for row in connection.execute(query.order_by(*table.primary_key))]
            kept.append([{k: v for k, v in row.items() if k not in _NUMBERS} for row in rows])
    return kept


_NUMBERS = {"id", "source_id", "outlet_key", "url", "domain", "next_due_at", "validators_url", "failed_visit_id"}


def make_ready(engine: Engine, crawl: SqlCrawlStore, key: str) -> list[int]:
    """Sources of each kind there is: read, never read, failing, moved, priced, pushed."""
    numbers = source_ids(crawl, key)
    read, fresh, failing, moved, pushed = numbers
    for number in (read, moved, pushed):
        crawl.record_visit(
            report(number, candidates=(candidate(f"https://{key}.example/{number}"),), listed=9, etag="1")
        )
    crawl.record_visit(report(failing, outcome=VisitOutcome.FAILED, reason="timeout", detail="no answer"))
    with writing(engine) as connection:
        where = {"moved_to": "https://moved.example/feed", "moved_answers": 2}
        connection.execute(update(sources).where(sources.c.id == moved).values(**where))
        hub = {"source_id": pushed, "outlet_key": key, "hub": "h", "topic": "t", "path": key, "secret": "s"}
        hub |= {"state": SubscriptionState.ACTIVE.value, "due_at": NOW}
        hub |= {"lease_until": NOW + 30 * HOUR, "proved_at": NOW}
        connection.execute(subscriptions.insert().values(**hub))
    assert fresh
    return numbers


def test_visits_stored_together_leave_what_each_stored_alone_leaves(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine
):
    book.load([outlet(key, feeds=5) for key in KEYS], "added", NOW)
    notes = SqlNotes(engine)
    notes.set(PRICE_NOTE, '{"price": 0.000001}')
    notes.set(SITES_NOTE, '{"alone.example": [2.0, 60.0, 1.0], "together.example": [2.0, 60.0, 1.0]}')
    alone, together = (make_ready(engine, crawl, key) for key in KEYS)
    for turn in range(3):
        more: dict[str, Any] = {"etag": f"{turn}"} if turn else {"last_modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        for place, number in enumerate(alone):
            moved = {"moved_to": "https://moved.example/feed"} if place == 3 else {}
            crawl.record_visit(quiet(number, 3 * turn + place, **more, **moved))
        batch = [
            quiet(
                number, 3 * turn + place, **more, **({"moved_to": "https://moved.example/feed"} if place == 3 else {})
            )
            for place, number in enumerate(together)
        ]
        assert crawl.record_quiet(batch[::-1]) == [True] * 5
        assert stored(engine, together) == stored(engine, alone)
    with reading(engine) as connection:
        told = [
            connection.execute(select(events.c.kind).where(events.c.outlet_key == key)).scalars().all() for key in KEYS
        ]
    assert told[0] == told[1]
    assert EventKind.SOURCE_RECOVERED.value in told[0]


def test_answers_that_come_with_visits_are_noted_with_them(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, bodies: Archive
):
    book.load([outlet(feeds=2)], "added", NOW)
    numbers = source_ids(crawl, "jpost")
    capture = capture_of("https://jpost.example/feed0", b"<rss/>")
    record = bodies.put_answer(capture, Provenance(outlet_key="jpost", kept_as=AnswerKind.SOURCE.value))
    answer = Answer(kind=AnswerKind.SOURCE, capture=capture, record=record)
    crawl.record_quiet([quiet(numbers[0], 0, answers=(answer,)), quiet(numbers[1], 0)])
    with reading(engine) as connection:
        assert connection.execute(select(answers.c.source_id)).scalars().all() == numbers[:1]


def test_due_times_of_visits_stored_together_are_those_that_the_pacer_gives(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine
):
    book.load([outlet("together", feeds=2, interval_s=600)], "added", NOW)
    numbers = source_ids(crawl, "together")
    crawl.record_quiet([quiet(number, 0) for number in numbers])
    due = [source.next_due_at for source in crawl.sources_of(["together"])]
    assert all(NOW + 12 * HOUR + 9 * MINUTE <= at <= NOW + 12 * HOUR + 11 * MINUTE for at in due)


def test_a_visit_whose_job_went_to_another_worker_is_not_stored_beside_those_that_are(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine, event_log: SqlEventLog
):
    book.load([outlet(feeds=3)], "added", NOW)
    numbers = source_ids(crawl, "jpost")
    queue = SqlVisitQueue(engine)
    queue.put([(number, "jpost.example", NOW) for number in numbers])
    first = queue.take("one", 10, NOW, LEASE)
    queue.forget_worker("one")
    again = {job.source_id: job for job in queue.take("two", 1, NOW, LEASE)}
    (taken,) = again
    jobs = [again.get(job.source_id, job) for job in first]
    stale = [replace(job, token=job.token - 1) if job.source_id != taken else job for job in jobs]
    answers = crawl.record_quiet([quiet(job.source_id, 0, job=job) for job in stale])
    assert answers == [job.source_id == taken for job in stale]
    assert [source.id for source in crawl.sources_of(["jpost"]) if source.state.value != "new"] == [taken]
    assert queue.known(numbers) == set(numbers) - {taken}
    assert crawl.record_quiet([quiet(taken, 0, job=again[taken])]) == [False]  # it has ended


def test_what_is_more_than_quiet_is_told(crawl: SqlCrawlStore):
    assert quiet(1, 0).is_quiet
    found = (candidate("https://jpost.example/a"),)
    deaths = (PartDeaths(url="https://jpost.example/1.xml", deaths=1),)
    for more in ({"candidates": found}, {"known": (1,)}, {"deaths": 1}, {"part_deaths": deaths}, {"push_id": 1}):
        assert not quiet(1, 0, **more).is_quiet
    assert not quiet(1, 0, outcome=VisitOutcome.READ).is_quiet


def test_sources_are_looked_up_together_as_one_by_one(crawl: SqlCrawlStore, book: SqlOutletBook):
    book.load([outlet("a", feeds=2), outlet("b", interval_s=60)], "added", NOW)
    numbers = [*source_ids(crawl, "a"), *source_ids(crawl, "b")]
    found, outlets = crawl.sources([*numbers, 99_999])
    assert found == {number: crawl.source(number) for number in numbers}
    assert outlets == {key: crawl.outlet_of(key) for key in ("a", "b")}
    assert crawl.sources([]) == ({}, {})
