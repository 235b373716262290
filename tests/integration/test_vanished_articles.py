"""Stored articles that vanish in several ways, fetched from a small web: told after the second look, with evidence."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.smalloutlet import SmallOutlet
from tests.integration.smallweb import html, rss, small_web

WORDS = "The council of the town has decided on its budget for the year to come after a long debate. " * 12
PATHS = [f"/2026/05/0{day}/story-{day}-of-may" for day in range(1, 7)]
GONE, AWAY, SOFT, CLOSED, LOCKED, STAYS = PATHS


def article(path: str, text: str = WORDS, head: str = "") -> tuple[int, str, str]:
    head += '<meta property="og:type" content="article">'
    return html(f"<article><h1>News of {path}</h1><p>{path}: {text}</p><p>{text}</p></article>", head)


@pytest.mark.timeout(240)
def test_each_way_to_vanish_is_told_with_its_evidence(tmp_path: Path):
    pages = {path: article(path) for path in PATHS} | {"/feed": rss(*PATHS), "/": html("<p>front</p>")}
    with small_web("127.0.0.2", pages) as web:
        outlet = SmallOutlet(tmp_path, web.base, PRESSWATCH_CONFIRM_GONE_S="1")
        assert outlet.crawl() == {"stored": 6}
        web.pages[GONE] = (410, "text/html", "<h1>Gone</h1>")
        web.pages[AWAY] = (302, "/", "")
        web.pages[SOFT] = html("<h1>Page not found</h1><p>The page you were looking for is not here.</p>")
        locked = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>'
        web.pages[LOCKED] = article(LOCKED, "The council of the town has decided on its budget.", locked)
        web.pages["/robots.txt"] = (200, "text/plain", f"User-agent: *\nDisallow: {CLOSED}")
        with closing(sqlite3.connect(tmp_path / "data" / "presswatch.sqlite3")) as store, store:
            store.execute("UPDATE robots SET fetched_at = 0")
        for _ in range(2):
            outlet.run("recrawl", "--outlet", "small", "--json")
            time.sleep(1.1)
        told = {
            each["url"].removeprefix(web.base): each
            for each in json.loads(outlet.run("changes", "--json"))
            if each["kind"] == "vanished"
        }
        ways = {GONE: "410", AWAY: "front-page", SOFT: "soft-404", CLOSED: "robots", LOCKED: "paywall"}
        assert {path: each["absence"] for path, each in told.items()} == ways
        assert all(each["capture_id"] for each in told.values())
        with closing(sqlite3.connect(tmp_path / "data" / "presswatch.sqlite3")) as store:
            kept = "SELECT url FROM captures WHERE id = ?"
            assert store.execute(kept, [told[CLOSED]["capture_id"]]).fetchone()[0] == f"{web.base}/robots.txt"
            pinned = "SELECT count(*) FROM pins WHERE reason = 'vanished'"
            assert store.execute(pinned).fetchone()[0] == len(ways)
