"""What every seen-set does: in memory, in SQLite, in PostgreSQL and in Redis."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis

from storage.dedup.memory import MemorySeenSet
from storage.dedup.redis import RedisSeenSet
from storage.dedup.sql import SqlSeenSet
from storage.ports import Claim, SeenSet
from storage.sql import seen as tables
from storage.sql.engine import open_engine, writing

NEW, TAKEN, SEEN = Claim.NEW, Claim.TAKEN, Claim.SEEN
NOW = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
TTL = timedelta(minutes=10)
EXTREMES = [
    -(2**63),
    2**63 - 1,
    -1,
    0,
    1,
    2**53,
    2**53 + 1,
    -(2**53) - 1,
    2**24,
    -(2**24),
    -(2**24) - 1,
    10**9,
    -(10**18),
]


def _open(kind, url):
    if kind == "memory":
        return MemorySeenSet()
    return RedisSeenSet.from_url(url) if kind == "redis" else SqlSeenSet(open_engine(url))


def _keys(count):
    chance = random.Random(5)
    return [chance.getrandbits(64) - 2**63 for _ in range(count)]


def _close(seen_set):
    if isinstance(seen_set, RedisSeenSet):
        seen_set.close()
    elif isinstance(seen_set, SqlSeenSet):
        seen_set._engine.dispose()


@pytest.fixture(
    params=[
        "memory",
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("redis", marks=pytest.mark.redis),
    ]
)
def place(request):
    """Kind and address of an empty seen-set."""
    url = None if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")
    if request.param in ("sqlite", "postgres"):
        engine = open_engine(url)
        with writing(engine) as connection:
            tables.metadata.create_all(connection, [tables.seen_keys, tables.seen_claims, tables.seen_cycle])
        engine.dispose()
    return request.param, url


@pytest.fixture
def seen_set(place) -> SeenSet:
    opened = _open(*place)
    yield opened
    _close(opened)


def test_a_first_claim_is_new_and_any_second_one_is_taken(seen_set):
    assert seen_set.claim([1, 2], "a", NOW, TTL) == [NEW, NEW]
    assert seen_set.claim([2, 3], "b", NOW, TTL) == [TAKEN, NEW]
    assert seen_set.claim([1], "a", NOW, TTL) == [TAKEN]


def test_a_key_repeated_in_one_call_is_taken_after_its_first_time(seen_set):
    assert seen_set.claim([7, 8, 7, 7], "a", NOW, TTL) == [NEW, NEW, TAKEN, TAKEN]
    seen_set.confirm([7, 7])
    assert seen_set.claim([7, 7], "a", NOW, TTL) == [SEEN, SEEN]


def test_a_claim_makes_nothing_seen_until_it_is_confirmed(seen_set):
    seen_set.claim([1], "a", NOW, TTL)
    assert seen_set.seen([1]) == [False]
    seen_set.confirm([1])
    assert seen_set.seen([1, 2]) == [True, False]
    assert seen_set.claim([1, 2], "b", NOW, TTL) == [SEEN, NEW]


def test_a_key_is_confirmed_without_a_claim_and_by_anyone(seen_set):
    seen_set.claim([1], "a", NOW, TTL)
    seen_set.confirm(iter([1, 2]))
    assert seen_set.claim([1, 2], "b", NOW, TTL) == [SEEN, SEEN]


def test_a_claim_of_a_dead_worker_runs_out_and_is_won_by_one_other(seen_set):
    seen_set.claim([1], "dead", NOW, TTL)
    assert seen_set.claim([1], "b", NOW + TTL - timedelta(milliseconds=1), TTL) == [TAKEN]
    assert seen_set.claim([1], "b", NOW + TTL, TTL) == [NEW]
    assert seen_set.claim([1], "c", NOW + TTL, TTL) == [TAKEN]


@pytest.mark.parametrize("owner", ["host:1234", "17 blanks  ", "", "کارگر", "100%s:\n-5 x"])
def test_any_text_names_an_owner(seen_set, owner):
    assert seen_set.claim([1], owner, NOW, TTL) == [NEW]
    assert seen_set.claim([1], "b", NOW, TTL) == [TAKEN]
    assert seen_set.claim([1], "b", NOW + TTL, TTL) == [NEW]


def test_keys_are_exact_to_64_bits_and_signed(seen_set):
    neighbours = [key + 1 for key in EXTREMES if key + 1 not in EXTREMES and key < 2**63 - 1]
    assert seen_set.claim(EXTREMES, "a", NOW, TTL) == [NEW] * len(EXTREMES)
    seen_set.confirm(EXTREMES)
    assert seen_set.seen(EXTREMES) == [True] * len(EXTREMES)
    assert seen_set.seen(neighbours) == [False] * len(neighbours)
    assert seen_set.claim(neighbours, "a", NOW, TTL) == [NEW] * len(neighbours)


def test_no_keys_is_a_question_too(seen_set):
    assert seen_set.claim([], "a", NOW, TTL) == []
    assert seen_set.seen([]) == []
    seen_set.confirm([])


def test_a_key_confirmed_in_each_cycle_is_kept_and_one_that_is_not_is_forgotten(seen_set):
    seen_set.confirm([1, 2])
    assert seen_set.rotate() == 2
    assert seen_set.seen([1, 2]) == [True, True]
    seen_set.confirm([1])
    assert seen_set.rotate() == 2
    assert seen_set.seen([1, 2]) == [True, False]
    assert seen_set.claim([1, 2], "a", NOW, TTL) == [SEEN, NEW]
    assert seen_set.rotate() == 2
    assert seen_set.seen([1]) == [False]


def test_open_claims_outlive_rotation(seen_set):
    seen_set.claim([1], "a", NOW, TTL)
    for _ in range(3):
        seen_set.rotate()
    assert seen_set.claim([1], "b", NOW, TTL) == [TAKEN]


def test_clear_forgets_keys_claims_and_generations(seen_set):
    seen_set.confirm([1])
    seen_set.rotate()
    seen_set.confirm([2])
    seen_set.claim([3], "a", NOW, TTL)
    seen_set.clear()
    assert seen_set.seen([1, 2]) == [False, False]
    assert seen_set.claim([1, 2, 3], "b", NOW, TTL) == [NEW, NEW, NEW]
    seen_set.confirm([1])
    seen_set.rotate()
    assert seen_set.seen([1]) == [True]


def test_thousands_of_keys_in_one_call(seen_set):
    keys = _keys(5_000)
    assert Counter(seen_set.claim(keys, "a", NOW, TTL)) == {NEW: 5_000}
    seen_set.confirm(keys[:4_000])
    assert Counter(seen_set.claim(keys, "b", NOW, TTL)) == {SEEN: 4_000, TAKEN: 1_000}
    assert Counter(seen_set.claim(keys, "b", NOW + TTL, TTL)) == {SEEN: 4_000, NEW: 1_000}
    assert sum(seen_set.seen(keys)) == 4_000


@pytest.mark.parametrize("seed", range(4))
def test_it_answers_as_its_twin_does_whatever_is_asked(seen_set, seed):
    chance = random.Random(seed)
    twin = MemorySeenSet()
    keys = chance.sample(EXTREMES, 6) + [chance.randrange(-(2**63), 2**63) for _ in range(14)]
    now = NOW
    for _ in range(150):
        some = chance.choices(keys, k=chance.randint(0, 6))
        owner = chance.choice("ab")
        now += timedelta(seconds=chance.choice([0, 1, 400]))
        name, *arguments = chance.choices(
            [
                ("claim", some, owner, now, TTL),
                ("confirm", some),
                ("seen", keys),
                ("rotate",),
                ("clear",),
            ],
            weights=[45, 20, 25, 8, 2],
        )[0]
        assert getattr(seen_set, name)(*arguments) == getattr(twin, name)(*arguments)
    assert seen_set.seen(keys) == twin.seen(keys)


def test_of_many_threads_that_claim_a_key_one_wins(seen_set):
    keys = _keys(60)

    def one(number):
        mine = random.Random(number).sample(keys, len(keys))
        return [
            key for key, claim in zip(mine, seen_set.claim(mine, f"t{number}", NOW, TTL), strict=True) if claim is NEW
        ]

    with ThreadPoolExecutor(8) as pool:
        winners = Counter(key for won in pool.map(one, range(16)) for key in won)
    assert winners == dict.fromkeys(keys, 1)


def test_threads_that_claim_and_confirm_do_each_key_once(seen_set):
    keys = list(range(-30, 30))
    done: list[int] = []

    def worker(number):
        chance = random.Random(number)
        for _ in range(400):
            if all(seen_set.seen(keys)):
                return
            some = chance.sample(keys, 5)
            answers = seen_set.claim(some, f"t{number}", NOW, TTL)
            won = [key for key, claim in zip(some, answers, strict=True) if claim is NEW]
            done.extend(won)
            seen_set.confirm(won)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(worker, range(6)))
    assert Counter(done) == dict.fromkeys(keys, 1)
    assert all(seen_set.seen(keys))


def test_rotation_amid_claims_and_confirms_disturbs_neither(seen_set):
    keys = _keys(200)

    def confirmer(number):
        chance = random.Random(number)
        for _ in range(25):
            some = chance.sample(keys, 40)
            seen_set.claim(some, f"t{number}", NOW, timedelta(milliseconds=1))
            seen_set.confirm(some)

    def rotator(_):
        for _ in range(12):
            assert seen_set.rotate() == 2

    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(confirmer, number) for number in range(3)] + [pool.submit(rotator, 3)]
        for run in runs:
            run.result(60)
    seen_set.confirm(keys)
    assert all(seen_set.seen(keys))
    seen_set.rotate()
    assert all(seen_set.seen(keys))
    seen_set.rotate()
    assert not any(seen_set.seen(keys))


def _claim_in_a_process(kind, url, keys, owner):
    seen_set = _open(kind, url)
    claims = [seen_set.claim([key], owner, NOW, TTL)[0] for key in keys]
    _close(seen_set)
    return [key for key, claim in zip(keys, claims, strict=True) if claim is NEW]


def test_of_many_processes_that_claim_a_key_one_wins(place):
    kind, url = place
    if kind == "memory":
        pytest.skip("the twin in memory is of one process")
    keys = list(range(-25, 25))
    orders = [random.Random(number).sample(keys, len(keys)) for number in range(3)]
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        runs = [
            pool.submit(_claim_in_a_process, kind, url, order, f"process {number}")
            for number, order in enumerate(orders)
        ]
        winners = Counter(key for run in runs for key in run.result(60))
    assert winners == dict.fromkeys(keys, 1)


def test_it_goes_on_after_everything_behind_it_was_wiped(place, seen_set):
    seen_set.confirm([1])
    seen_set.rotate()
    seen_set.claim([2], "a", NOW, TTL)
    _wipe(*place, seen_set)
    assert seen_set.seen([1]) == [False]
    assert seen_set.claim([1, 2], "b", NOW, TTL) == [NEW, NEW]
    seen_set.confirm([1])
    assert seen_set.claim([1, 2], "c", NOW, TTL) == [SEEN, TAKEN]
    seen_set.rotate()
    assert seen_set.seen([1]) == [True]


def _wipe(kind, url, seen_set):
    if kind == "redis":
        with redis.Redis.from_url(url) as client:
            client.flushdb()
            client.script_flush()
    elif kind == "memory":
        seen_set.clear()
    else:
        with writing(seen_set._engine) as connection:
            for table in (tables.seen_keys, tables.seen_claims, tables.seen_cycle):
                connection.execute(table.delete())
