"""ImportBook: pages of the past and the place in their file are stored at once, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from storage.archive.archive import Archive
from storage.errors import ImportTaken
from storage.imports import Import, ImportedPage
from storage.records import Reason
from storage.sql.crawl import SqlCrawlStore
from storage.sql.imports import SqlImportBook
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import NOW, candidate, capture_of, extraction, key_of, listed, outlet

A = "https://jpost.example/a"
PAST = NOW - timedelta(days=2000)
BEGUN, STEP = Import(digest="ab" * 32), Import(digest="ab" * 32, position=1, counts={"jpost": {"stored": 1}})


@pytest.fixture
def imports(engine: Engine, bodies: Archive) -> SqlImportBook:
    return SqlImportBook(engine, bodies, domain_of)


def imported(bodies: Archive, at: datetime, body: str = "Iran withdrew.\n\nHezbollah stayed.") -> ImportedPage:
    capture = capture_of(A, body.encode(), at)
    return ImportedPage(
        outlet_key="jpost",
        candidate=candidate(A),
        capture=capture,
        body_ref=bodies.put(capture),
        extraction=extraction(body),
        article_url=A,
        article_key=key_of(A),
    )


def test_articles_of_the_past_come_with_their_place_and_are_no_news(
    imports: SqlImportBook, bodies: Archive, library: SqlLibrary, book: SqlOutletBook, engine: Engine
):
    book.load([outlet("jpost")], "added", NOW)
    first = imported(bodies, PAST)
    (stored,) = imports.record([first], [BEGUN], lambda _: [STEP], NOW)
    assert stored.reason is Reason.STORED
    assert imports.state(BEGUN.digest) == STEP
    (later,) = imports.record(
        [imported(bodies, PAST + timedelta(days=1), "Iran stayed.\n\nAll stayed.")], [STEP], lambda _: [STEP], NOW
    )
    (older,) = imports.record(
        [imported(bodies, PAST - timedelta(days=1), "Iran went.\n\nAll went.")], [STEP], lambda _: [STEP], NOW
    )
    assert (later.reason, older.reason) == (Reason.REVISED, Reason.UNCHANGED)
    found = library.article(stored.article_id)
    assert [revision.seen_at for revision in found.revisions] == [PAST + timedelta(days=1), PAST]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM articles WHERE is_news")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM candidates WHERE state = 'pending'")).scalar_one() == 0
        assert (
            connection.execute(
                text("SELECT count(*) FROM captures WHERE article_id = :id"), {"id": stored.article_id}
            ).scalar_one()
            == 3
        )
    assert [page.capture.fetched_at for page in imports.pages_at("jpost", key_of(A))] == [
        PAST - timedelta(days=1), PAST + timedelta(days=1), PAST,
    ]  # fmt: skip
    assert imports.pages_at("other", key_of(A)) == []
    page = imports.page_with(first.capture.digest)
    assert page is not None
    assert bodies.get(page.ref, page.capture.digest) == first.capture.body
    with engine.begin() as connection:  # as retention does
        connection.execute(text("UPDATE bodies SET deleted_by = 1 WHERE digest = :it"), {"it": first.capture.digest})
    assert imports.page_with(first.capture.digest) is None
    assert len(imports.pages_at("jpost", key_of(A))) == 2
    assert imports.known([first.capture, capture_of(A, b"another", PAST)]) == [True, False]


def test_of_two_processes_at_one_file_one_is_told(imports: SqlImportBook, bodies: Archive, engine: Engine):
    imports.record([], [BEGUN], lambda _: [STEP], NOW)
    with pytest.raises(ImportTaken):
        imports.record([imported(bodies, PAST)], [BEGUN], lambda _: [STEP], NOW)
    with engine.connect() as connection:  # nothing of it is stored
        assert connection.execute(text("SELECT count(*) FROM articles")).scalar_one() == 0


def test_what_waits_to_be_fetched_and_was_never_stored_is_left(
    imports: SqlImportBook, bodies: Archive, crawl: SqlCrawlStore, book: SqlOutletBook
):
    (pending,) = listed(crawl, book, A)
    assert pending.candidate.key == key_of(A)
    (stored,) = imports.record([imported(bodies, PAST)], [BEGUN], lambda _: [STEP], NOW)
    assert stored.reason is None
    assert crawl.pending_count()[0] == 1
