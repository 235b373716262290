"""`presswatch db dump` and `db load`: a store goes to PostgreSQL, and its crawl goes on there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.records import ProcessInfo
from storage.sql.channels import SqlChannelBook
from storage.sql.engine import open_engine
from storage.sql.events import SqlEventLog
from storage.sql.hosts import SqlProcessBook
from tests.integration.smalloutlet import SmallOutlet
from tests.integration.smallweb import html, rss, small_web

pytestmark = pytest.mark.timeout(180)

WORDS = "The council of the town has decided on its budget for the year to come after a long debate. " * 12
PATHS = [f"/2026/05/0{day}/story-{day}-of-may" for day in range(1, 5)]


def article(path: str) -> tuple[int, str, str]:
    head = '<meta property="og:type" content="article">'
    return html(f"<article><h1>News of {path}</h1><p>{path}: {WORDS}</p><p>{WORDS}</p></article>", head)


@pytest.mark.postgres
def test_a_crawl_goes_on_in_postgresql_with_nothing_stored_or_told_twice(empty_postgres_url: str, tmp_path: Path):
    pages = {path: article(path) for path in PATHS} | {"/feed": rss(*PATHS[:3])}
    with small_web("127.0.0.2", pages) as web:
        outlet = SmallOutlet(tmp_path, web.base)
        assert outlet.crawl() == {"stored": 3}
        outlet.run("channels", "add", "desk", "http://127.0.0.2:9/hook")
        before = json.loads(outlet.run("articles", "--json"))
        told = outlet.run("db", "dump", str(tmp_path / "dump"))
        assert "rows of" in told
        again = outlet.try_to("db", "dump", str(tmp_path / "dump"))
        assert (again.returncode, "holds a whole dump" in again.stderr) == (1, True)
        full = outlet.try_to("db", "load", str(tmp_path / "dump"))
        assert (full.returncode, "there is a store already" in full.stderr) == (1, True)

        here = open_engine(f"sqlite:///{tmp_path}/data/presswatch.sqlite3")
        outlet.environment["PRESSWATCH_DATABASE_URL"] = empty_postgres_url
        assert "loaded and verified" in outlet.run("db", "load", str(tmp_path / "dump"))
        assert json.loads(outlet.run("articles", "--json")) == before
        there = open_engine(empty_postgres_url)
        assert SqlEventLog(there).last_seq() == SqlEventLog(here).last_seq()
        assert SqlChannelBook(there).channels() == SqlChannelBook(here).channels()

        web.pages["/feed"] = rss(*PATHS)
        asked = len(web.asked)
        assert outlet.crawl() == {"stored": 1}
        assert [path for path in web.asked[asked:] if path in PATHS] == PATHS[3:]  # no other page was asked for
        assert len(json.loads(outlet.run("articles", "--json"))) == 4
        for engine in (here, there):
            engine.dispose()


def test_no_dump_is_made_of_a_store_that_a_service_writes_to(tmp_path: Path):
    outlet = SmallOutlet(tmp_path, "http://127.0.0.2:9")
    engine = open_engine(f"sqlite:///{tmp_path}/data/presswatch.sqlite3")
    beat(engine)
    engine.dispose()
    done = outlet.try_to("db", "dump", str(tmp_path / "dump"))
    assert (done.returncode, "stop the service, then dump" in done.stderr) == (1, True)


def beat(engine: Engine) -> None:
    """A worker is heard of all the while that a command takes to start."""
    now = datetime.now(UTC) + timedelta(minutes=5)
    SqlProcessBook(engine).beat(ProcessInfo(name="w1", role="worker", host="h", pid=1, started_at=now, seen_at=now))
