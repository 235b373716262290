"""What is written in a tsvector's binary form, against the same written out, as PostgreSQL reads both."""

import pytest
from sqlalchemy import text

from storage.errors import StoreUnavailable
from storage.search.documents import Document, Indexed
from storage.search.tsvector import BETWEEN_FIELDS, MAX_WORD_CHARS, tsvector
from storage.sql.engine import open_engine, reading, writing
from storage.sql.search_index import index_articles
from tests.contract.sample_records import NOW

FACTS = ("every:", "outlet:jpost", "lang:fa", "year:2024")
BLOCKS = ("block:13:9", "block:16:1", "block:19:0")
CASES = {
    "an article": ("iran withdraws", "anna ahronheim", "iran withdrew and hezbollah stayed ایران 東 é"),
    "nothing but facts": ("", "", ""),
    "the same word in all fields": ("word", "word", "word word"),
    "a word more often than places are kept of": ("", "", "word " * 300 + "end"),
    "words too long to be any, by characters and not by bytes": (
        "",
        "",
        f"{'x' * MAX_WORD_CHARS} {'y' * (MAX_WORD_CHARS + 1)} {'ی' * MAX_WORD_CHARS} end",
    ),
    "more words than there are places": ("title", "author", " ".join(f"w{n % 7_000}" for n in range(17_000))),
    "more words than there is room for": ("title", "author", " ".join(f"{n:010}" for n in range(70_000)) + " end"),
}


def _written_out(document: Document) -> str:
    """Each word with its place and weight, up to a million bytes of them at six bytes more than its letters."""
    written = [f"'{name}'" for name in (*FACTS, *BLOCKS)]
    room = 1_000_000 - sum(len(name) + 6 for name in (*FACTS, *BLOCKS))
    place = 0
    for field, weight in ((document.title, "A"), (document.authors, "B"), (document.body, "C")):
        for word in field.split():
            place += 1
            if len(word) > MAX_WORD_CHARS:
                continue
            room -= len(word.encode()) + 6
            if room < 0:
                return " ".join(written)
            written.append(f"'{word}':{min(place, 16_383)}{weight}")
        place += BETWEEN_FIELDS
    return " ".join(written)


def test_a_tsvector_is_what_postgresql_makes_of_its_words_written_out(empty_postgres_url: str):
    engine = open_engine(empty_postgres_url)
    query = text("SELECT CAST(CAST(:ours AS tsvector) AS text), CAST(CAST(:words AS tsvector) AS text)")
    read = {}
    with reading(engine) as connection:
        for case, (title, authors, body) in CASES.items():
            document = Document(article_id=9 << 13, title=title, authors=authors, body=body, facts=FACTS)
            given = {"ours": tsvector(document), "words": _written_out(document)}
            read[case] = connection.execute(query, given).one()
    engine.dispose()
    assert [case for case, (ours, written_out) in read.items() if ours != written_out] == []


def test_a_server_that_ends_a_connection_while_words_are_sent_is_a_store_that_does_not_answer(postgres_url: str):
    engine = open_engine(postgres_url)
    found = Indexed(article_id=1, title="t", authors=(), body="b", language="en", outlet_key="jpost", at=NOW)

    def index_on_an_ended_connection() -> None:
        with writing(engine) as connection:
            own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with writing(engine) as other:
                other.execute(text("SELECT pg_terminate_backend(:own, 10000)"), {"own": own})
            index_articles(connection, [found])

    with pytest.raises(StoreUnavailable, match="does not answer"):
        index_on_an_ended_connection()
    with writing(engine) as connection:
        index_articles(connection, [found])
        assert connection.execute(text("SELECT count(*) FROM search_words")).scalar_one() == 1
    engine.dispose()
