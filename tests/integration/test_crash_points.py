"""A crawl that dies at each point between two of its steps: nothing is lost, nothing stored twice, no page damaged."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from storage.archive.archive import Archive
from storage.archive.walking import steps
from storage.records import BodyRef
from tests import commands
from tests.acceptance.stored import Stored
from tests.integration.crawled import load, outlet_at
from tests.integration.dying_crawl import POINTS
from tests.integration.hostileweb import article, hostile_web, rss

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]
PAGES = 10
IN_FLIGHT = 4  # pages of one domain that may have been fetched and not yet stored: two under way, two being stored


def run(folder: Path, redis_url: str, dies: str = "") -> int:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")} | {
        "PRESSWATCH_DATA_DIR": str(folder),
        "PRESSWATCH_REDIS_URL": redis_url,
        "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.2/32",
        "PRESSWATCH_DELAY_S": "0",
        "PRESSWATCH_EXTRACT_PROCESSES": "1",
        "DIES": dies,
    }
    with (folder / "crawl.log").open("ab") as log:
        return commands.start("post", env=env, module="tests.integration.dying_crawl", stdout=log, stderr=log).wait(60)


def unreadable(folder: Path) -> list[str]:
    """Pages that the store refers to and the archive does not give back as they were."""
    segments = Archive(folder / "archive")
    query = "SELECT c.digest, b.segment, b.offset, b.length FROM captures c JOIN bodies b ON b.digest = c.digest"
    damaged = []
    with closing(sqlite3.connect(folder / "presswatch.sqlite3")) as store:
        for digest, segment, offset, length in store.execute(query):
            try:
                segments.get(BodyRef(segment=segment, offset=offset, length=length), digest)
            except Exception as error:  # noqa: BLE001 (the test shows it)
                damaged.append(str(error))
    return damaged


def test_it_dies_at_every_point_and_nothing_is_lost_or_stored_twice(tmp_path: Path, redis_url: str):
    with hostile_web(1) as webs:
        web = webs[2]
        web.routes |= {f"/page-{n}": article(f"Page {n}") for n in range(PAGES)}
        load(tmp_path, [outlet_at(web, "post", ["/feed"])])
        for listed, point in enumerate(POINTS, PAGES - len(POINTS) + 1):
            web.routes["/feed"] = rss(*(f"{web.base}/page-{n}" for n in range(listed)))  # something new each time
            assert run(tmp_path, redis_url, point) == -signal.SIGKILL, point
            assert unreadable(tmp_path) == [], point
        assert run(tmp_path, redis_url) == 0, (tmp_path / "crawl.log").read_text()[-3000:]
    stored = Stored(tmp_path / "presswatch.sqlite3")
    assert sorted(found.title for found in stored.articles()) == sorted(f"Page {n}" for n in range(PAGES))
    assert {found.revisions for found in stored.articles()} == {1}
    assert {candidate.reason for candidate in stored.candidates()} == {"stored"}
    told = Counter({key: n for key, n in stored.event_counts().items() if key[0] == "article.stored"})
    assert set(told.values()) == {1}
    assert len(told) == PAGES
    fetched = sum(web.times(f"/page-{n}") for n in range(PAGES))
    print(json.dumps({"deaths": len(POINTS), "fetched twice": fetched - PAGES}))
    assert fetched - PAGES <= len(POINTS) * IN_FLIGHT
    assert unreadable(tmp_path) == []
    assert any(has_a_rest(path) for path in (tmp_path / "archive").glob("*.warc.gz")), "no page was cut off"


def has_a_rest(path: Path) -> bool:
    """Whether a file ends with a record that is cut off."""
    *_, last = steps(path)
    return last.is_cut
