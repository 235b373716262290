"""`outlets quality`, `outlets test` and `rules suggest` on pages that a crawl stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.smallweb import rss, small_web
from tests.integration.test_outlets_commands import Command

NAMES = ("Anna Ahronheim", "Jane Roe", "John Doe", "Mary Major", "Richard Miles", "Ben Caspit")


def page(number: int) -> tuple[int, str, str]:
    ordinal = ("first", "second", "third", "fourth", "fifth", "sixth")[number]
    text = "".join(
        f"<p>The {ordinal} bridge over the river was spoken of at length by council {c}.</p>" for c in "abcdefgh"
    )
    html = f"""<html lang=en><head><title>Kicker {ordinal}: bridges</title></head><body><h1>The {ordinal} bridge</h1>
    <div class=colophon>{NAMES[number]}</div><div class=story>{text}<div class=mugs><p>Our mugs hold a pint of all you like,
    and come by post.</p></div></div></body></html>"""
    return 200, "text/html; charset=utf-8", html


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    folder: Path = tmp_path_factory.mktemp("quality")
    presswatch = Command(folder)
    paths = [f"/2020/05/0{number + 1}/bridge-{number}-of-the-river" for number in range(6)]
    pages = {path: page(number) for number, path in enumerate(paths)}
    with small_web("127.0.0.42", {**pages, "/feed": rss(*paths)}) as web:
        (presswatch.data / "outlets").mkdir(parents=True)
        text = (
            f'name = "Bridges"\nhome = "{web.base}/"\n[[source]]\nkind = "feed"\nurl = "{web.base}/feed"\ndelay_s = 0\n'
        )
        (presswatch.data / "outlets" / "bridges.toml").write_text(text.replace("delay_s = 0\n", ""), encoding="utf-8")
        done = presswatch("crawl", "bridges", delay_s="0")
        assert done.returncode == 0, done.stderr
        yield presswatch


def test_quality_tells_fill_rates(crawled: Command):
    told = json.loads(crawled.outlets("quality", "bridges", "--json").stdout)
    assert told["bridges"]["lately"]["articles"] == 6
    assert told["bridges"]["lately"]["language"] == 100
    assert told["bridges"]["drift"] == []
    assert "bridges" in crawled.outlets("quality").stdout


def test_rules_are_proposed_tried_and_kept_or_refused(crawled: Command):
    proposed = crawled("rules", "suggest", "bridges", "--json")
    assert proposed.returncode == 0, proposed.stderr
    found = {(p["field"], p["css"]) for p in json.loads(proposed.stdout)["proposals"]}
    assert ("drop", "div.mugs") in found or ("body", "div.story") in found
    assert "has no rules" in crawled.outlets("test", "bridges").stdout
    file = crawled.data / "outlets" / "bridges.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + '[[rule]]\nfield = "authors"\ncss = "div.colophon"\n', encoding="utf-8")
    told = crawled.outlets("test", "bridges").stdout
    assert "6 pages, 1 rules" in told
    assert "won on    6 pages: outlet rule css div.colophon" in told
    file.write_text(before + '[[rule]]\nfield = "title"\ncss = "h1.gone"\n', encoding="utf-8")
    idle = crawled("outlets", "test", "bridges")
    assert idle.returncode == 1
    assert "of no use" in idle.stdout
    file.write_text(before, encoding="utf-8")


def test_an_outlet_without_pages_is_told_so(crawled: Command):
    done = crawled("outlets", "test", "shipped")
    assert done.returncode == 1
    assert "no page of shipped is stored" in done.stderr
