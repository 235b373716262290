"""A crawl goes on, or ends with reasons, when something of our own fails."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis

from control.opening import open_from
from control.settings import Settings
from storage.records import Outlet, OutletSource, SourceKind
from tests import commands
from tests.acceptance.stored import Stored
from tests.integration.hostileweb import Asked, HostileOutlet, answer, article, hostile_web, rss
from tests.stores import lay_store

pytestmark = pytest.mark.timeout(100)
PAGES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """One outlet of eight articles, and the crawl of it."""

    web: HostileOutlet
    folder: Path

    @property
    def stored(self) -> Stored:
        return Stored(self.folder / "presswatch.sqlite3")

    def run(self, **settings: str) -> dict[str, Any]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")} | {
            "PRESSWATCH_DATA_DIR": str(self.folder),
            "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.2/32",
            "PRESSWATCH_DELAY_S": "0",
            "PRESSWATCH_RETRY_DELAYS_S": "0.1",
            "PRESSWATCH_EXTRACT_PROCESSES": "1",
            "MEAN": "1",
        }
        env |= {f"PRESSWATCH_{name.upper()}": value for name, value in settings.items()}
        done = commands.run("post", env=env, module="tests.integration.hostile_crawl", timeout_s=180)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    def newest(self) -> int | None:
        """Up to when the source's sitemap is known."""
        with sqlite3.connect(self.folder / "presswatch.sqlite3") as store:
            return store.execute("SELECT newest_lastmod FROM sources").fetchone()[0]

    def titles(self) -> list[str]:
        return sorted(found.title for found in self.stored.articles())


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    with hostile_web(1) as webs:
        web = webs[2]
        web.routes["/feed"] = rss(*(f"{web.base}/page-{n}" for n in range(PAGES)))
        web.routes |= {f"/page-{n}": article(f"Page {n}") for n in range(PAGES)}
        settings = Settings(data_dir=tmp_path)
        lay_store(tmp_path)
        store = open_from(settings)
        source = OutletSource(kind=SourceKind.FEED, url=f"{web.base}/feed")
        outlet = Outlet(key="post", name="Post", home_url=f"{web.base}/", sources=(source,))
        store.outlets.load([outlet], "shipped", datetime.now(UTC))
        store.close()
        yield Crawl(web=web, folder=tmp_path)


ALL = [f"Page {n}" for n in range(PAGES)]


def test_pages_wait_for_an_archive_that_cannot_be_written_and_are_asked_for_once(crawl: Crawl):
    blocked = crawl.folder / "archive"
    blocked.write_text("a file where the archive's folder should be")
    mended = threading.Timer(8, blocked.unlink)
    mended.start()
    crawl.run()
    mended.join()
    assert crawl.titles() == ALL
    assert {crawl.web.times(f"/page-{n}") for n in range(PAGES)} == {1}


def test_a_visit_that_cannot_be_stored_is_recorded_as_failed_and_comes_again(crawl: Crawl):
    with sqlite3.connect(crawl.folder / "presswatch.sqlite3") as store:
        store.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON sightings BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
        )
    crawl.run()
    assert [(s.last_outcome, s.last_reason) for s in crawl.stored.sources()] == [("failed", "fault")]
    with sqlite3.connect(crawl.folder / "presswatch.sqlite3") as store:
        store.execute("DROP TRIGGER broken")
    crawl.run()
    assert crawl.titles() == ALL


@pytest.mark.parametrize("seconds", [6, pytest.param(70, marks=[pytest.mark.soak, pytest.mark.timeout(300)])])
def test_a_store_that_is_locked_for_a_while_costs_nothing(seconds: int, crawl: Crawl):
    """Seventy seconds are longer than a writer waits for another one."""
    locked = threading.Event()

    def lock(asked: Asked, connection: Any) -> None:
        if not locked.is_set():
            locked.set()
            threading.Thread(target=hold, daemon=True).start()
        connection.sendall(article("Page 3"))

    def hold() -> None:
        other = sqlite3.connect(crawl.folder / "presswatch.sqlite3", isolation_level=None, timeout=30)
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        other.execute("ROLLBACK")
        other.close()

    crawl.web.routes["/page-3"] = lock
    crawl.run()
    assert locked.is_set()
    assert crawl.titles() == ALL
    assert max(crawl.web.times(f"/page-{n}") for n in range(PAGES)) == 1


def test_a_seen_set_that_does_not_answer_costs_nothing(crawl: Crawl):
    crawl.run(redis_url="redis://127.0.0.1:9/0")
    assert crawl.titles() == ALL
    crawl.run(redis_url="redis://127.0.0.1:9/0")
    assert max(crawl.web.times(f"/page-{n}") for n in range(PAGES)) == 1


def test_a_seen_set_that_is_flushed_under_way_costs_nothing(crawl: Crawl, redis_url: str):
    def flush(asked: Asked, connection: Any) -> None:
        with redis.Redis.from_url(redis_url) as client:
            client.flushdb()
        connection.sendall(article(f"Page {asked.path[-1]}"))

    crawl.web.routes |= {f"/page-{n}": flush for n in range(PAGES)}
    crawl.run(redis_url=redis_url)
    crawl.run(redis_url=redis_url)
    assert crawl.titles() == ALL
    assert max(crawl.web.times(f"/page-{n}") for n in range(PAGES)) == 1


def feed_with_guids(web: HostileOutlet, guid: str) -> bytes:
    items = "".join(
        f"<item><title>Page {n}</title><link>{web.base}/page-{n}</link>{guid.replace('N', str(n))}</item>"
        for n in range(PAGES)
    )
    return answer(
        200, f"<rss version='2.0'><channel><title>P</title>{items}</channel></rss>".encode(), "application/rss+xml"
    )


def test_a_feed_that_changes_or_drops_all_its_guids_brings_nothing_twice(crawl: Crawl):
    for guid in ("<guid isPermaLink='false'>a-N</guid>", "<guid isPermaLink='false'>b-N</guid>", ""):
        crawl.web.routes["/feed"] = feed_with_guids(crawl.web, guid)
        crawl.run()
        assert crawl.titles() == ALL
    assert {crawl.web.times(f"/page-{n}") for n in range(PAGES)} == {1}
    assert {found.revisions for found in crawl.stored.articles()} == {1}


def sitemap(*urls: str) -> bytes:
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    entries = "".join(f"<url><loc>{url}</loc><lastmod>{now}</lastmod></url>" for url in urls)
    return answer(200, f"<urlset>{entries}</urlset>".encode(), "application/xml")


def test_a_sitemap_of_an_index_that_fails_costs_only_itself(crawl: Crawl):
    web = crawl.web
    children = ("gone", "kills", "nothing", "good", "off", "busy")
    places = [f"{web.base}/{name}.xml" if name != "off" else "http://127.0.0.9/off.xml" for name in children]
    index = "".join(f"<sitemap><loc>{place}</loc></sitemap>" for place in places)
    web.routes |= {
        "/feed": answer(200, f"<sitemapindex>{index}</sitemapindex>".encode(), "application/xml"),
        "/kills.xml": answer(200, b"<urlset>PLEASE ABORT</urlset>", "application/xml"),
        "/nothing.xml": answer(200, b"not a sitemap", "application/xml"),
        "/good.xml": sitemap(*(f"{web.base}/page-{n}" for n in range(PAGES))),
        "/busy.xml": answer(500),
    }
    with sqlite3.connect(crawl.folder / "presswatch.sqlite3") as store:
        store.execute("UPDATE sources SET kind = 'sitemap'")
    crawl.run(extract_processes="2")
    assert crawl.titles() == ALL
    assert crawl.newest() is None  # the one that was busy may list something: look as far back again
    web.routes["/busy.xml"] = sitemap()
    crawl.run(extract_processes="2")
    assert crawl.newest() is not None  # those that are gone, or no sitemaps, are waited for no more
    assert {web.times(f"/page-{n}") for n in range(PAGES)} == {1}


def test_a_crawl_that_cannot_begin_says_so(crawl: Crawl):
    env = os.environ | {"PRESSWATCH_DATA_DIR": str(crawl.folder)}
    done = commands.run("nobody", env=env, module="tests.integration.hostile_crawl")
    assert done.returncode != 0
    assert "no outlet is called 'nobody'" in done.stderr
