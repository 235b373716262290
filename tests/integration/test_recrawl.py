"""`presswatch recrawl` on an outlet of loopback: what is asked, how, and what is kept of the answers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.smalloutlet import SmallOutlet
from tests.integration.smallweb import html, rss, small_web

pytestmark = pytest.mark.timeout(180)

WORDS = "The council of the town has decided on its budget for the year to come after a long debate. " * 12
PATHS = [f"/2026/05/0{day}/story-{day}-of-may" for day in range(1, 7)]
SAME, CHANGED, GONE, AWAY, BROKEN, FORBIDDEN = PATHS


def article(path: str, more: str = "") -> tuple[int, str, str]:
    head = '<meta property="og:type" content="article">'
    return html(f"<article><h1>News of {path}</h1><p>{path}: {WORDS}</p><p>{WORDS}{more}</p></article>", head)


def show(outlet: SmallOutlet, path: str) -> dict:
    return json.loads(outlet.run("show", outlet.base + path, "--json"))


def test_stored_articles_are_asked_for_again_and_each_answer_is_kept(tmp_path: Path):
    pages = {path: article(path) for path in PATHS} | {"/feed": rss(*PATHS), "/": html("<p>front</p>")}
    with small_web("127.0.0.2", pages) as web:
        outlet = SmallOutlet(tmp_path, web.base)
        web.etags = {path: f'"{path}"' for path in PATHS}
        assert outlet.crawl() == {"stored": 6}

        told = outlet.run("recrawl", "--outlet", "small", "--dry-run")
        assert "6 requests to 1 host" in told
        assert "127.0.0.2 (small): 6" in told
        assert "no stored article" in outlet.run("recrawl", "--published", "1999", "--dry-run")

        outlet.run("outlets", "revisits", "small", "--a-day", "4", "--yes")
        told = outlet.run("recrawl", "--outlet", "small", "--dry-run")
        assert "127.0.0.2 (small): 6, one without a pause and 2 a day, 2 days" in told
        assert " a day" not in outlet.run("recrawl", "--outlet", "small", "--dry-run", "--beyond-cap")
        outlet.run("outlets", "revisits", "small", "--a-day", "0", "--yes")
        refused = outlet.try_to("recrawl", "--outlet", "small")
        assert (refused.returncode, "small are set to 0 requests a day" in refused.stderr) == (1, True)
        outlet.run("outlets", "revisits", "small", "--as-filed", "--yes")

        asked_before = len(web.asked)
        web.pages[CHANGED] = article(CHANGED, "They met three times.")
        web.etags[CHANGED] = '"new"'
        web.pages[GONE] = (410, "text/html", "<h1>Gone</h1>")
        web.pages[AWAY] = (302, "/", "")
        web.pages[BROKEN] = (404, "text/html", "<h1>Not found</h1>")
        web.pages["/robots.txt"] = (200, "text/plain", f"User-agent: *\nDisallow: {FORBIDDEN}")
        with closing(sqlite3.connect(tmp_path / "data" / "presswatch.sqlite3")) as store, store:
            store.execute("UPDATE robots SET fetched_at = 0")
        done = json.loads(outlet.run("recrawl", "--outlet", "small", "--json"))
        assert dict(done["ended"]) == {"unchanged": 1, "revised": 1}
        assert (done["under_way"], done["recrawl"]["state"]) == (4, "running")  # what was missed is looked at once more
        again = [path for path in web.asked[asked_before:] if path in PATHS]
        assert sorted(again) == sorted(set(PATHS) - {FORBIDDEN})  # each once
        assert (SAME, 304) in web.answered

        assert [capture["status"] for capture in show(outlet, GONE)["captures"]] == [410, 200]
        assert [capture["status"] for capture in show(outlet, AWAY)["captures"]] == [302, 200]
        assert [capture["status"] for capture in show(outlet, SAME)["captures"]] == [304, 200]
        assert len(show(outlet, CHANGED)["revisions"]) == 2
        assert [(each["reason"], each["detail"]) for each in show(outlet, SAME)["revisits"]] == [
            ("unchanged", "answered 304")
        ]

        # What was gone is asked for without what its "not found" said, and has come back.
        web.pages[GONE] = article(GONE)
        (tmp_path / "urls.txt").write_text(f"# two\n{web.base}{GONE}\n{web.base}/never-seen\n")
        told = outlet.run("recrawl", "--file", str(tmp_path / "urls.txt"))
        assert "1 of 2 addresses are of no stored article" in told
        assert "1 of 1 articles done" in told
        assert "1 unchanged" in told
        told = outlet.run("recrawl", "--status")
        assert "re-crawl 2, --file" in told
        assert "3 of 6 articles done, 3 under way" in told  # one fetch serves both orders


def test_without_a_wish_nothing_is_ordered(tmp_path: Path):
    outlet = SmallOutlet(tmp_path, "http://127.0.0.2:9")
    done = outlet.try_to("recrawl")
    assert (done.returncode, "say which articles" in done.stderr) == (2, True)
    assert outlet.try_to("recrawl", "--published", "2020-13").returncode == 2
    assert outlet.try_to("recrawl", "--resume", "7").returncode == 1
    assert "no re-crawl is running" in outlet.run("recrawl", "--stop")
    assert "no stored article answers that" in outlet.run("recrawl", "--outlet", "small")
