"""Answers in the archive that are no page of an article: noted, found again, and deleted by retention."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from storage.archive.archive import Archive
from storage.archive.files import Files
from storage.archive.verifying import verify_file
from storage.records import Answer, AnswerKind, Capture, Provenance, RetentionRule
from storage.retention.compacting import compact
from storage.sql.crawl import SqlCrawlStore
from storage.sql.evidence import SqlEvidenceBook
from storage.sql.holds import SqlHoldBook
from storage.sql.outlets import SqlOutletBook
from storage.sql.retaining import SqlRetentionBook
from tests.contract.sample_records import (
    HOUR,
    NOW,
    capture_of,
    captured,
    extraction,
    listed,
    outlet,
    report,
    source_ids,
    verdict,
)

A = "https://jpost.example/a"
FEED = "https://jpost.example/feed0"
DAY = timedelta(days=1)
RULE = RetentionRule(outlet_key="jpost", pages_before=NOW + 2 * DAY)


def kept(bodies: Archive, kind: AnswerKind, capture: Capture) -> Answer:
    found = Provenance(outlet_key="jpost", kept_as=kind.value)
    return Answer(kind=kind, capture=capture, record=bodies.put_answer(capture, found))


def visited(crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive, *bodies_at: tuple[bytes, int]) -> None:
    """Visits of a feed that answered so, so many hours later each."""
    book.load([outlet()], "added", NOW)
    (source,) = source_ids(crawl, "jpost")
    for body, hours in bodies_at:
        at = NOW + hours * HOUR
        answer = kept(bodies, AnswerKind.SOURCE, capture_of(FEED, body, at))
        crawl.record_visit(report(source, at=at, answers=(answer,)))


def deleted(engine: Engine, bodies: Archive, tmp_path, now=NOW + 9 * DAY) -> int:
    """Carries out the rule, the files included; returns how many answers the plan named."""
    book = SqlRetentionBook(engine)
    order = book.plan([RULE], why="old", by="ada", now=now, progress=lambda *_: None)
    book.begin(order.id, by="ada", now=now)
    while book.step(order.id, now):
        pass
    bodies.close()
    assert [
        each.problem for each in compact(engine, Files(folder=tmp_path / "archive"), wait_s=0, software="test")
    ] in ([], [None])
    assert book.order(order.id).deleted == order.planned
    return sum(count.answers for count in order.planned)


def is_clean(evidence: SqlEvidenceBook, tmp_path) -> bool:
    files = Files(folder=tmp_path / "archive")
    return all(
        not verify_file(files, name, evidence.in_file(name), evidence.answers_in_file(name)).problems
        for name in evidence.names()
    )


def test_bodies_of_sources_are_noted_with_their_visit_and_go_once_they_are_old(engine, crawl, book, bodies, tmp_path):
    evidence = SqlEvidenceBook(engine)
    visited(crawl, book, bodies, (b"<rss>1</rss>", 0), (b"<rss>2</rss>", 60))
    (name,) = evidence.names()
    old, young = evidence.answers_in_file(name)
    assert (old.kind, old.url, old.status, old.outlet_key) == (AnswerKind.SOURCE, FEED, 200, "jpost")
    assert old.source_id == source_ids(crawl, "jpost")[0]
    assert evidence.extents()[name] == young.record.offset + young.record.length
    assert is_clean(evidence, tmp_path)
    assert deleted(engine, bodies, tmp_path) == 1
    (name,) = evidence.names()
    (left,) = evidence.answers_in_file(name)
    assert left.digest == young.digest
    assert is_clean(evidence, tmp_path)
    (told,) = SqlRetentionBook(engine).deletions(1, ("", 0), 9)
    assert (told[1].what, told[1].url, told[1].digest) == ("source", FEED, old.digest)
    assert SqlRetentionBook(engine).deletions(1, told[0], 9) == []
    assert deleted(engine, bodies, tmp_path) == 0


def test_a_body_that_came_again_stays_as_long_as_what_refers_to_it(engine, crawl, book, bodies, tmp_path):
    evidence = SqlEvidenceBook(engine)
    visited(crawl, book, bodies, (b"<rss>same</rss>", 0), (b"<rss>same</rss>", 60))
    (name,) = evidence.names()
    assert len({each.digest for each in evidence.answers_in_file(name)}) == 1
    assert deleted(engine, bodies, tmp_path) == 0
    assert len(evidence.answers_in_file(name)) == 2
    assert is_clean(evidence, tmp_path)


def test_answers_of_an_outlet_on_hold_stay(engine, crawl, book, bodies, tmp_path):
    visited(crawl, book, bodies, (b"<rss>1</rss>", 0))
    SqlHoldBook(engine).place(outlet_key="jpost", why="a court", by="ada", now=NOW)
    assert deleted(engine, bodies, tmp_path) == 0


def test_redirects_belong_to_the_capture_that_they_led_to_and_go_with_it(engine, crawl, book, bodies, tmp_path):
    evidence = SqlEvidenceBook(engine)
    (found,) = listed(crawl, book, A)
    hop = kept(bodies, AnswerKind.HOP, replace(capture_of(A + "?short", b""), status=301))
    crawl.record_verdicts([replace(captured(verdict(found, extraction()), bodies), hops=(hop,))])
    _, (capture,) = evidence.of_article(1)
    assert [(each.status, each.url, each.capture_id) for each in capture.hops] == [
        (301, A + "?short", capture.capture.id)
    ]
    assert evidence.kept(0, 9) == [capture]
    assert is_clean(evidence, tmp_path)
    assert deleted(engine, bodies, tmp_path) == 0  # cited by the revision
    assert len(evidence.of_article(1)[1][0].hops) == 1
    book_of_orders = SqlRetentionBook(engine)
    rule = replace(RULE, texts_before=NOW + 2 * DAY)
    order = book_of_orders.plan([rule], why="old", by="ada", now=NOW + 9 * DAY, progress=lambda *_: None)
    book_of_orders.begin(order.id, by="ada", now=NOW)
    while book_of_orders.step(order.id, NOW + 9 * DAY):
        pass
    assert [
        each.problem for each in compact(engine, Files(folder=tmp_path / "archive"), wait_s=0, software="test")
    ] == [None]
    (capture,) = evidence.of_article(1)[1]
    assert capture.deleted_by == order.id
    assert [(each.deleted_by, each.record) for each in capture.hops] == [(order.id, None)]
    assert {each.what for _, each in book_of_orders.deletions(order.id, ("", 0), 9)} == {"page", "text", "hop"}
    assert is_clean(evidence, tmp_path)
