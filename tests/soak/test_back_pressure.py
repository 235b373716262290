"""The store takes nothing while outlets offer large pages as fast as they are asked for: memory stays bounded, nothing is lost."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.newsroom import newsroom, processes, worker_mb
from tests.integration.hostileweb import article, rss

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]
OUTLETS, PAGES, PAGE_BYTES = 100, 6, 1_000_000
LOCKED_S = 45
_MOST_MB = 1024


def test_a_store_that_takes_nothing_stops_the_fetching(tmp_path: Path):
    with newsroom(tmp_path, outlets=OUTLETS, every_s=1e9, extract_processes="2") as news:
        up = news.service.up()
        assert news.goes_on()
        ballast = f"<!--{'x' * PAGE_BYTES}-->"
        for number, web in news.webs.items():
            pages = {f"/large-{n}": article(f"Large {n} of {number}", ballast) for n in range(PAGES)}
            web.routes = {"/feed": rss(*(f"{web.base}{path}" for path in pages)), **pages}
        worker, sizes = processes(up)["worker"], []
        with closing(sqlite3.connect(news.service.stored.file, isolation_level=None, timeout=30)) as other:
            time.sleep(4)  # visits have listed the pages, some are under way
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            while time.monotonic() < began + LOCKED_S:
                sizes.append(worker_mb(worker))
                time.sleep(1)
            other.execute("ROLLBACK")
        asked = [each.at for web in news.webs.values() for each in web.asked]
        late = sum(began + LOCKED_S - 10 < at < began + LOCKED_S for at in asked)
        wanted = {f"Large {n} of {number}" for number in news.webs for n in range(PAGES)}
        deadline = time.monotonic() + 240
        while not wanted <= set(news.stored()) and time.monotonic() < deadline:
            time.sleep(1)
        print(
            f"\nlocked {LOCKED_S} s: worker with pool {sizes[0]:.0f} to {max(sizes):.0f} MB, {late} requests in the last 10 s of it"
        )
        stored = news.stored()
        assert {title for title in wanted if stored[title] != 1} == set()
        assert late <= 5, "pages are fetched that nobody can store"
        assert max(sizes) < _MOST_MB
        assert up.stop() == 0
