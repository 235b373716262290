"""Partitions that change hands, and a Redis that forgets, is away or says no: the queue goes on, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine, select

from storage.jobs.partitions import Partitions, partition_of
from storage.jobs.redis import ONE_RETRY, RedisVisitQueue
from storage.jobs.sql import acknowledge
from storage.records import Outlet, OutletSource, SourceKind, VisitJob
from storage.sql.engine import open_engine, writing
from storage.sql.outlets import SqlOutletBook
from storage.sql.quarantine import SqlQuarantineBook
from storage.sql.schema import sources
from storage.sql.upgrade import upgrade

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(seconds=20)
SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def queue(engine: Engine, client: Redis) -> RedisVisitQueue:
    return RedisVisitQueue(engine, client, sweep_every_s=0)


def due(number: int, *, age_s: float = 1) -> tuple[int, str, datetime]:
    return number, f"outlet{number}.example", NOW - timedelta(seconds=age_s)


def ids(jobs: list[VisitJob]) -> list[int]:
    return sorted(job.source_id for job in jobs)


def end(engine: Engine, jobs: list[VisitJob]) -> None:
    with writing(engine) as connection:
        assert all(acknowledge(connection, job) for job in jobs)


def entries(client: Redis) -> int:
    return sum(client.xlen(key) for key in client.scan_iter("presswatch:visits:[0-9]*"))


# ---------------------------------------------------------------------------------- partitions


def test_partitions_are_shared_evenly_and_wander_as_workers_come_and_go(client: Redis):
    partitions = Partitions(client, "test", 64)
    assert partitions.share("a", NOW, LEASE) == frozenset(range(64))
    assert partitions.share("b", NOW, LEASE) == frozenset()  # until a has looked again
    first = partitions.share("a", NOW + SECOND, LEASE)
    second = partitions.share("b", NOW + SECOND, LEASE)
    assert (len(first), len(second)) == (32, 32)
    assert first | second == frozenset(range(64))
    partitions.share("c", NOW + 2 * SECOND, LEASE)
    shares = [partitions.share(name, NOW + 3 * SECOND, LEASE) for name in "abc"]
    assert [len(share) for share in shares] == [22, 21, 21]
    assert frozenset.union(*shares) == frozenset(range(64))
    assert shares[0] < first
    partitions.leave("a")
    shares = [partitions.share(name, NOW + 4 * SECOND, LEASE) for name in "bc"]
    assert [len(share) for share in shares] == [32, 32]
    assert partitions.share("b", NOW + 3 * LEASE, LEASE) == frozenset(range(64)), "c was not heard of for a lease"


def test_more_workers_than_partitions_leave_some_without(client: Redis):
    partitions = Partitions(client, "test", 3)
    for _ in range(2):
        shares = [partitions.share(name, NOW, LEASE) for name in "abcde"]
    assert [len(share) for share in shares] == [1, 1, 1, 0, 0]


def test_domains_spread_over_all_partitions():
    used = {partition_of(f"outlet{number}.example", 64) for number in range(2000)}
    assert used == set(range(64))


def test_each_worker_is_given_its_own_partitions_and_serves_their_domains(queue: RedisVisitQueue):
    queue.take("a", 1, NOW, LEASE)
    queue.take("b", 1, NOW, LEASE)
    queue.put(due(number) for number in range(200))
    jobs = {name: queue.take(name, 200, NOW + SECOND, LEASE) for name in "ab"}
    assert ids(jobs["a"] + jobs["b"]) == list(range(200))
    domains = [f"outlet{number}.example" for number in range(200)]
    for name in "ab":
        assert 60 < len(jobs[name]) < 140
        assert queue.mine(name, domains) == [f"outlet{number}.example" for number in ids(jobs[name])]
    assert queue.mine("a guest", domains) == domains


def test_what_a_dead_worker_held_is_with_another_within_a_lease(queue: RedisVisitQueue, engine: Engine):
    queue.put(due(number) for number in range(50))
    assert len(queue.take("dead", 100, NOW, LEASE)) == 50
    assert queue.take("b", 100, NOW + LEASE - SECOND, LEASE) == []
    taken = queue.take("b", 100, NOW + LEASE, LEASE)
    assert ids(taken) == list(range(50))
    end(engine, taken)


def test_streams_hold_nothing_of_what_has_ended(queue: RedisVisitQueue, engine: Engine, client: Redis):
    queue.put(due(number) for number in range(50))
    jobs = queue.take("a", 100, NOW, LEASE)
    assert entries(client) == 50
    end(engine, jobs)
    queue.take("a", 100, NOW + SECOND, LEASE)
    assert entries(client) == 0


def test_a_command_for_single_outlets_takes_from_sql_and_shares_in_nothing(queue: RedisVisitQueue, client: Redis):
    queue.put([due(1), due(2)])
    assert ids(queue.take("a guest", 9, NOW, LEASE, only={2})) == [2]
    assert client.zcard("presswatch:visits:workers") == 0
    assert ids(queue.take("a", 9, NOW, LEASE)) == [1]


# ------------------------------------------------------------------------------- a bad day for Redis


@pytest.mark.parametrize("is_early", [True, False], ids=["before the workers came", "after they came"])
def test_after_a_flush_all_that_was_queued_is_found_in_sql(queue: RedisVisitQueue, client: Redis, is_early: bool):
    if not is_early:
        queue.take("a", 9, NOW, LEASE)
    queue.put(due(number) for number in range(20))
    client.flushdb()
    assert queue.take("a", 100, NOW, LEASE) == []
    queue.put([due(30)])
    assert ids(queue.take("a", 100, NOW, LEASE)) == [30], "what comes after it goes through the streams again"
    assert ids(queue.take("a", 100, NOW + timedelta(seconds=16), LEASE)) == list(range(20))


def test_a_flush_gives_no_domain_to_two_workers(queue: RedisVisitQueue, client: Redis):
    queue.put(due(number) for number in range(20))
    queue.take("a", 100, NOW, LEASE)
    client.flushdb()
    later = NOW + timedelta(seconds=16)
    assert queue.take("b", 100, later, LEASE) == []
    assert queue.hold("b", [f"outlet{number}.example" for number in range(20)], later, LEASE) == set()


def test_single_streams_that_were_evicted_lose_no_job(queue: RedisVisitQueue, client: Redis):
    queue.put(due(number) for number in range(20))
    gone = list(client.scan_iter("presswatch:visits:[0-9]*"))[::2]
    client.delete(*gone)
    there = ids(queue.take("a", 100, NOW, LEASE))
    assert 0 < len(there) < 20
    assert ids(queue.take("a", 100, NOW + timedelta(seconds=16), LEASE)) == sorted(set(range(20)) - set(there))


def test_without_redis_jobs_come_from_sql_and_one_domain_stays_with_one_worker(engine: Engine, tmp_path: Path):
    away = Redis(unix_socket_path=str(tmp_path / "nobody"), retry=ONE_RETRY)
    queue = RedisVisitQueue(engine, away)
    assert queue.put([due(1), due(2)]) == 2
    assert ids(queue.take("a", 1, NOW, LEASE)) == [1]
    assert ids(queue.take("b", 9, NOW, LEASE)) == [2]
    assert queue.mine("a", ["x.example"]) == ["x.example"]
    queue.forget_worker("a")
    assert ids(queue.take("b", 9, NOW, LEASE)) == [1]


def test_a_worker_that_lost_redis_and_one_that_did_not_never_share_a_domain(
    queue: RedisVisitQueue, engine: Engine, tmp_path: Path
):
    queue.put(due(number) for number in range(20))
    without = RedisVisitQueue(engine, Redis(unix_socket_path=str(tmp_path / "nobody"), retry=ONE_RETRY))
    first = without.take("a", 7, NOW, LEASE)
    second = queue.take("b", 100, NOW, LEASE)
    assert ids(first + second) == list(range(20))
    end(engine, first + second)


def test_a_redis_without_room_stops_nothing(queue: RedisVisitQueue, client: Redis):
    before = client.config_get("maxmemory")["maxmemory"]
    client.config_set("maxmemory", "1")
    try:
        assert queue.put([due(1)]) == 1
        assert ids(queue.take("a", 9, NOW, LEASE)) == [1]
    finally:
        client.config_set("maxmemory", before)


# ---------------------------------------------------------------------------------- quarantine


def test_a_source_that_kills_three_workers_is_in_quarantine_and_says_why(queue: RedisVisitQueue, engine: Engine):
    source = OutletSource(kind=SourceKind.FEED, url="https://outlet1.example/feed")
    outlet = Outlet(key="one", name="One", home_url="https://outlet1.example/", sources=(source,))
    SqlOutletBook(engine, lambda _: "outlet1.example").load([outlet], "shipped", NOW)
    queue.put([due(1)])
    for death in range(3):
        [job] = queue.take(f"w{death}", 9, NOW + death * LEASE, LEASE)
        assert job.is_suspect == (death > 0)
        assert not job.is_suspect or queue.begin(job)
    assert queue.take("w4", 9, NOW + 3 * LEASE, LEASE) == []
    assert queue.depth() == 0
    [held] = SqlQuarantineBook(engine).held()
    assert (held.url, held.detail) == (source.url, "in quarantine after 3 workers died while they visited it")
    with engine.connect() as connection:
        assert connection.execute(select(sources.c.last_reason)).scalar_one() == "quarantined"
