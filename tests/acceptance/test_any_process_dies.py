"""`kill -9` of any process that the service is made of: nothing is lost, nothing stored or told twice, no page refetched
beyond those in flight.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.acceptance.harness import Running
from tests.acceptance.newsroom import Newsroom, newsroom, processes
from tests.newsweb.process import wait_until
from tests.ownservers import own_postgres, own_redis

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
ROLES = ("courier", "web", "scheduler", "worker")
IN_FLIGHT = 2 * 4  # two pages at each of four outlets


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def children_of_the_worker(up: Running) -> dict[str, int]:
    """The process that forks those that read pages, one of these, and the one that minds their resources.

    They are known by their session: those that read pages outlive the one that forked them.
    """
    worker, found = processes(up).get("worker", 0), {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(worker):
            with contextlib.suppress(OSError):  # it may have ended meanwhile
                parent, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[1:4]
                if session == str(worker):
                    words = (entry / "cmdline").read_bytes()
                    is_forked = parent != str(worker)
                    name = "resource tracker" if b"tracker" in words else "reader" if is_forked else "fork server"
                    found[name] = int(entry.name)
    return found


def all_of(up: Running) -> dict[str, int]:
    """Every process but the supervisor, by name."""
    return processes(up) | children_of_the_worker(up)


def kill_each(news: Newsroom, up: Running) -> int:
    """Kills every process but the supervisor, one after the other, and waits each time until the crawl goes on."""
    names = ["reader", "fork server", "reader", "resource tracker", *ROLES]
    for name in names:
        assert wait_until(lambda name=name: name in all_of(up), 30), all_of(up)
        kill(all_of(up)[name])
        assert news.goes_on(), f"nothing was stored after the {name} was killed; it said {up.words()}"
    return len(names)


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[Newsroom]:
    """Over SQLite alone."""
    with newsroom(folder) as news:
        yield news


@contextlib.contextmanager
def at_scale(folder: Path) -> Iterator[Newsroom]:
    """Over PostgreSQL, and Redis with its streams."""
    with (
        own_postgres() as database,
        own_redis() as seen,
        newsroom(folder, database_url=database.url, redis_url=seen.url) as news,
    ):
        yield news


@pytest.mark.parametrize("room", [embedded, pytest.param(at_scale, marks=pytest.mark.soak)])
def test_any_process_may_die_at_any_moment(room: Callable[[Path], AbstractContextManager[Newsroom]], tmp_path: Path):
    with room(tmp_path) as news:
        up = news.service.up()
        assert news.goes_on()
        deaths = kill_each(news, up)
        news.settle()
        print(f"{deaths} deaths, {len(news.published())} articles, {news.fetched_again()} fetched twice")
        assert news.fetched_again() <= deaths * IN_FLIGHT
        assert up.stop() == 0
