"""CaptureBook: pages to read again, and figures of what was read, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, update

from storage.archive.archive import Archive
from storage.errors import UnknownCapture
from storage.sql.captures import SqlCaptureBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.evidence import SqlEvidenceBook
from storage.sql.outlets import SqlOutletBook
from storage.sql.schema import bodies as body_table
from tests.contract.sample_records import captured, extraction, listed, verdict

A, B = "https://jpost.example/a", "https://jpost.example/b"


def test_the_newest_pages_can_be_read_again(engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive):
    for url, page in ((A, b"<p>first</p>"), (B, b"<p>second</p>")):
        (found,) = listed(crawl, book, url)
        crawl.record_verdicts([captured(verdict(found, extraction(url)), bodies, page)])
    kept = SqlCaptureBook(engine).newest_of("jpost", 10)
    assert [page.capture.url for page in kept] == [B, A]
    assert [bodies.get(page.ref, page.capture.digest) for page in kept] == [b"<p>second</p>", b"<p>first</p>"]
    assert [page.capture.url for page in SqlCaptureBook(engine).newest_of("jpost", 1)] == [B]
    last = SqlCaptureBook(engine).read_last(1)
    assert last is not None
    assert last.page is not None
    assert (last.revision, last.extractor, last.page.capture.url) == (1, "1", A)
    assert SqlCaptureBook(engine).read_last(99) is None
    assert SqlCaptureBook(engine).newest_of("haaretz", 10) == []


def test_figures_are_those_of_the_newest_revision(
    engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    (found,) = listed(crawl, book, A)
    text = extraction("One two three.", authors=(), marks=("partial", "opinion"), desks=("AP",))
    crawl.record_verdicts([captured(verdict(found, text), bodies)])
    (figures,) = SqlCaptureBook(engine).figures_of("jpost", 10)
    assert (figures.words, figures.authors, figures.precision) == (3, 0, "minute")
    assert (figures.language, figures.marks) == ("en", ("partial", "opinion"))


def test_one_capture_is_found_by_its_number_kept_or_deleted(
    engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    (found,) = listed(crawl, book, A)
    crawl.record_verdicts([captured(verdict(found, extraction(A)), bodies, b"<p>first</p>")])
    evidence = SqlEvidenceBook(engine)
    _, (kept,) = evidence.of_article(1)
    assert evidence.capture(kept.capture.id) == kept
    assert kept.deleted_at is None
    at = datetime(2026, 3, 14, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(update(body_table).values(deleted_by=7, deleted_at=at))
    deleted = evidence.capture(kept.capture.id)
    assert (deleted.deleted_by, deleted.deleted_at) == (7, at)
    with pytest.raises(UnknownCapture):
        evidence.capture(99)
