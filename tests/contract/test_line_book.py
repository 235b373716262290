"""LineBook: lines of an outlet's newest articles are kept with them, on both databases."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from storage.archive.archive import Archive
from storage.sql.crawl import SqlCrawlStore
from storage.sql.outlets import SqlOutletBook
from storage.sql.repeats import KEPT, SqlLineBook
from storage.sql.schema import article_lines
from tests.contract.sample_records import captured, extraction, listed, verdict

A, B = "https://jpost.example/a", "https://jpost.example/b"
LARGE, SMALL = 2**63 - 2, -(2**63)


def test_lines_are_kept_with_their_article_newest_first(
    engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    first, second = listed(crawl, book, A, B)
    crawl.record_verdicts([captured(verdict(first, extraction("One.", lines=(LARGE, SMALL, 3))), bodies)])
    crawl.record_verdicts([captured(verdict(second, extraction("Two.", lines=(4,))), bodies)])
    assert SqlLineBook(engine).lines_of("jpost") == [(4,), (LARGE, SMALL, 3)]
    assert SqlLineBook(engine).lines_of("haaretz") == []


def test_a_verdict_told_twice_keeps_its_lines_once(
    engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    (first,) = listed(crawl, book, A)
    for _ in range(2):
        crawl.record_verdicts([captured(verdict(first, extraction("One.", lines=(1, 2))), bodies)])
    assert SqlLineBook(engine).lines_of("jpost") == [(1, 2)]


def test_an_outlet_keeps_the_lines_of_its_newest_articles_only(
    engine: Engine, crawl: SqlCrawlStore, book: SqlOutletBook, bodies: Archive
):
    urls = [f"https://jpost.example/{number}" for number in range(KEPT + 30)]
    other = listed(crawl, book, "https://haaretz.example/a", key="haaretz")
    found = listed(crawl, book, *urls)
    crawl.record_verdicts([captured(verdict(one, extraction("Ours.", lines=(9,))), bodies) for one in other])
    for start in range(0, len(found), 50):
        batch = found[start : start + 50]
        crawl.record_verdicts(
            [captured(verdict(one, extraction(one.candidate.url, lines=(one.id,))), bodies) for one in batch]
        )
    kept = SqlLineBook(engine).lines_of("jpost")
    assert len(kept) == KEPT
    assert {(one.id,) for one in found[50:]} <= set(kept)
    assert SqlLineBook(engine).lines_of("haaretz") == [(9,)]
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(article_lines)).scalar_one() == KEPT + 1
