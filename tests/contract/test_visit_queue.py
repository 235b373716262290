"""One suite for every VisitQueue: the twin in memory, SQLite, PostgreSQL, PostgreSQL with Redis Streams."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from redis import Redis
from sqlalchemy import Engine, text

from storage.jobs.memory import MemoryVisitQueue
from storage.jobs.redis import RedisVisitQueue
from storage.jobs.sql import SqlVisitQueue, acknowledge
from storage.ports import VisitQueue
from storage.records import VisitJob
from storage.sql.engine import open_engine, writing
from tests.newsweb.process import wait_until

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 7, 30, 12, tzinfo=UTC)
LEASE = timedelta(minutes=2)
LATER = NOW + LEASE


class Queue(VisitQueue, Protocol):
    """The port, and the acknowledgement that `CrawlStore.record_visit` makes."""

    def acknowledge(self, job: VisitJob) -> bool: ...


class AcknowledgingSqlQueue(SqlVisitQueue):
    def acknowledge(self, job: VisitJob) -> bool:
        with writing(self._engine) as connection:
            return acknowledge(connection, job)


class RestlessRedisQueue(RedisVisitQueue, AcknowledgingSqlQueue):
    """Partitions change hands before each look, and what is pending is claimed at each: whatever workers come and go,
    the promises of the port hold. What no stream brings is not looked for in SQL.
    """

    def __init__(self, engine: Engine, client: Redis) -> None:
        super().__init__(engine, client, sweep_every_s=0, late=timedelta(days=1))

    def take(
        self, worker: str, limit: int, now: datetime, lease: timedelta, only: Collection[int] | None = None
    ) -> list[VisitJob]:
        self._client.delete("presswatch:visits:workers", "presswatch:visits:leases")
        return super().take(worker, limit, now, lease, only)


PARAMS = [
    "memory",
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("postgres+redis", marks=[pytest.mark.postgres, pytest.mark.redis]),
]


@pytest.fixture(params=PARAMS)
def queue(request: pytest.FixtureRequest) -> Iterator[Queue]:
    if request.param == "memory":
        yield MemoryVisitQueue()
        return
    database, _, redis = request.param.partition("+")
    engine = open_engine(request.getfixturevalue(f"{database}_url"))
    if redis:
        with Redis.from_url(request.getfixturevalue("redis_url")) as client:
            yield RestlessRedisQueue(engine, client)
    else:
        yield AcknowledgingSqlQueue(engine)
    engine.dispose()


def due(number: int, domain: str | None = None, *, age_s: int = 60) -> tuple[int, str, datetime]:
    return number, domain or f"outlet{number}.example", NOW - timedelta(seconds=age_s)


def ids(jobs: list[VisitJob]) -> list[int]:
    return [job.source_id for job in jobs]


# ------------------------------------------------------------------------------------- putting


def test_a_source_that_is_queued_already_stays_as_it_is(queue: Queue):
    assert queue.put([due(1, age_s=60), due(2)]) == 2
    assert queue.put([due(1, age_s=999), due(3)]) == 1
    assert queue.put([]) == 0
    assert queue.depth() == 3
    [first] = queue.take("w", 1, NOW, LEASE, only={1})
    assert first.due_at == NOW - timedelta(seconds=60)


def test_a_source_named_twice_is_queued_once(queue: Queue):
    assert queue.put([due(1), due(1)]) == 1
    assert queue.depth() == 1


def test_more_sources_than_one_statement_takes(queue: Queue):
    assert queue.put(due(number) for number in range(2_500)) == 2_500
    assert queue.depth() == 2_500


# -------------------------------------------------------------------------------------- taking


def test_the_longest_due_come_first(queue: Queue):
    queue.put([due(1, age_s=10), due(2, age_s=30), due(3, age_s=20)])
    assert ids(queue.take("w", 2, NOW, LEASE)) == [2, 3]
    assert ids(queue.take("w", 2, NOW, LEASE)) == [1]
    assert queue.take("w", 2, NOW, LEASE) == []


def test_what_is_not_due_yet_is_not_taken(queue: Queue):
    queue.put([due(1, age_s=-30)])
    assert queue.take("w", 9, NOW, LEASE) == []
    assert ids(queue.take("w", 9, NOW + timedelta(seconds=30), LEASE)) == [1]


def test_only_the_named_sources_are_taken(queue: Queue):
    queue.put([due(1), due(2), due(3)])
    assert ids(queue.take("w", 9, NOW, LEASE, only=[2, 77])) == [2]
    assert queue.take("w", 9, NOW, LEASE, only=[]) == []


def test_one_domain_is_with_one_worker(queue: Queue):
    queue.put([due(1, "a.example", age_s=9), due(2, "a.example", age_s=8), due(3, "b.example", age_s=7)])
    assert ids(queue.take("w1", 1, NOW, LEASE)) == [1]
    assert ids(queue.take("w2", 9, NOW, LEASE)) == [3]
    assert ids(queue.take("w1", 9, NOW, LEASE)) == [2]


def test_a_leased_job_counts_until_it_is_acknowledged(queue: Queue):
    queue.put([due(1)])
    [job] = queue.take("w", 1, NOW, LEASE)
    assert queue.depth() == 1
    assert queue.acknowledge(job)
    assert queue.depth() == 0
    assert not queue.acknowledge(job)


# -------------------------------------------------------------------------------------- leases


def test_a_lease_that_ran_out_goes_to_another_worker_and_the_old_token_is_refused(queue: Queue):
    queue.put([due(1)])
    [old] = queue.take("w1", 1, NOW, LEASE)
    assert queue.take("w2", 1, LATER - timedelta(seconds=1), LEASE) == []
    [new] = queue.take("w2", 1, LATER, LEASE)
    assert new.token > old.token
    assert not queue.acknowledge(old)
    assert queue.acknowledge(new)


def test_a_token_does_not_come_again_when_the_source_is_queued_anew(queue: Queue):
    queue.put([due(1)])
    [old] = queue.take("w1", 1, NOW, LEASE)
    [second] = queue.take("w2", 1, LATER, LEASE)
    queue.acknowledge(second)
    queue.let_go("w2", [second.domain])
    queue.put([due(1, age_s=0)])
    [third] = queue.take("w3", 1, LATER + LEASE, LEASE)
    assert old.token < second.token < third.token
    assert not queue.acknowledge(old)
    assert not queue.acknowledge(second)
    assert queue.acknowledge(third)


def test_tokens_grow_within_one_instant(queue: Queue):
    queue.put([due(1)])
    tokens = []
    for _ in range(3):
        [job] = queue.take("w", 1, NOW, LEASE)
        tokens.append(job.token)
        queue.hand_back([job], NOW)
    assert sorted(set(tokens)) == tokens


def test_a_renewed_lease_holds(queue: Queue):
    queue.put([due(1), due(2)])
    jobs = queue.take("w1", 2, NOW, LEASE)
    assert queue.renew("w1", LATER - timedelta(seconds=1), LEASE) == 2
    assert queue.take("w2", 9, LATER + timedelta(seconds=30), LEASE) == []
    assert all(queue.acknowledge(job) for job in jobs)


def test_what_went_to_another_worker_is_not_renewed(queue: Queue):
    queue.put([due(1), due(2)])
    queue.take("w1", 2, NOW, LEASE)
    queue.take("w2", 1, LATER, LEASE)
    assert queue.renew("w1", LATER, LEASE) == 1
    assert queue.renew("nobody", LATER, LEASE) == 0


# --------------------------------------------------------------------------------- giving back


def test_a_job_handed_back_is_there_at_once(queue: Queue):
    queue.put([due(1)])
    [job] = queue.take("w1", 1, NOW, LEASE)
    queue.hand_back([job], NOW)
    assert not queue.acknowledge(job)
    [again] = queue.take("w1", 1, NOW, LEASE)
    queue.hand_back([again], NOW)
    queue.let_go("w1", [again.domain])
    assert ids(queue.take("w2", 1, NOW, LEASE)) == [1]


def test_a_job_that_was_lost_cannot_be_handed_back(queue: Queue):
    queue.put([due(1)])
    [old] = queue.take("w1", 1, NOW, LEASE)
    [new] = queue.take("w2", 1, LATER, LEASE)
    queue.hand_back([old], LATER)
    assert queue.acknowledge(new)


def test_a_forgotten_worker_holds_nothing(queue: Queue):
    queue.put([due(1), due(2)])
    jobs = queue.take("w1", 1, NOW, LEASE)
    queue.hold("w1", ["c.example"], NOW, LEASE)
    queue.forget_worker("w1")
    assert not queue.acknowledge(jobs[0])
    assert sorted(ids(queue.take("w2", 9, NOW, LEASE))) == [1, 2]
    assert queue.hold("w2", ["c.example"], NOW, LEASE) == {"c.example"}
    assert queue.renew("w1", NOW, LEASE) == 0


def test_what_did_not_reach_its_worker_is_there_again(queue: Queue):
    queue.put([due(1), due(2), due(3)])
    jobs = queue.take("w1", 3, NOW, LEASE)
    queue.take("w2", 3, NOW, LEASE)
    assert queue.take_back("w1", {2}, NOW) == 2
    assert [queue.acknowledge(job) for job in jobs if job.source_id != 2] == [False, False]
    assert sorted(ids(queue.take("w1", 9, NOW, LEASE))) == [1, 3]
    assert queue.take_back("w1", {1, 2, 3}, NOW) == 0


# -------------------------------------------------------------------------------- what kills workers


def test_what_three_workers_died_of_is_not_given_out_again(queue: Queue):
    queue.put([due(1)])
    for number in range(3):
        [job] = queue.take(f"w{number}", 9, NOW + number * LEASE, LEASE)
        assert job.is_suspect == (number > 0)
        assert not job.is_suspect or queue.begin(job)
    assert queue.take("w3", 9, NOW + 3 * LEASE, LEASE) == []
    assert queue.depth() == 0


def test_those_that_were_with_it_by_chance_are_given_out_alone_and_end_well(queue: Queue):
    queue.put([due(number) for number in range(1, 5)])
    for number in range(2):
        jobs = queue.take(f"w{number}", 9, NOW + number * LEASE, LEASE)
        assert len(jobs) == 4
        assert all(queue.begin(job) for job in jobs if job.is_suspect)
    killer, *innocent = range(1, 5)
    [third] = queue.take("w2", 9, NOW + 2 * LEASE, LEASE)
    assert third.source_id == killer
    assert queue.begin(third)
    assert queue.take("w2", 9, NOW + 2 * LEASE, LEASE) == []
    for number in innocent:  # the third death is the killer's alone
        [job] = queue.take("w3", 9, NOW + 3 * LEASE, LEASE)
        assert job.source_id == number
        assert queue.acknowledge(job)
    assert queue.depth() == 0


def test_what_waited_for_its_turn_when_workers_died_is_given_out_as_before(queue: Queue):
    queue.put([due(number) for number in range(1, 5)])
    for number in range(6):
        first, *_ = jobs = queue.take(f"w{number}", 9, NOW + number * LEASE, LEASE)
        assert ids(jobs) == [1, 2, 3, 4]
        assert not queue.begin(replace(first, token=first.token - 1))


def test_what_is_handed_back_or_left_at_a_stop_is_no_suspect(queue: Queue):
    queue.put([due(1), due(2)])
    for _ in range(4):
        [job, _] = queue.take("w1", 9, NOW, LEASE)
        queue.hand_back([job], NOW)
        queue.forget_worker("w1", has_stopped=True)
    assert sorted(ids(queue.take("w1", 9, NOW, LEASE))) == [1, 2]


# ------------------------------------------------------------------------- holding for fetches


def test_held_domains_are_left_alone_by_others(queue: Queue):
    queue.put([due(1, "a.example")])
    assert queue.hold("w1", ["a.example", "b.example"], NOW, LEASE) == {"a.example", "b.example"}
    assert queue.hold("w2", ["b.example", "c.example"], NOW, LEASE) == {"c.example"}
    assert queue.take("w2", 9, NOW, LEASE) == []
    assert queue.hold("w1", ["a.example"], NOW, LEASE) == {"a.example"}
    assert queue.hold("w1", [], NOW, LEASE) == set()
    assert ids(queue.take("w1", 9, NOW, LEASE)) == [1]


def test_a_domain_let_go_is_free_for_all_and_others_cannot_let_it_go(queue: Queue):
    queue.hold("w1", ["a.example", "b.example"], NOW, LEASE)
    queue.let_go("w2", ["a.example"])
    assert queue.hold("w2", ["a.example"], NOW, LEASE) == set()
    queue.let_go("w1", ["a.example"])
    queue.let_go("w1", [])
    assert queue.hold("w2", ["a.example", "b.example"], NOW, LEASE) == {"a.example"}


def test_a_hold_runs_out(queue: Queue):
    queue.hold("w1", ["a.example"], NOW, LEASE)
    assert queue.hold("w2", ["a.example"], LATER, LEASE) == {"a.example"}
    assert queue.hold("w1", ["a.example"], LATER, LEASE) == set()


# --------------------------------------------------------------------------------------- races


def test_racing_threads_never_hold_a_domain_together_and_lose_no_job(queue: Queue):
    queue.put(due(number, f"d{number % 7}.example", age_s=number) for number in range(80))
    owners: dict[str, str] = {}
    guard = threading.Lock()
    clashes: list[str] = []
    done: list[int] = []
    errors: list[BaseException] = []

    def work(worker: str) -> None:
        for _ in range(400):
            jobs = queue.take(worker, 3, NOW, LEASE)
            with guard:
                clashes.extend(job.domain for job in jobs if owners.setdefault(job.domain, worker) != worker)
            done.extend(job.source_id for job in jobs if queue.acknowledge(job))
            domains = {job.domain for job in jobs}
            with guard:
                for domain in domains:
                    del owners[domain]
            queue.let_go(worker, domains)
            if not queue.depth():
                return

    _run([lambda w=f"w{number}": _noting(errors, work, w) for number in range(4)])
    assert not errors
    assert not clashes
    assert sorted(done) == list(range(80))


def test_take_forget_and_renew_at_once_never_block_each_other(queue: Queue):
    queue.put(due(number, f"d{number % 5}.example", age_s=number) for number in range(40))
    errors: list[BaseException] = []

    def work(worker: str) -> None:
        for step in range(30):
            now = NOW + step * LEASE  # every lease of the step before has run out
            jobs = queue.take(worker, 10, now, LEASE)
            queue.renew(worker, now, LEASE)
            queue.hand_back(reversed(jobs), now)
            queue.put(due(number) for number in (3, 1, 50 + step))
            queue.forget_worker(f"w{step % 4}")

    _run([lambda w=f"w{number}": _noting(errors, work, w) for number in range(4)])
    assert not errors


@pytest.mark.postgres
def test_what_a_worker_gains_while_its_other_leases_are_locked_is_not_waited_for(postgres_url: str):
    engine = open_engine(postgres_url)
    queue, errors = SqlVisitQueue(engine), list[BaseException]()
    lease_of = text("SELECT worker FROM domain_leases WHERE domain = :domain FOR UPDATE")
    waits = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    queue.hold("w1", ["c.example"], NOW, LEASE)
    with engine.connect() as one, engine.connect() as other, engine.connect() as watch:
        watch.execution_options(isolation_level="AUTOCOMMIT")  # within a transaction the activity stays as first seen
        one.execute(lease_of, {"domain": "c.example"})
        thread = threading.Thread(target=lambda: _noting(errors, queue.forget_worker, "w1"))
        thread.start()
        assert wait_until(lambda: watch.execute(waits).first() is not None, 20)
        queue.hold("w1", ["a.example"], NOW, LEASE)
        other.execute(lease_of, {"domain": "a.example"})
        one.rollback()
        thread.join(20)
        assert not thread.is_alive()
    assert not errors
    assert queue.hold("w2", ["a.example", "c.example"], NOW, LEASE) == {"c.example"}
    engine.dispose()


def test_racing_processes_take_each_job_once(database_url: str):
    engine = open_engine(database_url)
    SqlVisitQueue(engine).put(due(number, f"d{number % 9}.example", age_s=number) for number in range(60))
    code = (
        "import sys; from datetime import *; from storage.jobs.sql import *; from storage.sql.engine import *\n"
        "queue = SqlVisitQueue(open_engine(sys.argv[1])); now = datetime.fromisoformat(sys.argv[3])\n"
        "for _ in range(60):\n"
        "    for job in queue.take(sys.argv[2], 2, now, timedelta(minutes=5)): print(job.domain, job.source_id)\n"
    )
    command = [sys.executable, "-c", code, database_url]
    processes = [
        subprocess.Popen([*command, f"w{number}", NOW.isoformat()], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    taken = [process.communicate(timeout=60)[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len([line for lines in taken for line in lines]) == 60
    domains = [{line.split()[0] for line in lines} for lines in taken]
    assert sum(map(len, domains)) == 9, "a domain was with two workers"
    engine.dispose()


def _noting(errors: list[BaseException], work: Callable[[str], None], worker: str) -> None:
    try:
        work(worker)
    except BaseException as error:
        errors.append(error)
        raise


def _run(targets: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
