"""Authors: who is named over which article, by its newest revision."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, delete

import storage.migrations
from storage.authors import author_key
from storage.records import Spelling
from storage.sql import authors
from storage.sql.authors import SqlAuthorBook
from storage.sql.byline_tables import bylines
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import writing
from storage.sql.outlets import SqlOutletBook
from tests.contract.sample_records import HOUR, NOW, extraction, key_of, listed, verdict

KEY = [author_key("Anna Reed")]


@pytest.fixture
def publish(crawl: SqlCrawlStore, book: SqlOutletBook):
    def publish(number: int, *names: str, key: str = "jpost", again: str | None = None) -> int:
        url = f"https://{key}.example/{number}"
        [found] = listed(crawl, book, f"{url}{again or ''}", key=key)
        text = extraction(f"text {number} {again}", authors=names)
        told = verdict(found, text, at=NOW + number * HOUR, **({"article_key": key_of(url)} if again else {}))
        [answer] = crawl.record_verdicts([told])
        assert answer.article_id is not None
        return answer.article_id

    return publish


@pytest.fixture
def author_book(engine: Engine) -> SqlAuthorBook:
    return SqlAuthorBook(engine)


def test_an_authors_articles_come_newest_first_over_outlets_and_spellings(publish, author_book):
    first = publish(1, "Anna Reed")
    publish(2, "Tom Hale")
    second = publish(3, "ANNA REED", "Tom Hale", key="trackpersia")
    third = publish(4, "Reed, Anna", "Anna Reed")
    assert author_book.article_ids(KEY, 9) == [third, second, first]
    assert author_book.article_ids(KEY, 1) == [third]
    assert author_book.article_ids(KEY, 9, before_id=second) == [first]
    told = author_book.count(KEY)
    assert told.articles == 3
    assert told.is_whole
    assert set(told.spellings) == {
        Spelling(name="ANNA REED", outlet_key="trackpersia", articles=1),
        Spelling(name="Anna Reed", outlet_key="jpost", articles=1),
        Spelling(name="Reed, Anna", outlet_key="jpost", articles=1),
    }


def test_articles_under_several_names_of_one_person_come_once(publish, author_book):
    publish(1, "Anna Reed")
    both = publish(2, "Anna Reed", "آنا رید")
    other = publish(3, "آنا رید")
    keys = [*KEY, author_key("آنا رید")]
    assert author_book.article_ids(keys, 2) == [other, both]
    assert author_book.count(keys).articles == 3


def test_a_revision_with_another_byline_takes_the_place_of_the_one_before(publish, author_book):
    number = publish(1, "Anna Reed")
    assert publish(1, "Tom Hale", again="?v=2") == number
    assert author_book.article_ids(KEY, 9) == []
    assert author_book.article_ids([author_key("Tom Hale")], 9) == [number]


def test_of_very_many_articles_the_newest_are_counted_and_that_is_told(publish, author_book, monkeypatch):
    monkeypatch.setattr(authors, "MOST_COUNTED", 2)
    for number in range(3):
        publish(number, "Anna Reed")
    told = author_book.count(KEY)
    assert (told.articles, told.is_whole) == (2, False)


def test_articles_that_were_stored_before_are_found_after_the_upgrade(publish, author_book, engine):
    numbers = {publish(1, "Anna Reed"), publish(2, "ANNA REED", " -- ")}
    with writing(engine) as connection:
        connection.execute(delete(bylines))
        bylines.drop(connection)
        config = Config()
        config.set_main_option("script_location", storage.migrations.__path__[0])
        config.attributes["connection"] = connection
        command.stamp(config, "0029")
        command.upgrade(config, "0030")
    assert set(author_book.article_ids(KEY, 9)) == numbers
    assert author_book.count(KEY).articles == 2
