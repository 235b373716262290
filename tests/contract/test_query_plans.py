"""Queries that run for each article, visit or page view use an index: SQLite tells how it would run them.

Nobody runs ANALYZE on a store, so the plans are those without statistics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from storage.archive.archive import Archive
from storage.jobs.sql import SqlVisitQueue
from storage.records import (
    ArticleQuery,
    Event,
    EventKind,
    Found,
    Hints,
    Moment,
    PendingCandidate,
    Precision,
    Reason,
    Role,
    Story,
    StoryArticle,
    VisitOutcome,
    Zone,
)
from storage.sql.alerts import SqlAlertBook
from storage.sql.audit import SqlAuditLog
from storage.sql.authors import SqlAuthorBook
from storage.sql.captures import SqlCaptureBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import writing
from storage.sql.events import SqlEventLog
from storage.sql.imports import SqlImportBook
from storage.sql.library import SqlLibrary
from storage.sql.matches import SqlMatchBook
from storage.sql.origins import Claimant, SqlOriginBook
from storage.sql.outlets import SqlOutletBook
from storage.sql.repeats import SqlLineBook
from storage.sql.retention import SqlRetention
from storage.sql.sessions import SqlSessionBook
from storage.sql.stories import SqlStoryBook
from storage.sql.traffic import SqlTrafficBook
from storage.sql.users import SqlUserBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import (
    HOUR,
    NOW,
    candidate,
    captured,
    extraction,
    key_of,
    outlet,
    report,
    source_ids,
    verdict,
)
from tests.stores import open_store_at

BIG = (
    "articles|article_lines|candidates|revisions|captures|bodies|sightings|visits|sources|events|visit_jobs|"
    "domain_leases|watchlists|matches|bylines"
)
#: A walk through a whole table (or index of it), as EXPLAIN QUERY PLAN words it.
WALK = re.compile(rf"SCAN ({BIG})\b")
OUTLETS, PAGES = 40, 50
MODIFIED = Moment(at=NOW + 8 * HOUR, precision=Precision.MINUTE, rule="feed", zone=Zone.STATED)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Archive]]:
    """Two thousand articles of forty outlets, and as many candidates that wait."""
    folder: Path = tmp_path_factory.mktemp("plans")
    engine = open_store_at(f"sqlite:///{folder}/store.sqlite3")
    bodies = Archive(folder / "archive")
    crawl, book = SqlCrawlStore(engine, bodies, domain_of, 900), SqlOutletBook(engine, domain_of)
    keys = [f"outlet{number}" for number in range(OUTLETS)]
    book.load([outlet(key, feeds=5) for key in keys], "shipped", NOW)
    for number, key in enumerate(keys):
        source_id = source_ids(crawl, key)[0]
        urls = [f"https://{key}.example/{page}" for page in range(2 * PAGES)]
        _, found = crawl.record_visit(report(source_id, *urls, at=NOW + number * HOUR))
        at = NOW + number * HOUR
        batch = [verdict(one, extraction(one.candidate.url, lines=(2, 4)), at=at) for one in found[:PAGES]]
        crawl.record_verdicts([captured(one, bodies) for one in batch])
    yield engine, bodies
    bodies.close()
    engine.dispose()


@contextmanager
def plans(engine: Engine) -> Iterator[dict[str, list[str]]]:
    """Collects statement and plan of every statement run within."""
    told: dict[str, list[str]] = {}

    def explain(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        if not statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")) or statement in told:
            return
        raw = cursor.connection.cursor()  # type: ignore[attr-defined]
        values = parameters[0] if isinstance(parameters, list) else parameters
        told[statement] = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)]

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def walks(told: dict[str, list[str]]) -> dict[str, list[str]]:
    return {statement: plan for statement, plan in told.items() if any(WALK.search(step) for step in plan)}


def pending(crawl: SqlCrawlStore, count: int) -> list[PendingCandidate]:
    return crawl.pending(["outlet7.example"], NOW, count)


WORK: dict[str, Callable[[SqlCrawlStore, Archive], object]] = {
    "due sources": lambda crawl, _: crawl.due_sources(NOW + 99 * HOUR, 50),
    "the next due time": lambda crawl, _: crawl.next_due_at(),
    "one source": lambda crawl, _: crawl.source(3),
    "several sources": lambda crawl, _: crawl.sources([3, 4, 5]),
    "visits that found nothing new": lambda crawl, _: crawl.record_quiet(
        [report(number, at=NOW + 9 * HOUR, outcome=VisitOutcome.UNCHANGED) for number in (3, 4, 5)]
    ),
    "an outlet's sources": lambda crawl, _: crawl.sources_of(["outlet3"]),
    "a visit": lambda crawl, _: crawl.record_visit(
        report(6, "https://outlet1.example/new", candidates=(candidate("https://outlet1.example/1"), candidate("x:new")))
    ),
    "a visit that lists what was modified and what failed": lambda crawl, _: crawl.record_visit(
        report(6, at=NOW + 9 * HOUR, candidates=tuple(
            candidate(f"https://outlet1.example/{page}", hints=Hints(modified=MODIFIED)) for page in range(9)
        ))
    ),
    "pending of a domain": lambda crawl, _: crawl.pending(["outlet3.example", "outlet4.example"], NOW, 9),
    "pending of a domain and outlets": lambda crawl, _: crawl.pending(["outlet3.example"], NOW, 9, (), ["outlet3"]),
    "domains with pending": lambda crawl, _: crawl.domains_pending(NOW, 50),
    "domains with pending of outlets": lambda crawl, _: crawl.domains_pending(NOW, 50, ["outlet3"]),
    "what came to nothing, retried": lambda crawl, _: crawl.retry_lost({Reason.FAILED}, NOW, now=NOW),
    "how many wait": lambda crawl, _: crawl.pending_count(),
    "how many of some outlets wait": lambda crawl, _: crawl.pending_count(["outlet3"]),
    "known keys": lambda crawl, _: crawl.known_keys([key_of("https://outlet3.example/3"), 5]),
    "known articles": lambda crawl, _: crawl.known_articles([key_of("https://outlet3.example/3"), 5]),
    "verdicts": lambda crawl, bodies: crawl.record_verdicts(
        [
            captured(verdict(one, extraction(str(number), lines=(2, 4, 7))), bodies) if number < 2
            else verdict(one, extraction("Two."), article_key=key_of("https://outlet7.example/1")) if number == 2
            else verdict(one, retry_at=NOW) if number == 3
            else verdict(one, reason=Reason.SEEN, article_key=key_of("https://outlet7.example/1"))
            for number, one in enumerate(pending(crawl, 5))
        ]
    ),
}  # fmt: skip


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_what_a_worker_asks_uses_an_index(
    work: Callable[[SqlCrawlStore, Archive], object], store: tuple[Engine, Archive]
):
    engine, bodies = store
    with plans(engine) as told:
        work(SqlCrawlStore(engine, bodies, domain_of, 900), bodies)
    assert told
    # Partial indexes hold only what waits or is due: walking through one of those is what it is for.
    small = ("ix_candidates_pending", "ix_candidates_pending_outlet", "ix_sources_due")
    bad = {
        statement: plan
        for statement, plan in walks(told).items()
        if not any(f"INDEX {name}" in step for step in plan if WALK.search(step) for name in small)
    }
    assert bad == {}


def _article(library: SqlLibrary) -> int:
    return library.articles(ArticleQuery(limit=1))[0].id


VIEWS: dict[str, Callable[[SqlLibrary], object]] = {
    "articles of an outlet": lambda library: library.articles(ArticleQuery(outlet_key="outlet3", before_id=900)),
    "articles in a language": lambda library: library.articles(ArticleQuery(language="en", before_id=900)),
    "articles of a time": lambda library: library.articles(ArticleQuery(since=NOW + HOUR, until=NOW + 2 * HOUR)),
    "the page after a cursor": lambda library: library.articles(ArticleQuery(before_id=900)),
    "an article": lambda library: library.article(_article(library)),
    "an article by its URL": lambda library: library.article_at(
        "", key_of(library.article(_article(library)).summary.url)
    ),
    "bodies": lambda library: library.bodies([1, 2, 3]),
    "visits of an outlet": lambda library: library.visits("outlet3", 50),
    "how an outlet is": lambda library: library.outlet_statuses(NOW, "outlet3"),
    "visits before an id": lambda library: library.visits("outlet3", 50, before_id=20),
    "figures of an outlet": lambda library: library.figures("outlet3", 30),
    "visits under way": lambda library: library.visits_under_way(NOW),
    "visits after an id": lambda library: library.visits(None, 50, after_id=20),
    "explain": lambda library: library.explain("", key_of("https://outlet3.example/3")),
    "what came to nothing": lambda library: library.losses(NOW),
    "days of an outlet": lambda library: library.articles_by_day("outlet3", NOW, 28),
    "the newest change": lambda library: library.newest_change(),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_what_a_page_asks_uses_an_index(view: Callable[[SqlLibrary], object], store: tuple[Engine, Archive]):
    engine, _ = store
    with plans(engine) as told:
        view(SqlLibrary(engine, 900))
    # In the order of the table and cut by LIMIT: "SCAN articles" and "SCAN events" then end after a page.
    bad = {s: p for s, p in walks(told).items() if not _ends_after_a_page(s, p)}
    assert bad == {}


def _ends_after_a_page(statement: str, plan: list[str]) -> bool:
    return "LIMIT" in statement and not any("TEMP B-TREE" in step for step in plan)


BOOKS: dict[str, Callable[[Engine], object]] = {
    "lines that an outlet repeats": lambda engine: SqlLineBook(engine).lines_of("outlet3"),
    "pages of an outlet's newest articles": lambda engine: SqlCaptureBook(engine).newest_of("outlet3", 30),
    "an author's articles": lambda engine: SqlAuthorBook(engine).article_ids(["anna ahronheim"], 5, 999),
    "how many an author has": lambda engine: SqlAuthorBook(engine).count(["anna ahronheim"]).spellings,
    "what an article's newest revision was read from": lambda engine: SqlCaptureBook(engine).read_last(7),
    "how well an outlet was read": lambda engine: SqlCaptureBook(engine).figures_of("outlet3", 30),
}


@pytest.mark.parametrize("ask", BOOKS.values(), ids=BOOKS.keys())
def test_what_extraction_learns_from_is_read_by_index(ask: Callable[[Engine], object], store: tuple[Engine, Archive]):
    engine, _ = store
    with plans(engine) as told:
        found = ask(engine)
    assert found
    assert walks(told) == {}
    sorted_by_hand = {s: plan for s, plan in told.items() if any("TEMP B-TREE" in step for step in plan)}
    assert sorted_by_hand == {}


def test_what_revisits_of_imported_files_refer_to_is_found_by_index(store: tuple[Engine, Archive]):
    engine, bodies = store
    book, address = SqlImportBook(engine, bodies, domain_of), key_of("https://outlet3.example/3")
    with plans(engine) as told:
        book.pages_at("outlet3", address)
        book.page_with("ab" * 32)
    assert len(told) == 2
    assert walks(told) == {}


def test_housekeeping_and_the_ledger_go_by_index(store: tuple[Engine, Archive]):
    engine, _ = store
    with plans(engine) as told:
        SqlRetention(engine).prune(NOW, NOW)
        SqlTrafficBook(engine).of_hosts(["a.example"], NOW)
        SqlTrafficBook(engine).hosts(NOW)
    assert walks(told) == {}


def test_the_event_log_is_read_by_number(store: tuple[Engine, Archive]):
    engine, _ = store
    with plans(engine) as told:
        log = SqlEventLog(engine)
        log.since(log.last_seq() - 5, 5)
    assert walks(told) == {}


def test_the_visit_queue_is_asked_by_index(store: tuple[Engine, Archive]):
    engine, _ = store
    queue = SqlVisitQueue(engine)
    queue.put((number, f"d{number}.example", NOW) for number in range(1_000, 3_000))
    with plans(engine) as told:
        jobs = queue.take("w", 5, NOW, HOUR)
        queue.renew("w", NOW, HOUR)
        queue.hold("w", ["x.example"], NOW, HOUR)
        queue.let_go("w", ["x.example"])
        queue.hand_back(jobs, NOW)
    assert {s: p for s, p in walks(told).items() if not _ends_after_a_page(s, p)} == {}


def test_the_outlets_page_counts_by_index_only(store: tuple[Engine, Archive]):
    """Totals need every entry of an index, but never the rows of the table."""
    engine, _ = store
    with plans(engine) as told:
        library = SqlLibrary(engine, 900)
        library.outlet_statuses(NOW + 99 * HOUR)
        library.outlet_lines(NOW + 99 * HOUR, 28)
        library.languages()
        library.status(NOW + 99 * HOUR)
    big = re.compile(r"SCAN (articles|candidates|visits)(?!.* (COVERING INDEX|INDEX ix_candidates_pending))")
    assert {s: plan for s, plan in told.items() if any(big.match(step) for step in plan)} == {}


def test_what_an_outlet_kept_us_out_of_is_counted_by_its_own_index(store: tuple[Engine, Archive]):
    engine, _ = store
    with plans(engine) as told:
        SqlLibrary(engine, 900).standing("outlet3", NOW)
    counted = [plan for statement, plan in told.items() if "FROM candidates" in statement]
    assert counted
    assert all("ix_candidates_kept_out" in plan[0] for plan in counted)


def test_orders_of_an_outlet_are_found_by_their_own_index(store: tuple[Engine, Archive]):
    engine, _ = store
    with plans(engine) as told:
        SqlLibrary(engine, 900).orders("outlet3", 10)
    assert ["ix_events_orders" in step for plan in told.values() for step in plan] == [True]


def test_origins_of_stories_and_their_claims_are_found_by_index(store: tuple[Engine, Archive]):
    engine, _ = store
    members = tuple(
        StoryArticle(
            article_id=number, outlet_key=f"outlet{number}", outlet_name="An outlet", url="https://x.example/", title="",
            published=None, first_seen_at=NOW, language=None, words=100,
        )
        for number in (3, 7)
    )  # fmt: skip
    story = Story(id=1, created_at=NOW, updated_at=NOW, articles=members, copies=())
    with plans(engine) as told:
        with writing(engine) as connection:
            Claimant((), domain_of).note(connection, [3, 7], NOW)
        SqlOriginBook(engine, (), domain_of).origins([story])
        SqlOriginBook(engine, (), domain_of).origin_of(3)
        SqlStoryBook(engine).stories_of([3, 7])
    # The names of all outlets are read, when one of them changed.
    assert {s for s in walks(told) if "FROM outlets" not in s} == set()


WATCHING: dict[str, Callable[[SqlMatchBook], object]] = {
    "the texts of events": lambda book: book.texts(
        [Event(seq=1, at=NOW, kind=EventKind.ARTICLE_STORED, outlet_key="a", article_id=7, payload={})]
    ),
    "matches": lambda book: book.record(
        [Found(article_id=7, revision=1, outlet_key="outlet1", watchlists=(1, 2))], after=book.cursor(), upto=1, now=NOW
    ),
    "a watchlist's stories": lambda book: book.matches(1, 30, 99),
    "their copies": lambda book: book.appended(1, [7, 8]),
    "an article's watchlists": lambda book: book.matches_of(7),
    "how much one has found": lambda book: book.counts(1),
}


@pytest.mark.parametrize("ask", WATCHING.values(), ids=WATCHING.keys())
def test_what_watchlists_ask_uses_an_index(ask: Callable[[SqlMatchBook], object], store: tuple[Engine, Archive]):
    with plans(store[0]) as told:
        ask(SqlMatchBook(store[0]))
    assert told
    assert not walks(told)


NARROWED: dict[str, Callable[[Engine], object]] = {
    "news of an outlet": lambda engine: SqlLibrary(engine, 900).articles(
        ArticleQuery(outlet_key="outlet3", is_news=True)
    ),
    "news in a language": lambda engine: SqlLibrary(engine, 900).articles(ArticleQuery(language="en", is_news=True)),
    "news of an hour": lambda engine: SqlLibrary(engine, 900).articles(ArticleQuery(since=NOW, is_news=True)),
    "how an outlet was read": lambda engine: SqlLibrary(engine, 900).figures("outlet3", 30),
    "all outlets": lambda engine: SqlLibrary(engine, 900).outlet_lines(NOW, 28),
    "one outlet": lambda engine: SqlLibrary(engine, 900).outlet_statuses(NOW, "outlet3"),
    "the whole store": lambda engine: SqlLibrary(engine, 900).status(NOW),
    "outlets with news": lambda engine: SqlAlertBook(engine).outlets_with_news(NOW),
}


@pytest.mark.parametrize("ask", NARROWED.values(), ids=NARROWED.keys())
def test_what_something_else_narrows_down_does_not_walk_through_all_news(
    ask: Callable[[Engine], object], store: tuple[Engine, Archive]
):
    engine, _ = store
    with plans(engine) as told:
        ask(engine)
    assert [step for plan in told.values() for step in plan if "ix_articles_news" in step] == []


def test_who_asks_is_found_by_an_index_and_the_audit_log_is_read_from_its_end(store: tuple[Engine, Archive]):
    engine, _ = store
    users, sessions, audit = SqlUserBook(engine), SqlSessionBook(engine), SqlAuditLog(engine)
    user = users.add(name="amal", role=Role.READER, token="presswatch_x", now=NOW)
    with plans(engine) as told:
        users.has_any()
        users.by_token("presswatch_x", NOW)
        users.note_seen(user.id, NOW)
        sessions.begin(user=user, key="key", ends_at=NOW + HOUR, address=None, now=NOW)
        sessions.user_of("key", NOW)
        sessions.end("key")
        sessions.end_all(user.id)
        audit.end(audit.begin(who="amal", address=None, what="x", about="", now=NOW), "303")
        audit.entries(9, who="amal")
        audit.entries(9, 99)
    steps = [step for plan in told.values() for step in plan]
    assert not [step for step in steps if re.search(r"SCAN (users|sessions)\b(?! USING COVERING INDEX)", step)]
    assert not [step for step in steps if "TEMP B-TREE" in step]
