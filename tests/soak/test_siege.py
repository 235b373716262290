"""Half of the outlets attack, all the time: no crash, no growth after warm-up, the other half delivered in full, in time.

`make soak SOAK_MINUTES=10`. Everything runs on loopback, as `presswatch up` runs it.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from crawler.outlets.catalogue import write_outlet
from tests.acceptance.harness import Presswatch, descendants
from tests.acceptance.newsroom import rss_mb, worker_mb
from tests.acceptance.stored import Stored
from tests.integration.attacks import bombs, broken_off, feed_attacks, page_attacks
from tests.integration.crawled import allowed, outlet_at
from tests.integration.hostileweb import HostileOutlet, Route, article, hostile_web, rss

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

MINUTES = float(os.environ.get("PRESSWATCH_TEST_SOAK_MINUTES", "10"))
_EACH = 8  # outlets on either side
_EVERY_S = 6.0  # a peaceful outlet publishes so often
_VISITED_S = 10
_LATE_S = 30.0  # three visits
_WARM_S = 60.0
_GROWTH_MB = 64
_MOST_MB = 1024  # of a worker under attack, its pool included


class Peaceful(dict[str, Route]):
    """The routes of an outlet that publishes steadily and forgets what is old."""

    def __init__(self, web: HostileOutlet) -> None:
        super().__init__()
        self._web = web
        self.began = time.monotonic()
        self.until = float("inf")

    def published(self) -> int:
        return int((min(time.monotonic(), self.until) - self.began) / _EVERY_S) + 1

    def get(self, path: str, default: Any = None) -> Any:
        if path == "/feed":
            newest = self.published()
            return rss(*[f"{self._web.base}/news-{n}" for n in range(max(1, newest - 30), newest + 1)])
        found = re.fullmatch(r"/news-(\d+)", path)
        return article(f"News {found[1]} of {self._web.address}") if found else super().get(path, default)


class Hostile(dict[str, Route]):
    """The routes of an outlet that lists a new attack with each visit, or attacks with its feed itself."""

    def __init__(self, web: HostileOutlet, seed: int) -> None:
        super().__init__()
        self._web, self._random, self._visits = web, random.Random(seed), 0
        self._pages: Mapping[str, Route] = page_attacks() | bombs(64) | {"/broken-off": broken_off}
        self._feeds: Mapping[str, Route] = feed_attacks()

    def get(self, path: str, default: Any = None) -> Any:
        if path != "/feed":
            return self._pages.get("/" + path.rpartition("/")[2], default)
        self._visits += 1
        if self._random.random() < 0.3:
            return self._random.choice(list(self._feeds.values()))
        listed = self._random.sample(sorted(self._pages), 2)
        return rss(*[f"{self._web.base}/{self._visits}{attack}" for attack in listed])


def worker_of(pids: list[int]) -> int:
    """The worker itself, not its children."""
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"worker" in words:
            return pid
    raise AssertionError("no worker runs")


@pytest.fixture
def siege(tmp_path: Path) -> Iterator[tuple[Presswatch, dict[int, HostileOutlet]]]:
    with hostile_web(2 * _EACH) as webs:
        catalogue = tmp_path / "catalogue"
        catalogue.mkdir()
        for number in range(2, 2 + 2 * _EACH):
            web, is_peaceful = webs[number], number < 2 + _EACH
            web.routes = Peaceful(web) if is_peaceful else Hostile(web, number)
            key = f"{'peaceful' if is_peaceful else 'hostile'}-{number}"
            made = outlet_at(web, key, ["/feed"], interval_s=_VISITED_S)
            (catalogue / f"{key}.toml").write_text(write_outlet(made), encoding="utf-8")
        service = Presswatch(
            tmp_path, catalogue, allow_networks=allowed(webs), delay_s="0.1", retry_delays_s="5", contact="a@b.example"
        )
        with service:
            yield service, webs


def test_the_peaceful_half_is_delivered_in_full_and_in_time(siege: tuple[Presswatch, dict[int, HostileOutlet]]):
    service, webs = siege
    up = service.up()
    pid = up._process.pid
    worker, started = worker_of(descendants(pid)), time.monotonic()
    sizes: list[tuple[float, float]] = []
    with_pool_mb = 0.0
    while time.monotonic() - started < MINUTES * 60:
        time.sleep(2)
        assert up.is_alive
        sizes.append((time.monotonic() - started, rss_mb(worker)))
        with_pool_mb = max(with_pool_mb, worker_mb(worker))
    peaceful = {number: web.routes for number, web in webs.items() if isinstance(web.routes, Peaceful)}
    for routes in peaceful.values():
        routes.until = time.monotonic()
    time.sleep(_LATE_S)
    assert worker_of(descendants(pid)) == worker, "the worker died meanwhile"
    warm = [size for at, size in sizes if _WARM_S <= at < 2 * _WARM_S] or [sizes[0][1]]
    last = [size for at, size in sizes if at > MINUTES * 60 - _WARM_S]
    stored = Stored(service.stored.file)
    lags = _lags(stored, webs, peaceful)
    print(
        f"\n{MINUTES:g} min: {stored.article_count()} articles, {len(stored.candidates())} candidates; the worker had "
        f"{min(warm):.0f}-{max(warm):.0f} MB warm, {min(last):.0f}-{max(last):.0f} MB at the end, "
        f"{max(size for _, size in sizes):.0f} MB at most, {with_pool_mb:.0f} MB with its pool; lateness: median {lags[len(lags) // 2]:.1f} s, "
        f"largest {lags[-1]:.1f} s"
    )
    for number, routes in peaceful.items():
        mine = {a.title for a in stored.articles() if a.outlet_key == f"peaceful-{number}"}
        assert mine == {f"News {n} of {webs[number].address}" for n in range(1, routes.published() + 1)}
    assert lags[-1] < _LATE_S
    assert min(last) < max(warm) + _GROWTH_MB
    assert with_pool_mb < _MOST_MB
    assert webs[1].accepted == 0  # the trap


def _lags(stored: Stored, webs: dict[int, HostileOutlet], peaceful: dict[int, Peaceful]) -> list[float]:
    """Seconds from the moment that an article was published to the moment that it was asked for."""
    lags = []
    for number, routes in peaceful.items():
        for asked in webs[number].asked:
            if found := re.fullmatch(r"/news-(\d+)", asked.path):
                published = routes.began + (int(found[1]) - 1) * _EVERY_S
                first = webs[number].asked[0].at  # what is older than the service itself is not late
                lags.append(asked.at - max(published, first))
    return sorted(lags)
