"""What a search finds is what a watchlist of the same query is told of: both are asked the same at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from delivery.watching.subjects import subject_of
from delivery.watchlists.entities import read_entities
from delivery.watchlists.matching import Matcher
from storage.archive.archive import Archive
from storage.records import ArticleText, Moment, Precision, Zone
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine
from storage.sql.outlets import SqlOutletBook
from tests.conftest import new_postgres_database
from tests.contract.conftest import domain_of
from tests.contract.sample_records import NOW, extraction, listed, outlet, verdict
from tests.searching import searcher_on
from tests.stores import open_store_at

ARTICLES, QUERIES = 60, 150
OUTLETS = {"gazette": "GB", "ledger": "LB", "track-persia": "GB"}
WORDS = [
    "iran",
    "iranian",
    "oil",
    "deal",
    "nuclear",
    "deals",
    "Erdoğan",
    "2026",
    "۲۰۲۶",
    "عراق",
    "وبالعراق",
    "العراق",
    "والعراق",
    "ایران",
    "وایران",
    "می\u200cرود",
    "میرود",
    "رفت",
    "כתב",
    "בכתב",
    "הכתב",
    "ושהכתב",
    "伊朗",
    "伊",
    "朗",
    "cease-fire",
    "ceasefire",
]
ENTITIES = read_entities(
    [("test.toml", '[oil]\nname="Oil"\nkind="person"\naliases=["oil","نفت","nuclear de*"]\nexcept=["oil deal"]\n')]
)


def text_of(chance: random.Random, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randrange(1, most)))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Some articles of few words, in several languages, outlets and years."""
    folder: Path = tmp_path_factory.mktemp("agrees")
    if request.param == "sqlite":
        engine = open_store_at(f"sqlite:///{folder}/store.sqlite3")
        fill(engine, folder)
        yield engine
        engine.dispose()
        return
    with new_postgres_database(request.getfixturevalue("postgres_template")) as url:
        engine = open_engine(url)
        fill(engine, folder)
        yield engine
        engine.dispose()


def fill(engine: Engine, folder: Path) -> None:
    chance = random.Random(8)
    bodies = Archive(folder / "archive")
    crawl, book = SqlCrawlStore(engine, bodies, domain_of, 900), SqlOutletBook(engine, domain_of)
    book.load([outlet(key, country=country) for key, country in OUTLETS.items()], "added", NOW)
    for key in OUTLETS:
        batch = []
        for one in listed(
            crawl, book, *(f"https://{key}.example/{n}" for n in range(ARTICLES // len(OUTLETS))), key=key
        ):
            at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 900))
            published = Moment(at=at, precision=Precision.MINUTE, rule="json-ld", zone=Zone.STATED)
            batch.append(
                verdict(
                    one,
                    extraction(
                        text_of(chance, 14),
                        title=text_of(chance, 5),
                        authors=(text_of(chance, 3), text_of(chance, 3)),
                        language=chance.choice(["en", "ar", "fa", "he", "iw", None]),
                        published=published if chance.random() < 0.8 else None,
                    ),
                )
            )
        crawl.record_verdicts(batch)
    bodies.close()


def a_query(chance: random.Random, depth: int = 3) -> str:
    """Some query that can be read."""
    kind = chance.random()
    if depth == 0 or kind < 0.35:
        word = chance.choice(WORDS)
        return chance.choice(
            [
                word,
                f"{word}*",
                f'"{word} {chance.choice(WORDS)}"',
                f'"{word}"',
                f"title:{word}",
                f"body:{word}",
                f"author:{word}",
                "@oil",
            ]
        )
    if kind < 0.5:
        return chance.choice(
            [
                f"outlet:{chance.choice(list(OUTLETS))}", f"country:{chance.choice(['GB', 'LB', 'FR'])}",
                f"lang:{chance.choice(['en', 'fa', 'he'])}", f"after:{chance.randrange(2023, 2027)}", "story:copy",
                f"date:2024-{chance.randrange(1, 13):02}..2025-{chance.randrange(1, 13):02}", f"before:2025-{chance.randrange(1, 13)}-15",
            ]
        )  # fmt: skip
    if kind < 0.65:
        words = [
            chance.choice([w, f"{w}*", f'"{w} {chance.choice(WORDS)}"', f"({w} OR {chance.choice(WORDS)})"])
            for w in chance.choices(WORDS, k=chance.choice([2, 2, 3]))
        ]
        return f" NEAR/{chance.randrange(1, 5)} ".join(words)
    inner = [a_query(chance, depth - 1) for _ in range(2)]
    return chance.choice([f"({inner[0]} {inner[1]})", f"({inner[0]} OR {inner[1]})", f"({inner[0]} NOT {inner[1]})"])


def test_a_search_finds_what_a_watchlist_is_told_of(archive: Engine):
    searcher, chance = searcher_on(archive, ENTITIES), random.Random(3)
    texts: list[ArticleText] = searcher.book.texts(searcher.book.newest(searcher.search("").sought, limit=1_000))
    assert len(texts) == ARTICLES
    exact = answered = 0
    for _ in range(QUERIES):
        query = a_query(chance)
        search = searcher.search(query)
        assert search.query is not None
        matcher = Matcher({0: search.query})
        expected = [text.article_id for text in texts if matcher.matching(subject_of(text))]
        got = [text.article_id for batch in searcher.answering(search) for text in batch]
        assert got == expected, query
        tally = searcher.tally(search, newest=5)
        if search.is_exact:
            assert (tally.count, list(tally.newest)) == (len(expected), expected[:5]), query
            assert sum(tally.days.values()) == sum(tally.outlets.values()) == len(expected)
        assert tally.count >= len(expected)
        assert sorted(found.article.id for found in searcher.ranked(search, limit=1_000).items) == sorted(expected)
        exact += search.is_exact
        answered += bool(expected)
    assert exact > QUERIES / 2
    assert answered > QUERIES / 3


MANY = 33
#: As deep as may be, in the ways that take most of a database's stack, and as long as may be.
DEEP_AND_LONG = {
    "a NOT (b OR ...)": "oil NOT (iran OR (" * 15 + "oil" + "))" * 15,
    "-(-(...))": "-(" * 30 + "iran" + ")" * 30,
    "a OR -(...)": "(iran OR -" * 29 + "(عراق)" + ")" * 29,
    "a OR b -c OR -(...)": "(deal OR oil -deals OR -(iran " * 15 + "العراق" + "))" * 15,
    "the same again and again": "iran " + " ".join(["@n0"] * 40),
    "many names, all of them": "iran " + " ".join(f"@n{number}" for number in range(MANY)),
    "many names, any of them": " OR ".join(f"@n{number}" for number in range(MANY)),
}


def test_what_no_database_could_read_is_found_all_the_same(archive: Engine):
    names = [[*(f"عراق سلام {number} {other}" for other in range(26)), "oil"] for number in range(MANY)]
    tables = (f'[n{number}]\nname="N"\nkind="place"\naliases={each}\n' for number, each in enumerate(names))
    searcher = searcher_on(archive, read_entities([("many.toml", "".join(tables))]))
    texts = searcher.book.texts(searcher.book.newest(searcher.search("").sought, limit=1_000))
    for told, query in DEEP_AND_LONG.items():
        search = searcher.search(query)
        assert search.query is not None
        matcher = Matcher({0: search.query})
        expected = [text.article_id for text in texts if matcher.matching(subject_of(text))]
        assert [text.article_id for batch in searcher.answering(search) for text in batch] == expected, told
