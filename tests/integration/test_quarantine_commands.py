"""`presswatch quarantine`, and what `explain` tells, after a worker whose children died of a page and a feed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from control.cli import cli
from tests.integration.crawled import allowed, crawl, load, outlet_at
from tests.integration.hostileweb import HostileOutlet, answer, article, hostile_web, rss

pytestmark = pytest.mark.slow


@pytest.fixture
def webs() -> Iterator[dict[int, HostileOutlet]]:
    with hostile_web(1) as webs:
        yield webs


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def test_a_feed_of_which_three_children_died_is_held_told_and_read_again_on_demand(
    webs: dict[int, HostileOutlet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PRESSWATCH_DATA_DIR", str(tmp_path))
    web, feed = webs[2], f"{webs[2].base}/feed"
    web.routes["/feed"] = answer(200, b"<rss>PLEASE ABORT \x1b]0;evil\x07</rss>", "application/rss+xml")
    load(tmp_path, [outlet_at(web, "mean", ["/feed"])])
    for _ in range(3):  # two children die in each
        crawl(tmp_path, ["mean"], PRESSWATCH_ALLOW_NETWORKS=allowed(webs), MEAN="1")
    assert web.times("/feed") == 2
    listed = run("quarantine", "list")
    assert f"source {feed} of mean: 4 deaths" in listed.output
    (held,) = json.loads(run("quarantine", "list", "--json").output)
    assert held["url"] == feed
    assert "child processes died of it" in run("explain", feed).output
    assert run("quarantine", "drop", feed).exit_code == 0
    assert run("quarantine", "list").output == "nothing is in quarantine\n"
    crawl(tmp_path, ["mean"], PRESSWATCH_ALLOW_NETWORKS=allowed(webs), MEAN="1")
    assert web.times("/feed") == 2
    web.routes |= {"/feed": rss(f"{web.base}/good"), "/good": article("Mended")}
    assert run("quarantine", "retry", feed).exit_code == 0
    crawl(tmp_path, ["mean"], PRESSWATCH_ALLOW_NETWORKS=allowed(webs), MEAN="1")
    assert "Mended" in run("articles").output
    refused = run("quarantine", "retry", "https://nowhere.example/\x1b[31m")
    assert refused.exit_code == 1
    assert "\x1b" not in refused.output
    assert "quarantine list" in refused.output


def test_a_sitemap_of_an_index_is_held_alone_and_the_others_are_read(
    webs: dict[int, HostileOutlet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Fails without `held_of` or with no `part_deaths`: the sitemap is then asked for each time."""
    monkeypatch.setenv("PRESSWATCH_DATA_DIR", str(tmp_path))
    web = webs[2]
    parts = "".join(f"<sitemap><loc>{web.base}/{name}.xml</loc></sitemap>" for name in ("mean", "good"))
    web.routes |= {
        "/sitemap.xml": answer(200, f"<sitemapindex>{parts}</sitemapindex>".encode(), "application/xml"),
        "/mean.xml": answer(200, b"<urlset>PLEASE ABORT</urlset>", "application/xml"),
        "/good.xml": answer(
            200, f"<urlset><url><loc>{web.base}/one-1</loc></url></urlset>".encode(), "application/xml"
        ),
        "/one-1": article("One of the good one"),
    }
    load(tmp_path, [outlet_at(web, "mean", ["/sitemap.xml"])])
    for _ in range(3):  # two children die in each
        crawl(tmp_path, ["mean"], PRESSWATCH_ALLOW_NETWORKS=allowed(webs), MEAN="1")
    assert (web.times("/mean.xml"), web.times("/good.xml")) == (2, 3)
    assert f"source {web.base}/mean.xml of mean: 4 deaths" in run("quarantine", "list").output
    assert "One of the good one" in run("articles").output
