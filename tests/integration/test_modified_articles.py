"""An article that its feed calls modified is fetched again; changed words make one revision, the same words none."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.outlets.catalogue import write_outlet
from storage.records import Outlet, OutletSource, SourceKind
from tests import commands
from tests.integration.smallweb import html, small_web

ROOT = Path(__file__).resolve().parents[2]
WORDS = "The minister said on Tuesday that the talks would go on, although neither side expected much of them. " * 6


def atom(updated: datetime) -> tuple[int, str, str]:
    stamp = updated.isoformat(timespec="microseconds").replace("+00:00", "Z")
    entry = (
        "<entry><id>urn:a</id><title>Talks go on in Geneva</title>"
        f"<link href='{{base}}/2026/talks-go-on-in-geneva.html'/><updated>{stamp}</updated></entry>"
    )
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><id>urn:f</id><title>Small</title>{entry}</feed>"
    return 200, "application/atom+xml", feed


def page(last_sentence: str) -> tuple[int, str, str]:
    return html(f"<article><h1>Talks go on in Geneva</h1><p>{WORDS}</p><p>{WORDS}{last_sentence}</p></article>")


@pytest.mark.timeout(180)
def test_a_modified_article_gets_one_revision_when_its_words_changed_and_none_when_they_did_not(tmp_path):
    article = "/2026/talks-go-on-in-geneva.html"
    with small_web("127.0.0.2", {"/feed": atom(datetime.now(UTC)), article: page("They met twice.")}) as web:
        outlet = Outlet(
            key="small",
            name="Small Post",
            home_url=f"{web.base}/",
            sources=(OutletSource(kind=SourceKind.FEED, url=f"{web.base}/feed"),),
        )
        (tmp_path / "catalogue").mkdir()
        (tmp_path / "catalogue" / "small.toml").write_text(write_outlet(outlet))

        def crawl() -> dict[str, int]:
            return json.loads(presswatch(tmp_path, "crawl", "small", "--json"))["candidates"]

        assert crawl() == {"stored": 1}
        assert crawl() == {}  # the feed is the same
        time.sleep(1.1)
        web.pages["/feed"], web.pages[article] = atom(datetime.now(UTC)), page("They met three times.")
        assert crawl() == {"revised": 1}
        time.sleep(1.1)
        web.pages["/feed"] = atom(datetime.now(UTC))  # many outlets move that date without a change
        assert crawl() == {"unchanged": 1}
        revisions = json.loads(presswatch(tmp_path, "show", f"{web.base}{article}", "--json"))["revisions"]
    assert [revision["number"] for revision in revisions] == [2, 1]
    assert "They met three times." in revisions[0]["body"]
    assert "They met twice." in revisions[1]["body"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("last_sentence", "ends", "numbers"),
    [("They met twice.", "unchanged", [1]), ("They met thrice.", "revised", [2, 1])],
)
def test_what_only_another_extractor_reads_otherwise_is_no_revision(tmp_path, last_sentence, ends, numbers):
    """Before anything is read again: the stored page is, for the comparison."""
    article = "/2026/talks-go-on-in-geneva.html"
    with small_web("127.0.0.2", {"/feed": atom(datetime.now(UTC)), article: page("They met twice.")}) as web:
        source = OutletSource(kind=SourceKind.FEED, url=f"{web.base}/feed")
        outlet = Outlet(key="small", name="Small Post", home_url=f"{web.base}/", sources=(source,))
        (tmp_path / "catalogue").mkdir()
        (tmp_path / "catalogue" / "small.toml").write_text(write_outlet(outlet))
        assert json.loads(presswatch(tmp_path, "crawl", "small", "--json"))["candidates"] == {"stored": 1}
        with closing(sqlite3.connect(tmp_path / "data" / "presswatch.sqlite3")) as store, store:
            store.execute("UPDATE revisions SET extractor = 'presswatch-0', title = 'Menu', content_digest = '0'")
        time.sleep(1.1)
        web.pages["/feed"], web.pages[article] = atom(datetime.now(UTC)), page(last_sentence)
        assert json.loads(presswatch(tmp_path, "crawl", "small", "--json"))["candidates"] == {ends: 1}
        revisions = json.loads(presswatch(tmp_path, "show", f"{web.base}{article}", "--json"))["revisions"]
        with closing(sqlite3.connect(tmp_path / "data" / "presswatch.sqlite3")) as store:
            told = [json.loads(found) for (found,) in store.execute("SELECT differences FROM article_changes")]
    assert [revision["number"] for revision in revisions] == numbers
    assert told == ([["body"]] if ends == "revised" else [])


def presswatch(folder: Path, *words: str) -> str:
    env = os.environ | {
        "PRESSWATCH_DATA_DIR": str(folder / "data"),
        "PRESSWATCH_CATALOGUE": str(folder / "catalogue"),
        "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.2/32",
        "PRESSWATCH_DELAY_S": "0",
        "PRESSWATCH_AGAIN_AFTER_S": "1",
        "PRESSWATCH_CONTACT": "https://example.org/bot",
    }
    done = commands.run(*words, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout
