"""What is Redis's own of the seen-set: its compact form, its growth, its absence."""

from __future__ import annotations

import random
import socket
from datetime import UTC, datetime, timedelta

import pytest
import redis

from storage.dedup.redis import RedisSeenSet
from storage.errors import StoreUnavailable
from storage.ports import Claim

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TTL = timedelta(minutes=10)


@pytest.fixture
def client(redis_url):
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def seen_set(redis_url):
    seen_set = RedisSeenSet.from_url(redis_url)
    yield seen_set
    seen_set.close()


def _keys(count, seed=1):
    chance = random.Random(seed)
    return [chance.getrandbits(64) - 2**63 for _ in range(count)]


def _buckets(client, generation):
    return list(client.scan_iter(match=f"presswatch:seen:{generation}:*", count=1000))


def test_keys_stay_in_compact_sets_while_their_number_grows(seen_set, client):
    keys = _keys(60_000)
    for first in range(0, len(keys), 7_000):
        seen_set.confirm(keys[first : first + 7_000])
        buckets = _buckets(client, 1)
        assert {client.object("encoding", name) for name in buckets} == {"intset"}
        assert sum(client.scard(name) for name in buckets) == min(first + 7_000, len(keys))
    assert 290 <= len(buckets) <= 301
    assert all(seen_set.seen(keys))
    assert not any(seen_set.seen(_keys(10_000, seed=2)))


def test_a_key_confirmed_again_moves_and_takes_no_second_place(seen_set, client):
    keys = _keys(3_000)
    seen_set.confirm(keys)
    seen_set.rotate()
    seen_set.confirm(keys)
    assert _buckets(client, 1) == []
    assert sum(client.scard(name) for name in _buckets(client, 2)) == 3_000


def test_keys_made_to_fall_into_one_bucket_are_still_told_apart(seen_set):
    keys = [number << 24 for number in range(-4_000, 4_000)]
    seen_set.confirm(keys)
    assert all(seen_set.seen(keys))
    assert not any(seen_set.seen([key + 1 for key in keys]))


def test_a_bucket_that_outgrew_the_compact_form_comes_back_to_it(seen_set, client):
    seen_set.confirm([number << 12 for number in range(600)])
    assert "hashtable" in {client.object("encoding", name) for name in _buckets(client, 1)}
    seen_set.confirm(_keys(900_000 // 200))
    assert {client.object("encoding", name) for name in _buckets(client, 1) if client.scard(name) <= 512} == {"intset"}


def test_a_forgotten_generation_leaves_nothing_behind(seen_set, client):
    seen_set.confirm(_keys(3_000))
    seen_set.rotate()
    seen_set.rotate()
    assert set(client.scan_iter()) == {"presswatch:seen"}
    assert client.hgetall("presswatch:seen") == {"newest": "3"}


def test_a_generation_whose_forgetting_was_cut_short_is_freed_by_the_next_rotation(seen_set, client):
    seen_set.confirm(_keys(3_000))
    seen_set.rotate()
    seen_set._rotate(keys=["presswatch:seen"], args=[2])  # killed after this step
    assert len(_buckets(client, 1)) == 15
    assert not any(seen_set.seen(_keys(3_000)))
    seen_set.rotate()
    assert _buckets(client, 1) == []


def test_claims_leave_by_themselves(seen_set, client):
    seen_set.claim([5, -5], "a", NOW, TTL)
    assert 0 < client.pttl("presswatch:seen:claim:-5") <= 600_000
    seen_set.confirm([5, -5])
    assert list(client.scan_iter(match="presswatch:seen:claim:*")) == []


def test_clear_leaves_what_belongs_to_others(seen_set, client):
    client.set("presswatch:seenx", "1")
    seen_set.confirm([1])
    seen_set.clear()
    assert list(client.scan_iter()) == ["presswatch:seenx"]


def test_two_seen_sets_with_prefixes_of_their_own_do_not_meet(redis_url, seen_set):
    other = RedisSeenSet.from_url(redis_url, prefix="other")
    seen_set.confirm([1])
    assert other.claim([1], "a", NOW, TTL) == [Claim.NEW]
    other.close()


@pytest.mark.parametrize("method", ["claim", "confirm", "seen", "rotate", "clear"])
def test_a_server_that_is_away_is_told_of_with_its_address_and_without_its_password(method):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    seen_set = RedisSeenSet.from_url(f"redis://:secret@127.0.0.1:{port}/0")
    arguments = {"claim": ([1], "a", NOW, TTL), "confirm": ([1],), "seen": ([1],)}
    with pytest.raises(StoreUnavailable, match=f"Redis at 127.0.0.1:{port}") as raised:
        getattr(seen_set, method)(*arguments.get(method, ()))
    assert "secret" not in str(raised.value)
    seen_set.close()


def test_a_server_that_is_full_is_told_of_as_unavailable(seen_set, client):
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            seen_set.confirm([1])
    finally:
        client.config_set("maxmemory", "0")
