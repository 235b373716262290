"""An outlet's own page for what is not there, in words that nobody knows, learned by asking for what cannot exist."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.integration.smalloutlet import SmallOutlet
from tests.integration.smallweb import SmallWeb, html, rss, small_web

pytestmark = pytest.mark.timeout(240)

WORDS = "The council of the town has decided on its budget for the year to come after a long debate. " * 12
PATHS = [f"/2026/05/0{day}/story-{day}-of-may.html" for day in range(1, 4)]
MOVED_OUT, STAYS, OTHER = PATHS
TEASERS = "Readers liked these stories of the week, which the editors have chosen for you with some care. " * 8


def article(path: str) -> tuple[int, str, str]:
    head = '<meta property="og:type" content="article">'
    return html(f"<article><h1>News of {path}</h1><p>{path}: {WORDS}</p><p>{WORDS}</p></article>", head)


def oddly_gone(number: int) -> tuple[int, str, str]:
    """The outlet's page for what is not there: it says so in no words of any list, and never twice the same."""
    return html(f"<article><h1>The tide took this one</h1><p>{TEASERS}</p><p>Visit {number}. {TEASERS}</p></article>")


class Anything(dict[str, tuple[int, str, str]]):
    """Pages of a web that answers for every address."""

    def get(self, path, default=None):
        return super().get(path) or (default if path == "/robots.txt" else oddly_gone(len(path)))


def made_up(web: SmallWeb) -> list[str]:
    return [path for path in web.asked if "presswatch-not-there" in path]


def outlet_at(folder: Path, web: SmallWeb, **environment: str) -> SmallOutlet:
    web.pages = Anything(web.pages)
    return SmallOutlet(folder, web.base, PRESSWATCH_CONFIRM_GONE_S="1", **environment)


def test_a_page_that_is_also_answered_for_what_never_was_is_no_article_any_more(tmp_path: Path):
    pages = {path: article(path) for path in PATHS} | {"/feed": rss(*PATHS), "/": html("<p>front</p>")}
    with small_web("127.0.0.2", pages) as web:
        outlet = outlet_at(tmp_path, web)
        web.etags = {STAYS: '"stays"'}
        assert outlet.crawl() == {"stored": 3}
        assert made_up(web) == []  # nobody was asked for again
        web.pages[MOVED_OUT] = oddly_gone(1)
        for number in range(2):
            outlet.run("recrawl", "--outlet", "small", "--json")
            web.pages[MOVED_OUT] = oddly_gone(2 + number)
            time.sleep(1.1)
        (path,) = made_up(web)  # once, whatever was asked for again since
        assert path.startswith("/2026/05/0")
        assert path.endswith(".html")
        (told,) = [each for each in json.loads(outlet.run("changes", "--json")) if each["kind"] == "vanished"]
        assert (told["url"], told["absence"]) == (web.base + MOVED_OUT, "soft-404")
        assert path in outlet.run("show", web.base + MOVED_OUT, "--json")
        assert len(json.loads(outlet.run("show", web.base + MOVED_OUT, "--json"))["revisions"]) == 1

        with closing(sqlite3.connect(tmp_path / "data" / "presswatch.sqlite3")) as store:
            (row,) = store.execute("SELECT kind, url, status FROM answers").fetchall()
            assert row == ("not-found", web.base + path, 200)
            # three articles twice, the one that was missed once more, and the made-up address: all of them counted
            counted = store.execute("SELECT sum(requests) FROM revisit_days").fetchone()[0]
            assert counted == len([each for each in web.asked if each in {*PATHS, path}]) - 3
        (file, *_) = sorted((tmp_path / "data" / "archive").glob("*.warc.gz"))
        fields = b""
        for each in sorted((tmp_path / "data" / "archive").glob("*.warc.gz")):
            with each.open("rb") as stream:
                for record in ArchiveIterator(stream):
                    if record.rec_type == "metadata" and record.rec_headers["WARC-Target-URI"] == web.base + path:
                        fields += record.content_stream().read()
        assert b"kept-as: not-found" in fields
        assert file.exists()
        assert "all is as it was written" in outlet.run("archive", "verify", "--processes", "1")


def test_nothing_is_asked_where_that_is_off_or_robots_forbid_it(tmp_path: Path):
    pages = {path: article(path) for path in PATHS} | {"/feed": rss(*PATHS), "/": html("<p>front</p>")}
    with small_web("127.0.0.2", pages) as web:
        outlet = outlet_at(tmp_path, web, PRESSWATCH_NOT_FOUND_DAYS="0")
        assert outlet.crawl() == {"stored": 3}
        outlet.run("recrawl", "--outlet", "small")
        assert made_up(web) == []
        outlet.environment["PRESSWATCH_NOT_FOUND_DAYS"] = "30"
        web.pages["/robots.txt"] = (200, "text/plain", "User-agent: *\nDisallow: /2026/05/*presswatch")
        with closing(sqlite3.connect(tmp_path / "data" / "presswatch.sqlite3")) as store, store:
            store.execute("UPDATE robots SET fetched_at = 0")
        outlet.run("recrawl", "--outlet", "small")
        assert made_up(web) == []
