"""EvidenceBook: which record of the archive each capture is, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, update

from storage.archive.archive import Archive
from storage.errors import UnknownCapture
from storage.records import BodyRef, KeptCapture
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import writing
from storage.sql.evidence import SqlEvidenceBook
from storage.sql.outlets import SqlOutletBook
from storage.sql.schema import bodies as body_table
from storage.sql.schema import captures, revisions
from tests.contract.sample_records import HOUR, NOW, captured, extraction, listed, source_ids, verdict

A, B = "https://jpost.example/a", "https://jpost.example/b"


@pytest.fixture
def evidence(engine: Engine) -> SqlEvidenceBook:
    return SqlEvidenceBook(engine)


@pytest.fixture
def kept(crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive, evidence: SqlEvidenceBook) -> list[KeptCapture]:
    """Two captures in one file, the second an hour later and with the same bytes."""
    for url, at in ((A, NOW), (B, NOW + HOUR)):
        (found,) = listed(crawl, book, url)
        crawl.record_verdicts([captured(verdict(found, extraction(url), at=at), bodies, b"<p>the same</p>")])
    return evidence.kept(0, 9)


def test_a_chain_leads_from_the_revision_to_its_record(
    evidence: SqlEvidenceBook, kept: list[KeptCapture], crawl: SqlCrawlStore
):
    (link,), (own,) = evidence.of_article(1)
    assert (link.article_id, link.number, link.capture_id, link.is_as_read) == (1, 1, own.capture.id, True)
    assert own == kept[0]
    assert own.record is not None
    assert (own.record.segment, own.record.offset) == (own.body.segment, own.body.offset)
    assert own.found.candidate_url == A
    assert [own.found.source_id] == source_ids(crawl, "jpost")
    assert evidence.of_article(99) == ([], [])
    with pytest.raises(UnknownCapture):
        evidence.capture(99)


def test_captures_are_found_by_file_outlet_and_time(evidence: SqlEvidenceBook, kept: list[KeptCapture]):
    first, second = kept
    assert first.record is not None
    assert second.record is not None
    (name,) = evidence.names()
    assert evidence.in_file(name) == kept
    assert evidence.in_file("other.warc.gz") == []
    assert evidence.in_segments(0, 9) == []
    assert evidence.kept(first.capture.id, 9) == [second]
    assert evidence.kept(0, 1) == [first]
    assert evidence.kept(0, 9, outlet_keys=["jpost"], since=NOW + HOUR) == [second]
    assert evidence.kept(0, 9, before=NOW + HOUR) == [first]
    assert evidence.kept(0, 9, outlet_keys=["haaretz"]) == []
    assert evidence.extents() == {name: second.record.offset + second.record.length}
    assert second.body == first.body  # the bytes are kept once
    assert second.record.offset > first.record.offset


def test_what_was_deleted_is_counted_apart(engine: Engine, evidence: SqlEvidenceBook, kept: list[KeptCapture]):
    assert (evidence.capture_count(), evidence.deleted_count()) == (len(kept), 0)
    with writing(engine) as connection:
        connection.execute(update(body_table).values(deleted_by=3, deleted_at=NOW))
    assert (evidence.capture_count(), evidence.deleted_count()) == (2, 2)
    assert evidence.kept(0, 9) == []
    assert evidence.in_file(next(iter(evidence.names()))) == []
    assert evidence.capture(kept[0].capture.id).deleted_by == 3


@pytest.mark.usefixtures("kept")
def test_a_revision_whose_capture_is_missing_or_anothers_is_named(engine: Engine, evidence: SqlEvidenceBook):
    assert evidence.broken_links(9) == []
    with writing(engine) as connection:
        connection.execute(update(revisions).where(revisions.c.article_id == 1).values(capture_id=2))
    assert [link.article_id for link in evidence.broken_links(9)] == [1]
    with writing(engine) as connection:
        connection.execute(update(revisions).values(capture_id=77))
    assert len(evidence.broken_links(9)) == 2
    assert len(evidence.broken_links(1)) == 1


def test_what_was_moved_lies_elsewhere_unless_another_process_was_first(
    engine: Engine, evidence: SqlEvidenceBook, kept: list[KeptCapture]
):
    with writing(engine) as connection:
        connection.execute(update(captures).values(record_segment=None, record_offset=None, record_length=None))
        connection.execute(update(body_table).values(segment="old.bodies", offset=7))
    old = evidence.in_segments(0, 9)
    assert [each.capture.id for each in old] == [each.capture.id for each in kept]
    new = BodyRef(segment="new.warc.gz", offset=5, length=50)
    evidence.moved([(old[0], new)])
    evidence.moved([(old[0], BodyRef(segment="late.warc.gz", offset=1, length=2))])
    assert evidence.names() == {"new.warc.gz"}
    moved = evidence.capture(old[0].capture.id)
    assert moved.record is not None
    assert (moved.record.segment, moved.body) == ("new.warc.gz", new)
    assert [each.capture.id for each in evidence.in_segments(0, 9)] == [old[1].capture.id]
