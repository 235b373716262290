"""The cap on requests for re-visits, where they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy import Request

from crawler.fetch.errors import HostResting
from crawler.fetch.revisits import A_DAY, RevisitCapMiddleware
from storage.sql.revisits import SqlRevisitBook
from tests.stores import open_store_at

NOW = datetime(2026, 5, 9, 22, 0, tzinfo=UTC)


@pytest.fixture
def cap(tmp_path: Path) -> Iterator[RevisitCapMiddleware]:
    engine = open_store_at(f"sqlite:///{tmp_path}/presswatch.sqlite3")
    yield RevisitCapMiddleware(SqlRevisitBook(engine=engine, domain_of=str), lambda: NOW)
    engine.dispose()


def _send(cap: RevisitCapMiddleware, url: str, a_day: int | None) -> None:
    asyncio.run(cap.process_request(Request(url, meta={A_DAY: a_day})))


def test_each_request_of_a_revisit_counts_and_one_too_many_waits_for_the_next_day(cap: RevisitCapMiddleware):
    for page in (1, 2):  # a redirect hop, or a further page
        _send(cap, f"https://jpost.example/page/{page}", 2)
    with pytest.raises(HostResting) as refused:
        _send(cap, "https://jpost.example/page/3", 2)
    assert refused.value.until == datetime(2026, 5, 10, tzinfo=UTC)
    _send(cap, "https://www.jpost.example/", 2)  # another host has its own


def test_news_and_what_a_person_ordered_do_not_count(cap: RevisitCapMiddleware):
    _send(cap, "https://jpost.example/1", 1)
    for number in range(3):
        _send(cap, f"https://jpost.example/news/{number}", None)
    with pytest.raises(HostResting):
        _send(cap, "https://jpost.example/2", 1)
