"""Workers on one store and one Redis, restarted one after the other under load."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.comparing import not_stored_once
from tests.acceptance.harness import Presswatch, Running
from tests.newsweb.catalogue import RSS, write_catalogue
from tests.newsweb.check import judge
from tests.newsweb.process import RunningNewsweb, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

DELAY_S = 0.3
STOPS_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Which workers are there, which of them are restarted, and what they crawl."""

    names: tuple[str, ...]
    restarted: tuple[str, ...]
    outlets: int
    articles: int  # of each


#: Most of the time goes into starting processes.
LOADS = [
    pytest.param(Load(names=("one", "two"), restarted=("one",), outlets=4, articles=14), id="one of two"),
    pytest.param(
        Load(names=("one", "two", "three"), restarted=("one", "two", "three"), outlets=8, articles=20),
        id="all of three",
        marks=pytest.mark.soak,
    ),
]


def start_worker(service: Presswatch, name: str) -> Running:
    return service.start("worker", "--name", name)


def workers(service: Presswatch) -> list[dict]:
    return json.loads(service.run("workers", "--json").stdout)


def are_shared_out(held: list[int | None]) -> bool:
    """Whether all partitions are told to be held, evenly."""
    told = [count for count in held if count is not None]
    return len(told) == len(held) and sum(told) == 64 and max(told) - min(told) <= 1


@pytest.mark.parametrize("load", LOADS)
def test_a_rolling_restart_loses_and_repeats_nothing(newsweb, presswatch, tmp_path, redis_url, load: Load):
    names, outlets, articles = load.names, load.outlets, load.articles
    begin = (datetime.now(UTC) - timedelta(hours=12)).strftime("%Y-%m-%dT%H:00:00Z")
    options = {"outlets": outlets, "articles": articles, "history": 0.4, "edits": 0, "removals": 0, "start": begin}
    options |= {"feed-items": articles, "crawl-delay": DELAY_S}
    web: RunningNewsweb = newsweb(*(f"--{name}={value}" for name, value in options.items()))
    catalogue = write_catalogue(tmp_path / "catalogue", web.outlets, mixes=[RSS], interval_s=2)
    service: Presswatch = presswatch(catalogue, interval_s="2", redis_url=redis_url, retry_delays_s="1,2,3")
    assert service.run("db", "upgrade").returncode == 0
    service.start("scheduler")
    running = {name: start_worker(service, name) for name in names}

    assert wait_until(lambda: service.stored.article_count() > outlets, 60), running["one"].words()
    for name in load.restarted:
        before, asked = service.stored.article_count(), time.monotonic()
        assert running[name].stop() == 0
        assert time.monotonic() - asked < STOPS_WITHIN_S
        running[name] = start_worker(service, name)
        assert wait_until(lambda before=before: service.stored.article_count() > before + outlets, 60)
    assert wait_until(lambda: service.stored.article_count() == outlets * articles, 90), service.stored.pending()

    # Each tells its share some seconds after it got it: the one begun last has perhaps told none yet.
    assert wait_until(lambda: are_shared_out([each["partitions"] for each in workers(service)]), 60, 1), workers(
        service
    )
    told = workers(service)
    assert {worker["name"] for worker in told} == set(names)
    assert all(worker["is_alive"] and worker["host"] for worker in told)
    shown = service.run("workers").stdout
    assert all(f"{name}  on " in shown for name in names)
    assert "partitions, " in shown
    assert not_stored_once(web, web.truth(), service.stored.articles(), web.status()["now"]) == {}
    log = web.log()
    pages = Counter(line["article"] for line in log if line["article"] and line["status"] == 200)
    assert [key for key, times in pages.items() if times > 1] == [], "fetched again"
    assert service.stored.pending() == 0
    manners = judge(web.truth(), log)["crawl_delay"]
    assert manners["gaps"] > outlets * articles
    # The web notes when it gets to a request; on a busy machine that may be some hundredths of a second late.
    assert manners["shortest_share_of_delay"] >= 0.7
    began = [line["t"] for line in log if line["kind"] == "robots"]
    assert len(began) == outlets, "what one worker has read of a host, the next one knows"
    assert all(worker.stop() == 0 for worker in running.values())
