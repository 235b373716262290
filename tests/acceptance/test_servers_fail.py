"""Redis and PostgreSQL are killed, emptied, filled and stopped under a whole service: nothing is lost, stored or told twice.

`make soak` leaves each away for ten minutes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.acceptance.newsroom import Newsroom, newsroom, processes, rss_mb
from tests.newsweb.process import wait_until
from tests.ownservers import OwnPostgres, OwnRedis, own_postgres, own_redis

pytestmark = pytest.mark.slow

AWAY_S = float(os.environ.get("PRESSWATCH_TEST_SOAK_AWAY_S", "600"))
_BACK_S = 60
_ANSWERS_WITHIN_S = 2.0
_GROWTH_MB = 64


class Room:
    """A newsroom over servers of its own."""

    def __init__(self, news: Newsroom, database: OwnPostgres, seen: OwnRedis) -> None:
        self.news, self.database, self.seen = news, database, seen

    def redis_is_killed(self) -> None:
        self.seen.kill()
        assert self.news.goes_on(), "the crawl waits for Redis, which is a speed-up"
        self.seen.start()
        assert self.news.goes_on()

    def redis_is_emptied(self) -> None:
        with redis.Redis.from_url(self.seen.url) as client:
            client.flushall()
        assert self.news.goes_on()

    def redis_is_away(self, away_s: float) -> None:
        self.seen.stop()
        with self.news.asking() as answers:
            until = time.monotonic() + away_s
            while time.monotonic() < until:
                assert self.news.goes_on(), "the crawl waits for Redis, which is a speed-up"
        assert answers
        assert {status for _, status in answers} == {200}
        self.seen.start()
        assert self.news.goes_on()

    def redis_is_full(self, policy: str) -> None:
        with redis.Redis.from_url(self.seen.url) as client:
            client.config_set("maxmemory-policy", policy)
            client.config_set("maxmemory", "2mb")
            for number in range(300):  # what others keep there
                try:
                    client.set(f"ballast:{number}", b"x" * 16_384)
                except redis.ResponseError:
                    break
            assert self.news.goes_on()
            assert self.news.goes_on()
            client.config_set("maxmemory", "0")

    def postgres_is_away(self, away_s: float) -> None:
        up = next(each for each in self.news.service._running if each.is_alive)
        worker = processes(up)["worker"]
        before = rss_mb(worker)
        self.database.stop()
        time.sleep(0.5)  # an answer may be under way
        sizes = []
        with self.news.asking() as answers:
            until = time.monotonic() + away_s
            while time.monotonic() < until:
                time.sleep(0.5)
                sizes.append(rss_mb(worker))
        print(
            f"PostgreSQL away {away_s:g} s: the API said {_summary(answers)}, worker {before:.0f} to {max(sizes):.0f} MB"
        )
        assert answers
        assert {status for _, status in answers} == {503}
        assert max(took for took, _ in answers) <= _ANSWERS_WITHIN_S
        assert max(sizes) < before + _GROWTH_MB
        self.database.start()
        assert self.news.goes_on(_BACK_S)
        assert processes(up)["worker"] == worker, "the worker was started anew"
        assert wait_until(self.news.service.is_ready, 10)

    def postgres_is_killed(self) -> None:
        acknowledged = set(self.news.told())
        self.database.kill()
        time.sleep(1)
        self.database.start()
        assert acknowledged <= set(self.news.stored()), "what was told of is not stored"
        assert self.news.goes_on(_BACK_S)


def _summary(answers: list[tuple[float, int]]) -> str:
    return f"{sorted({status for _, status in answers})} within {max(took for took, _ in answers):.2f} s"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with (
        own_postgres() as database,
        own_redis() as seen,
        newsroom(tmp_path, database_url=database.url, redis_url=seen.url) as news,
    ):
        news.service.up()
        assert news.goes_on()
        yield Room(news, database, seen)


@pytest.mark.timeout(300)
def test_servers_that_fail_one_after_the_other_cost_nothing(room: Room):
    room.redis_is_killed()
    room.redis_is_emptied()
    room.redis_is_full("noeviction")
    room.redis_is_full("allkeys-lru")
    room.postgres_is_away(6)
    room.postgres_is_killed()
    room.news.settle()
    print(f"{len(room.news.published())} articles, {room.news.fetched_again()} fetched twice")
    assert (
        room.news.fetched_again() <= 2 * 4 * 2
    )  # two under way at each of four outlets, at each of PostgreSQL's two faults


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("server", ["redis", "postgres"])
def test_a_server_that_is_away_for_ten_minutes_costs_nothing(room: Room, server: str):
    (room.redis_is_away if server == "redis" else room.postgres_is_away)(AWAY_S)
    room.news.settle(300)
