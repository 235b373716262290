"""NotFoundBook: each host is asked in turn, once a period, and a headline of an article tells nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from storage.archive.archive import Archive
from storage.records import NotFoundPage
from storage.sql.crawl import SqlCrawlStore
from storage.sql.not_found import SqlNotFoundBook
from storage.sql.outlets import SqlOutletBook
from tests.contract.sample_records import NOW, extraction, listed, verdict

DAY = timedelta(days=1)
PAGE = NotFoundPage(host="jpost.example", asked_at=NOW, url="https://jpost.example/x", status=None)


@pytest.fixture
def not_found(engine: Engine, bodies: Archive) -> SqlNotFoundBook:
    return SqlNotFoundBook(engine, bodies)


def test_one_of_all_has_the_turn_once_a_period(not_found: SqlNotFoundBook):
    later = replace(PAGE, asked_at=NOW + 31 * DAY)
    assert not_found.claim("jpost", PAGE, NOW - 30 * DAY)
    assert not not_found.claim("jpost", PAGE, NOW - 30 * DAY)
    assert not not_found.claim("jpost", later, NOW - DAY)
    assert not_found.claim("jpost", later, later.asked_at - 30 * DAY)
    assert not not_found.claim("jpost", later, later.asked_at - 30 * DAY)
    assert not_found.claim("jpost", replace(PAGE, host="www.jpost.example"), NOW - 30 * DAY)
    assert not_found.claim("haaretz", PAGE, NOW - 30 * DAY)


def test_what_was_answered_is_known_and_a_headline_of_an_article_tells_nothing(
    not_found: SqlNotFoundBook, crawl: SqlCrawlStore, book: SqlOutletBook
):
    (found,) = listed(crawl, book, "https://jpost.example/a")
    crawl.record_verdicts([verdict(found, extraction(title="The News of Today"))])
    not_found.claim("jpost", PAGE, NOW - DAY)
    told = replace(PAGE, status=200, title="the tide took it", lines=(-7, 2**62), is_telling=True)
    not_found.note("jpost", told, None)
    assert not_found.pages_of("jpost") == [told]
    not_found.note("jpost", replace(told, title="the news of today"), None)
    (page,) = not_found.pages_of("jpost")
    assert (page.title, page.is_telling) == ("the news of today", False)
    assert not_found.pages_of("haaretz") == []
