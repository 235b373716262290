"""Opt-outs on their way from an outlet's answers to what an operator sees, recorded and obeyed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.archive.walking import steps
from tests.integration.hostileweb import HostileOutlet, answer, hostile_web, page, rss
from tests.integration.smalloutlet import SmallOutlet

pytestmark = pytest.mark.timeout(180)
ROBOTS = b"User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n"
HEAD = '<meta name="robots" content="noarchive">'


def head_says(title: str) -> bytes:
    return page(title).replace(b"</head>", HEAD.encode() + b"</head>")


@pytest.fixture(scope="module")
def web() -> Iterator[HostileOutlet]:
    with hostile_web(1) as webs:
        web = webs[2]
        web.routes |= {
            "/robots.txt": answer(200, ROBOTS, "text/plain"),
            "/feed": rss(*[f"{web.base}/2026/{name}.html" for name in ("header", "head", "reserved", "free")]),
            "/2026/header.html": answer(200, page("Header says no"), x_robots_tag="noarchive, googlebot: noindex"),
            "/2026/head.html": answer(200, head_says("Head says no")),
            "/2026/reserved.html": answer(200, page("Mining is reserved"), tdm_reservation="1"),
            "/2026/free.html": answer(200, page("Free to all")),
        }
        yield web


def articles(outlet: SmallOutlet, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    base = outlet.base
    return {name: json.loads(outlet.run("show", f"{base}/2026/{name}.html", "--json")) for name in names}


def names_of(article: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["name"], each["rule"]) for each in article["revisions"][0]["opt_outs"]]


def pages_kept(folder: Path) -> int:
    with sqlite3.connect(folder / "data" / "presswatch.sqlite3") as connection:
        return connection.execute("SELECT count(*) FROM captures").fetchone()[0]


def test_opt_outs_are_recorded_and_shown_and_not_obeyed_by_default(tmp_path: Path, web: HostileOutlet):
    outlet = SmallOutlet(tmp_path, web.base)
    assert outlet.crawl() == {"stored": 4}
    found = articles(outlet, ("header", "head", "reserved", "free"))
    signal = ("ai-train=no", "robots.txt content-signal")
    assert names_of(found["header"]) == [("noarchive", "X-Robots-Tag"), signal]
    assert names_of(found["head"]) == [signal, ("noarchive", "meta robots")]
    assert names_of(found["reserved"]) == [("tdm-reservation", "header tdm-reservation"), signal]
    assert names_of(found["free"]) == [signal]
    assert pages_kept(tmp_path) == 4
    assert "the outlet asks: noarchive (X-Robots-Tag)" in outlet.run("show", f"{web.base}/2026/header.html")


def test_noarchive_keeps_no_raw_page_and_tdm_nothing_where_they_are_obeyed(tmp_path: Path, web: HostileOutlet):
    outlet = SmallOutlet(tmp_path, web.base, PRESSWATCH_OBEY_OPT_OUTS="noarchive,tdm")
    assert outlet.crawl() == {"stored": 3, "opted-out": 1}
    assert pages_kept(tmp_path) == 1
    header = articles(outlet, ("header",))["header"]
    assert header["captures"] == []
    assert "The ministry said on Monday" in header["revisions"][0]["body"]
    (file,) = (tmp_path / "data" / "archive").glob("*.warc.gz")
    kept = [step.record.headers["warc-target-uri"] for step in steps(file) if step.record.kind == "response"]
    assert kept == [f"{web.base}/2026/free.html"]
    assert "tdm-reservation" in outlet.run("explain", f"{web.base}/2026/reserved.html")
