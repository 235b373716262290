"""A hundred thousand addresses wait when the service starts: how soon the first article is stored, and what memory it takes.

Also what a worker has at rest, with its pool.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.opening import open_from
from control.settings import Settings
from crawler.discovery.urls import canonical_url, fingerprint
from storage.records import Candidate, VisitOutcome, VisitReport
from tests.acceptance.newsroom import Newsroom, newsroom, processes, worker_mb
from tests.integration.hostileweb import article
from tests.newsweb.process import wait_until

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]
OUTLETS, ADDRESSES = 100, 1_000
_FIRST_WITHIN_S = 30
_MOST_MB, _AT_REST_MB = 512, 400
_LOOK_FOR_S = 60


def seed(news: Newsroom) -> int:
    """Lists addresses of every outlet, as visits do; returns how many."""
    store = open_from(Settings(data_dir=news.service.folder / "data"))
    now, count = datetime.now(UTC), 0
    for number, web in news.webs.items():
        (source,) = store.crawl.sources_of([f"steady-{number}"])
        urls = [canonical_url(f"{web.base}/waiting-{n}") for n in range(ADDRESSES)]
        report = VisitReport(
            source_id=source.id,
            started_at=now,
            finished_at=now,
            outcome=VisitOutcome.READ,
            next_due_at=now + timedelta(days=1),
            candidates=tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in urls),
            listed=ADDRESSES,
        )
        count += len(store.crawl.record_visit(report)[1])
        web.routes = dict.fromkeys((f"/waiting-{n}" for n in range(ADDRESSES)), article(f"Waiting at {number}"))
    store.close()
    return count


def test_a_hundred_thousand_addresses_at_the_start(tmp_path: Path):
    with newsroom(tmp_path, outlets=OUTLETS, extract_processes="2") as news:
        assert seed(news) == OUTLETS * ADDRESSES
        started = time.monotonic()
        up = news.service.start("up")
        assert wait_until(lambda: sum(news.stored().values()) > 0, 2 * _FIRST_WITHIN_S, 0.1), up.words()
        first_s = time.monotonic() - started
        worker, sizes = processes(up)["worker"], []
        while time.monotonic() - started < first_s + _LOOK_FOR_S:
            sizes.append(worker_mb(worker))
            time.sleep(1)
        stored = sum(news.stored().values())
        print(
            f"\nfirst article after {first_s:.1f} s, {stored} in {_LOOK_FOR_S} s; worker with pool {max(sizes):.0f} MB at most"
        )
        assert first_s <= _FIRST_WITHIN_S
        assert max(sizes) <= _MOST_MB
        assert up.stop() == 0


def test_a_worker_at_rest(tmp_path: Path):
    with newsroom(tmp_path, extract_processes="2") as news:
        up = news.service.up()
        assert news.goes_on()
        for web in news.webs.values():
            web.routes.end()  # type: ignore[attr-defined]
        time.sleep(20)
        size = worker_mb(processes(up)["worker"])
        print(f"\na worker at rest has {size:.0f} MB with its pool of two")
        assert size <= _AT_REST_MB
