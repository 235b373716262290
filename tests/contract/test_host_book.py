"""HostBook and ProcessBook: what all workers know of hosts, and of each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from storage.records import HostWait, ProcessInfo, RobotsCopy
from storage.sql.hosts import SqlHostBook, SqlProcessBook
from tests.contract.sample_records import HOUR, MINUTE, NOW


@pytest.fixture
def hosts(engine: Engine) -> SqlHostBook:
    return SqlHostBook(engine)


@pytest.fixture
def processes(engine: Engine) -> SqlProcessBook:
    return SqlProcessBook(engine)


def test_robots_are_kept_byte_for_byte_and_replaced(hosts: SqlHostBook):
    origin = "https://a.example:8443"
    assert hosts.robots(origin) is None
    copy = RobotsCopy(
        origin=origin, fetched_at=NOW, status=200, body=bytes(range(256)) * 2_000, verdict="rules", detail="a\x00b"
    )
    hosts.save_robots(copy)
    assert hosts.robots(origin) == replace(copy, detail="a\ufffdb")
    later = RobotsCopy(origin=origin, fetched_at=NOW + HOUR, status=None, body=b"", verdict="disallow-all")
    hosts.save_robots(later)
    assert hosts.robots(origin) == later
    assert hosts.robots("http://a.example:8443") is None


def test_of_two_times_to_be_left_alone_until_the_later_one_stays(hosts: SqlHostBook):
    assert hosts.wait("a.example") is None
    hosts.keep_pauses([("b.example", NOW), ("a.example", NOW + HOUR)], "a pause")
    hosts.keep_pauses([("a.example", NOW + MINUTE)], "a pause")
    hosts.keep_pauses([], "a pause")
    assert hosts.wait("a.example") == HostWait(host="a.example", not_before=NOW + HOUR, why="a pause")
    hosts.rest("a.example", NOW + 2 * HOUR, "answered 503", 1)
    hosts.rest("a.example", NOW + HOUR, "answered 429", 2)
    hosts.rest("b.example", NOW, "answered 429", 1)
    resting = HostWait(host="a.example", not_before=NOW + 2 * HOUR, why="answered 503", refusals=2)
    assert hosts.waits(NOW) == [resting]


def test_refusals_are_forgotten_and_the_rest_stays(hosts: SqlHostBook):
    hosts.rest("a.example", NOW + HOUR, "answered 503", 3)
    hosts.keep_pauses([("a.example", NOW + 2 * HOUR)], "a pause")
    assert hosts.wait("a.example") == HostWait(host="a.example", not_before=NOW + 2 * HOUR, why="a pause", refusals=3)
    hosts.forget_refusals("a.example")
    hosts.forget_refusals("nobody.example")
    assert hosts.wait("a.example") == HostWait(host="a.example", not_before=NOW + 2 * HOUR, why="a pause")


def test_a_process_is_known_from_its_first_beat_until_it_leaves(processes: SqlProcessBook):
    worker = ProcessInfo(name="worker-1", role="worker", pid=7, started_at=NOW, seen_at=NOW, detail="idle")
    web = ProcessInfo(name="web-1", role="web", pid=8, started_at=NOW, seen_at=NOW)
    for info in (worker, web, replace(worker, seen_at=NOW + MINUTE, detail=None)):
        processes.beat(info)
    assert processes.processes() == [web, replace(worker, seen_at=NOW + MINUTE, detail=None)]
    processes.leave("worker-1")
    processes.leave("worker-1")
    assert (processes.processes(), processes.count()) == ([web], 1)


def test_a_process_not_heard_of_for_long_is_forgotten(processes: SqlProcessBook):
    dead = ProcessInfo(name="worker-1", role="worker", pid=7, started_at=NOW, seen_at=NOW)
    processes.beat(dead)
    processes.beat(replace(dead, name="worker-2", seen_at=NOW + timedelta(days=1)))
    assert processes.count() == 2
    processes.beat(replace(dead, name="worker-2", seen_at=NOW + timedelta(days=1, seconds=1)))
    assert [info.name for info in processes.processes()] == ["worker-2"]
