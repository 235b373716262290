"""Questions about backfills, gaps and health walk through no table of a hundred thousand rows, on either database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, text

from storage.archive.archive import Archive
from storage.backfills import BackfillStage, BackfillState, Find, PageKind, PageRead, PageToRead
from storage.ports import Alarms
from storage.records import ArticleQuery
from storage.sql.alerts import SqlAlertBook
from storage.sql.backfills import SqlBackfillBook
from storage.sql.captures import SqlCaptureBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.gaps import SqlGapBook
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import HOUR, NOW, candidate, outlet, report, source_ids

ROWS = 100_000
BIG = "articles|candidates|visits|gaps|backfill_pages|backfill_finds"
DAY = timedelta(days=1)
#: A walk through a whole table, as SQLite words it; indexes of what is open, waits or is news hold no more than that.
WALKS = re.compile(rf"SCAN ({BIG})\b(?!.*INDEX ix_\w+_(?:open|pending|news)\b)")


@pytest.fixture
def filled(engine: Engine, book: SqlOutletBook, crawl: SqlCrawlStore) -> Engine:
    """Two outlets, of which one has it all; backfill 2 is the one that runs, and has a hundredth of it."""
    book.load([outlet(), outlet("other")], "added", NOW)
    source_id = source_ids(crawl, "jpost")[0]
    crawl.record_visit(report(source_id, "https://jpost.example/first"))
    past = SqlBackfillBook(engine=engine, domain_of=domain_of)
    for number in range(2):
        past.start("jpost", NOW - (number + 2) * DAY, NOW - DAY, NOW)
    past.end(1, BackfillState.DONE, NOW, None)
    at = int(NOW.timestamp() * 1_000_000)
    which = "CASE WHEN n % 100 = 0 THEN 2 ELSE 1 END"
    fill = {
        "backfill_pages (backfill_id, kind, url, rank, depth, is_read, tries, listed, undated)": (
            f"{which}, 'sitemap', 'https://jpost.example/s/' || n, n, 0, n % 3 > 0, 0, 0, 0"
        ),
        "backfill_finds (backfill_id, key, rank, url, found_url)": f"{which}, n + 9000000, n, 'https://x', 'https://x'",
        "candidates (outlet_key, key, url, found_url, domain, found_at, state, tries, reason, finished_at, "
        "article_id, backfill_id, backfill_rank)": (
            f"'jpost', n, 'https://jpost.example/' || n, '', 'jpost.example', {at} - n, "
            f"CASE WHEN n % 50 = 0 THEN 'pending' ELSE 'done' END, 0, "
            f"CASE WHEN n % 50 = 0 THEN NULL WHEN n % 3 = 0 THEN 'gone' ELSE 'stored' END, {at} - n * 1000000, "
            f"CASE WHEN n % 3 > 0 THEN n END, {which}, n"
        ),
        "articles (key, outlet_key, url, first_seen_at, updated_at, language, revision_count, backfill_id, is_news)": (
            f"n, CASE WHEN n % 7 = 0 THEN 'other' ELSE 'jpost' END, 'https://jpost.example/' || n, "
            f"{at} - (100000 - n) * 60000000, {at}, 'en', 1, CASE WHEN n > 50000 THEN 1 END, n <= 50000"
        ),
        "gaps (source_id, outlet_key, since, until, state, found)": (
            f"{source_id}, 'jpost', {at} - n * 610000000, {at} - n * 600000000, "
            "CASE WHEN n % 9999 = 0 THEN 'open' ELSE 'refilled' END, 0"
        ),
        "visits (source_id, outlet_key, started_at, finished_at, outcome, bytes_received, listed, new)": (
            f"{source_id}, 'jpost', {at} - (100000 - n) * 60000000, {at} - (100000 - n) * 60000000, 'read', 9, 9, 1"
        ),
    }
    numbers = f"WITH RECURSIVE num(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM num WHERE n < {ROWS})"
    with engine.begin() as connection:
        for into, values in fill.items():
            connection.execute(text(f"INSERT INTO {into} {numbers} SELECT {values} FROM num"))
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))
    return engine


@contextmanager
def bad_plans(engine: Engine) -> Iterator[dict[str, list[str]]]:
    """Collects what is run within and walks through a large table."""
    bad: dict[str, list[str]] = {}

    def explain(_: object, cursor: object, statement: str, parameters: object, *__: object) -> None:
        if not statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            return
        values = parameters[0] if isinstance(parameters, list) else parameters
        raw = cursor.connection.cursor()  # type: ignore[attr-defined]
        if engine.dialect.name == "sqlite":
            steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            if any(WALKS.search(step) for step in steps) and ("LIMIT" not in statement or "TEMP B-TREE" in str(steps)):
                bad[statement] = steps
        else:
            (plan,) = raw.execute(f"EXPLAIN (FORMAT JSON) {statement}", values).fetchone()
            if re.search(rf'"Node Type": "Seq Scan"[^{{}}]*"Relation Name": "({BIG})"', json.dumps(plan)):
                bad[statement] = [json.dumps(plan)]

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield bad
    finally:
        event.remove(engine, "before_cursor_execute", explain)


class Quiet:
    """An alarm that finds nothing to tell."""

    def decide(self, *_: object) -> Alarms:
        return Alarms()


def _page(past: SqlBackfillBook) -> PageToRead:
    page = past.next_page(2, NOW)
    assert page is not None
    return page


def _read(past: SqlBackfillBook) -> None:
    find = Find(candidate=candidate("https://jpost.example/found"), rank=1)
    more = PageToRead(kind=PageKind.SITEMAP, url="https://jpost.example/more.xml")
    past.record(2, PageRead(page=_page(past), at=NOW, finds=(find,), pages=(more,)))


PAST: dict[str, Callable[[SqlBackfillBook], object]] = {
    "those that run": lambda past: past.running(None, 20),
    "those of an outlet": lambda past: past.backfills("jpost", 20),
    "the next page": _page,
    "how many pages": lambda past: past.page_counts(2),
    "what waits": lambda past: past.waiting(2, 2_000),
    "whether anything is found": lambda past: past.has_found(2),
    "a page that was read": _read,
    "finds become candidates": lambda past: past.feed(past.backfill(2), NOW, 5_000),
    "the next stage": lambda past: past.advance(past.backfill(2), BackfillStage.SITEMAPS, ()),
    "how far it is": lambda past: past.progress(2, NOW),
    "figures of all": lambda past: past.figures(NOW),
    "an end": lambda past: past.end(2, BackfillState.DONE, NOW, None),
    "a stop": lambda past: past.stop("jpost", NOW),
}  # fmt: skip


def test_no_question_walks_through_all_there_is(filled: Engine, bodies: Archive):
    past, gaps, alerts = SqlBackfillBook(engine=filled, domain_of=domain_of), SqlGapBook(filled), SqlAlertBook(filled)
    library, captures = SqlLibrary(filled, 900), SqlCaptureBook(filled)
    crawl = SqlCrawlStore(filled, bodies, domain_of, 900)
    urls = [f"https://jpost.example/new-{number}" for number in range(5)]
    more: dict[str, Callable[[], object]] = {
        "gaps": lambda: gaps.gaps(NOW - DAY),
        "gaps of an outlet": lambda: gaps.gaps(NOW - DAY, "jpost", 20),
        "refills": lambda: gaps.begin_refills(NOW),
        "a visit without overlap": lambda: crawl.record_visit(
            report(source_ids(crawl, "jpost")[0], *urls, at=NOW + HOUR, started_at=NOW + HOUR, listed=5)
        ),
        "alerts": lambda: alerts.tell(Quiet(), NOW),
        "outlets with news": lambda: alerts.outlets_with_news(NOW - HOUR),
        "fill rates": lambda: captures.figures_of("jpost", 20),
        "how an outlet stands": lambda: library.standing("jpost", NOW),
        "news": lambda: library.articles(ArticleQuery(is_news=True, limit=40)),
        "news of an outlet": lambda: library.articles(ArticleQuery(outlet_key="jpost", is_news=True, limit=40)),
        "news in a language": lambda: library.articles(ArticleQuery(language="en", is_news=True, limit=40)),
    }
    asked = {name: (lambda ask=ask: ask(past)) for name, ask in PAST.items()} | more
    found = {}
    for name, ask in asked.items():
        with bad_plans(filled) as bad:
            ask()
        if bad:
            found[name] = dict(bad)
    print(*(f"{name}: {s}\n{p}" for name, each in found.items() for s, p in each.items()), sep="\n")
    assert list(found) == []
