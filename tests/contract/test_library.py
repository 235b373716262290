"""Library: what readers ask."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.errors import StoreUnavailable, UnknownArticle
from storage.records import ArticleQuery, Moment, Precision, ProcessInfo, Reason, SourceState, VisitOutcome, Zone
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.hosts import SqlProcessBook
from storage.sql.library import EXCERPT_CHARS, SqlLibrary
from storage.sql.outlets import SqlOutletBook
from tests.contract.conftest import domain_of
from tests.contract.sample_records import (
    HOUR,
    NOW,
    extraction,
    key_of,
    listed,
    outlet,
    report,
    source_ids,
    verdict,
    words,
)

OTHER = "trackpersia"


def url(number: int, key: str = "jpost") -> str:
    return f"https://{key}.example/{number}"


@pytest.fixture
def shelf(crawl: SqlCrawlStore, book: SqlOutletBook) -> list[int]:
    """Twenty articles, one an hour; every fifth at another outlet, every fourth in Hebrew. Their ids in that order."""
    made = []
    for number in range(20):
        key = OTHER if number % 5 == 0 else "jpost"
        [found] = listed(crawl, book, url(number, key), key=key)
        language = "he" if number % 4 == 0 else "en"
        text_of = extraction(f"text{number} iran", title=f"Title {number}", language=language)
        [answer] = crawl.record_verdicts([verdict(found, text_of, at=NOW + number * HOUR)])
        made.append(answer.article_id or 0)
    return made


def numbers(shelf: list[int], library: SqlLibrary, **query: object) -> list[int]:
    return [shelf.index(summary.id) for summary in library.articles(ArticleQuery(**query))]  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------- articles


FILTERS = {
    "all, newest first": ({}, list(range(19, -1, -1))),
    "outlet": ({"outlet_key": OTHER}, [15, 10, 5, 0]),
    "language": ({"language": "he"}, [16, 12, 8, 4, 0]),
    "since, inclusive": ({"since": NOW + 17 * HOUR}, [19, 18, 17]),
    "until, exclusive": ({"until": NOW + 2 * HOUR}, [1, 0]),
    "all at once": (
        {"outlet_key": OTHER, "language": "en", "since": NOW, "until": NOW + 11 * HOUR},
        [10, 5],
    ),
    "limit": ({"limit": 3}, [19, 18, 17]),
    "unknown outlet": ({"outlet_key": "nobody"}, []),
    "unknown language": ({"language": "xx"}, []),
}


def test_articles_answer_every_filter(shelf: list[int], library: SqlLibrary):
    assert {case: numbers(shelf, library, **query) for case, (query, _) in FILTERS.items()} == {
        case: expected for case, (_, expected) in FILTERS.items()
    }


@pytest.mark.parametrize("query", [ArticleQuery(), ArticleQuery(outlet_key="jpost")])
def test_pages_are_complete_and_without_repeats_while_articles_come_in(
    query: ArticleQuery, shelf: list[int], crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    whole = [summary.id for summary in library.articles(query)]
    seen: list[int] = []
    before: int | None = None
    while page := library.articles(replace(query, before_id=before, limit=3)):
        seen += [summary.id for summary in page]
        before = page[-1].id
        [found] = listed(crawl, book, url(100 + len(seen)))
        crawl.record_verdicts([verdict(found, extraction("iran late"))])
    assert seen == whole


def test_a_summary_shows_the_newest_revision(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    [found] = listed(crawl, book, url(1))
    day = Moment(at=NOW, precision=Precision.DAY, rule="meta", zone=Zone.NONE)
    long = words("x", 400)
    [answer] = crawl.record_verdicts([verdict(found, extraction(long, published=day, credit="AP", authors=()))])
    [summary] = library.articles(ArticleQuery())
    assert (summary.id, summary.url, summary.outlet_key, summary.outlet_name) == (
        answer.article_id,
        url(1),
        "jpost",
        "The jpost",
    )
    assert (summary.published, summary.credit, summary.authors, summary.words) == (day, "AP", (), 400)
    assert (summary.first_seen_at, summary.updated_at, summary.revisions) == (NOW, NOW, 1)
    assert summary.excerpt.endswith("…")
    assert long.startswith(summary.excerpt.removesuffix("…") + " ")
    assert EXCERPT_CHARS - 20 < len(summary.excerpt) <= EXCERPT_CHARS


def test_articles_of_a_removed_outlet_stay(shelf: list[int], book: SqlOutletBook, library: SqlLibrary):
    book.remove(OTHER, NOW)
    assert len(library.articles(ArticleQuery())) == 20
    assert library.article(shelf[0]).summary.outlet_name == f"The {OTHER}"


def test_an_article_that_is_not_there_is_told(library: SqlLibrary):
    with pytest.raises(UnknownArticle):
        library.article(77)
    with pytest.raises(UnknownArticle, match=r"presswatch explain https://x\.example/"):
        library.article_at("https://x.example/", 77)


def test_bodies_are_the_newest_texts(shelf: list[int], library: SqlLibrary):
    assert library.bodies([shelf[3], shelf[4], 999]) == {shelf[3]: "text3 iran", shelf[4]: "text4 iran"}
    assert library.bodies([]) == {}


def test_languages_come_with_counts_most_first(shelf: list[int], library: SqlLibrary):
    assert library.languages() == [("en", 15), ("he", 5)]


def test_what_one_look_shows_is_of_one_moment(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, database_url: str
):
    """An article read while it is revised has as many revisions as its summary says."""
    found = listed(crawl, book, *(url(number) for number in range(60)))
    own = {"article_url": url(0), "article_key": key_of(url(0))}
    [first] = crawl.record_verdicts([verdict(found[0], extraction("0"), **own)])

    def revise() -> None:
        engine = open_engine(database_url)
        store = SqlCrawlStore(engine, crawl._bodies, domain_of, 900)
        for number, one in enumerate(found[1:], 1):
            store.record_verdicts([verdict(one, extraction(str(number)), **own)])
        engine.dispose()

    writer = threading.Thread(target=revise)
    writer.start()
    while writer.is_alive():
        article = library.article(first.article_id or 0)
        assert article.summary.revisions == len(article.revisions) == article.revisions[0].number
    writer.join()


# --------------------------------------------------------------------------- outlets and visits


def test_an_outlet_status_tells_what_an_operator_asks_first(
    crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary
):
    book.load([outlet("b", feeds=2), outlet("a")], "shipped", NOW)
    well, ill = source_ids(crawl, "b")
    late = NOW + timedelta(days=3)
    _, found = crawl.record_visit(report(well, *(url(n, "b") for n in range(5))))
    for at, one in zip((NOW, late), found, strict=False):
        crawl.record_verdicts([verdict(one, extraction(one.candidate.url), at=at)])
    crawl.record_visit(report(ill, outcome=VisitOutcome.FAILED, reason="dns", detail="No such host.", at=late))
    a, b = library.outlet_statuses(late + HOUR)
    assert (a.outlet.key, a.articles, a.last_visit_at, a.last_failure) == ("a", 0, None, None)
    assert (b.outlet.key, b.origin, b.is_paused) == ("b", "shipped", False)
    assert (b.articles, b.articles_24h, b.pending) == (2, 1, 3)
    assert (b.last_visit_at, b.next_visit_at) == (late, NOW + HOUR)
    assert [source.state for source in b.sources] == [SourceState.OK, SourceState.FAILING]
    assert b.last_failure is not None
    assert (b.last_failure.source_id, b.last_failure.reason, b.last_failure.detail) == (ill, "dns", "No such host.")


def test_visits_come_newest_first_for_one_outlet_or_all(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    book.load([outlet("a"), outlet("b")], "shipped", NOW)
    made = [crawl.record_visit(report(number))[0] for number in source_ids(crawl, "a", "b") * 2]
    assert library.visits(None, 9) == made[::-1]
    assert library.visits(None, 2) == made[:1:-1]
    assert library.visits("a", 9) == [made[2], made[0]]
    assert library.visits(None, 9, after_id=made[1].id) == [made[3], made[2]]
    assert library.visits("nobody", 9) == []


# -------------------------------------------------------------------------------- figures, ways


def test_explain_tells_the_whole_way_of_a_url(crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary):
    assert library.explain(url(1), key_of(url(1))) == []
    [found] = listed(crawl, book, url(1))
    [story] = library.explain("https://WWW.jpost.example/1#x", key_of(url(1)))
    assert (story.url, story.canonical_url) == ("https://WWW.jpost.example/1#x", url(1))
    assert story.found == ((NOW, "https://jpost.example/feed0"),)
    assert (story.state, story.reason, story.tries, story.outlet_key) == ("pending", None, 0, "jpost")
    crawl.record_verdicts([verdict(found, reason=Reason.ROBOTS, detail="Disallow: /")])
    [story] = library.explain(url(1), key_of(url(1)))
    assert (story.state, story.reason, story.detail, story.article_id) == ("done", Reason.ROBOTS, "Disallow: /", None)


def test_status_counts_the_whole_store(
    shelf: list[int], crawl: SqlCrawlStore, book: SqlOutletBook, library: SqlLibrary, engine: object
):
    book.load([outlet("paused"), outlet("removed"), outlet("gone")], "shipped", NOW)
    [gone] = source_ids(crawl, "gone")
    crawl.record_visit(report(gone, outcome=VisitOutcome.FAILED, reason="http-410", is_gone=True))
    book.set_paused("paused", True, NOW)
    book.remove("removed", NOW)
    [ill] = source_ids(crawl, OTHER)
    crawl.record_visit(report(ill, url(99, OTHER), outcome=VisitOutcome.FAILED, reason="dns", at=NOW + 19 * HOUR))
    worker = ProcessInfo(name="w", role="worker", pid=1, started_at=NOW, seen_at=NOW)
    SqlProcessBook(engine).beat(worker)  # type: ignore[arg-type]
    status = library.status(NOW + 26 * HOUR)
    assert (status.articles, status.articles_24h) == (20, 18)
    assert (status.outlets, status.outlets_paused) == (4, 1)
    assert (status.sources, status.sources_failing, status.pending) == (2, 1, 1)
    assert (status.visits_24h, status.failures_24h) == (1, 1)
    assert status.next_visit_at == NOW + HOUR
    assert status.processes == (worker,)


def test_an_empty_store_answers_everything(library: SqlLibrary):
    assert library.articles(ArticleQuery()) == []
    assert library.languages() == []
    assert library.outlet_statuses(NOW) == []
    assert library.visits(None, 9) == []
    assert library.newest_change() == (0, None)
    status = library.status(NOW)
    assert (status.articles, status.pending, status.next_visit_at, status.processes) == (0, 0, None, ())


def test_a_database_that_does_not_answer_is_told_without_its_password():
    with socket.create_server(("127.0.0.1", 0)) as server:
        unused_port = server.getsockname()[1]
    library = SqlLibrary(open_engine(f"postgresql://me:secret@127.0.0.1:{unused_port}/x"), 900)
    with pytest.raises(StoreUnavailable, match=r"me:\*\*\*@127.0.0.1") as caught:
        library.status(NOW)
    assert "secret" not in str(caught.value)
