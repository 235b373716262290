"""The index for searching catches up with what older processes stored, and with what changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, text

from storage.records import PendingCandidate
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import reading, writing
from storage.sql.outlets import SqlOutletBook
from storage.sql.search_index import SqlSearchIndex, index_articles, indexed_now
from tests.contract.sample_records import extraction, listed, verdict
from tests.searching import found


def stored(crawl: SqlCrawlStore, book: SqlOutletBook, *bodies: str) -> list[PendingCandidate]:
    pending = listed(crawl, book, *(f"https://jpost.example/{number}" for number in range(len(bodies))))
    crawl.record_verdicts([verdict(one, extraction(body)) for one, body in zip(pending, bodies, strict=True)])
    return pending


def as_an_older_process_left_it(engine: Engine, article_ids: Sequence[int]) -> None:
    """Rows without what only this version writes, and words that are not in the index."""
    with writing(engine) as connection:
        index_articles(connection, [], indexed_now(connection, article_ids))
        listed_ids = ", ".join(map(str, article_ids))
        connection.execute(text(f"UPDATE articles SET indexed = NULL, dated_at = NULL WHERE id IN ({listed_ids})"))


def test_what_an_older_process_stored_is_found_once_the_index_has_caught_up(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine
):
    stored(crawl, book, *(f"common rare{number}" for number in range(7)))
    as_an_older_process_left_it(engine, [2, 3, 5, 7])
    index = SqlSearchIndex(engine)
    assert found(engine, "common") == [1, 4, 6]
    assert (index.progress().waiting, index.progress().articles) == (4, 7)
    assert index.catch_up(limit=2) == 2
    assert found(engine, "common") == [1, 4, 5, 6, 7], "the newest come first"
    assert [index.catch_up(limit=2), index.catch_up(limit=2)] == [2, 0]
    assert found(engine, "common") == [1, 2, 3, 4, 5, 6, 7]
    assert index.progress().waiting == 0


def test_a_revision_by_an_older_process_takes_the_place_of_the_words_before_it(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine
):
    [one] = stored(crawl, book, "before")
    with writing(engine) as connection:
        connection.execute(text("UPDATE candidates SET state = 'pending'"))
    crawl.record_verdicts([verdict(one, extraction("between"))])
    with writing(engine) as connection:  # as if an older process had stored the second revision
        index_articles(connection, [], indexed_now(connection, [1]))
        connection.execute(text("UPDATE articles SET indexed = 1"))
        index_articles(connection, indexed_now(connection, [1]))
    assert (found(engine, "before"), found(engine, "between")) == ([1], [])
    assert SqlSearchIndex(engine).catch_up() == 1
    assert (found(engine, "before"), found(engine, "between")) == ([], [1])


def test_an_article_that_waits_is_revised_and_then_found_by_its_newest_words(
    crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine
):
    [one] = stored(crawl, book, "before")
    as_an_older_process_left_it(engine, [1])
    with writing(engine) as connection:
        connection.execute(text("UPDATE candidates SET state = 'pending'"))
    crawl.record_verdicts([verdict(one, extraction("after"))])
    assert SqlSearchIndex(engine).catch_up() == 1
    assert (found(engine, "before"), found(engine, "after")) == ([], [1])


def test_nothing_is_left_waiting_by_what_this_version_stores(crawl: SqlCrawlStore, book: SqlOutletBook, engine: Engine):
    [one, _] = stored(crawl, book, "one", "two")
    with writing(engine) as connection:
        connection.execute(text("UPDATE candidates SET state = 'pending'"))
    crawl.record_verdicts([verdict(one, extraction("three"))])
    assert SqlSearchIndex(engine).progress().waiting == 0
    with reading(engine) as connection:
        dated = connection.execute(text("SELECT count(*) FROM articles WHERE dated_at IS NULL")).scalar_one()
    assert dated == 0
