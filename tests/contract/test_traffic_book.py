"""TrafficBook: what every host was asked, added up over workers."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from storage.records import HostTraffic
from storage.sql.traffic import SqlTrafficBook
from tests.contract.sample_records import HOUR, NOW

ROW = HostTraffic(
    host="a.example",
    hour=NOW,
    requests=3,
    robots=1,
    not_modified=1,
    refused=0,
    failed=1,
    bytes_received=5_000_000_000,
    least_gap_ms=None,
)


@pytest.fixture
def traffic(engine: Engine) -> SqlTrafficBook:
    return SqlTrafficBook(engine)


def test_counts_of_an_hour_add_up_and_the_least_gap_stays(traffic: SqlTrafficBook):
    traffic.add([ROW])
    traffic.add([replace(ROW, least_gap_ms=1200)])
    traffic.add([replace(ROW, least_gap_ms=3000)])
    traffic.add([replace(ROW, least_gap_ms=None)])
    (row,) = traffic.of_hosts(["a.example"], NOW)
    assert row == HostTraffic(
        host="a.example",
        hour=NOW,
        requests=12,
        robots=4,
        not_modified=4,
        refused=0,
        failed=4,
        bytes_received=20_000_000_000,
        least_gap_ms=1200,
    )


def test_rows_come_by_host_and_hour_from_a_moment_on(traffic: SqlTrafficBook):
    traffic.add([replace(ROW, hour=NOW + HOUR), ROW, replace(ROW, host="b.example", requests=50)])
    assert [(row.host, row.hour) for row in traffic.of_hosts(["b.example", "a.example"], NOW)] == [
        ("a.example", NOW),
        ("a.example", NOW + HOUR),
        ("b.example", NOW),
    ]
    assert traffic.of_hosts(["a.example"], NOW + 2 * HOUR) == []
    assert traffic.hosts(NOW) == ["b.example", "a.example"]
    assert traffic.hosts(NOW + HOUR) == ["a.example"]


def test_workers_that_write_at_once_lose_no_request(engine: Engine):
    rows = [replace(ROW, host=f"{number}.example") for number in range(20)]

    def work(order: int) -> None:
        book = SqlTrafficBook(engine)
        for _ in range(10):
            book.add(rows[::order])

    threads = [threading.Thread(target=work, args=(order,)) for order in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {row.requests for row in SqlTrafficBook(engine).of_hosts([r.host for r in rows], NOW)} == {60}
