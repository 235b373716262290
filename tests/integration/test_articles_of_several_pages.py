"""Articles in several pages, on a loopback outlet and by the real command: joined, each page kept, asked for politely."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.integration.smalloutlet import SmallOutlet
from tests.integration.smallweb import SmallWeb, html, rss, small_web

STORY = "/2026/talks-go-on-in-geneva"
WORDS = "The minister said on {} that the talks would go on, although neither side expected much of them at all. "
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday")
BIO = "<p>The talks began in March and have been broken off twice since then by one of the two sides.</p>"


def leaf(number: int, total: int, *, head: str = "", more: str = "", address: str = STORY) -> tuple[int, str, str]:
    """One page of an article, which repeats a paragraph of the others and links to all of them."""
    links = " ".join(
        f"<span>{n}</span>" if n == number else f"<a href='{address if n == 1 else f'{address}/{n}/'}'>{n}</a>"
        for n in range(1, total + 1)
    )
    text = "".join(
        f"<p>{part} {WORDS.format(DAYS[number - 1])}{WORDS.format(DAYS[number - 1])}</p>"
        for part in ("First:", "Then:")
    )
    body = f"<article><h1>Talks go on in Geneva</h1>{text}{BIO}{more}</article><div class='page-links'>Pages: {links}</div>"
    return html(body, f"<title>Talks go on in Geneva</title>{head}")


@pytest.fixture
def web():
    with small_web("127.0.0.47", {"/feed": rss(STORY)}) as web:
        yield web


def outlet(folder: Path, web: SmallWeb, **environment: str) -> SmallOutlet:
    return SmallOutlet(folder, web.base, **environment)


def shown(small: SmallOutlet, address: str) -> dict:
    return json.loads(small.run("show", address, "--json"))


def days(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"said on (\w+)", text)))


@pytest.mark.timeout(180)
def test_pages_are_joined_in_order_each_asked_for_once_and_kept(tmp_path: Path, web: SmallWeb):
    web.pages |= {STORY: leaf(1, 3), f"{STORY}/2/": leaf(2, 3), f"{STORY}/3/": leaf(3, 3)}
    web.pages["/feed"] = rss(STORY, f"{STORY}/2/")
    web.pages[f"{STORY}/2/"] = leaf(2, 3, head=f"<link rel=canonical href='{STORY}'>")
    small = outlet(tmp_path, web)
    ends = small.crawl()
    assert ends.get("stored") == 1
    assert sum(ends.values()) == 2
    article = shown(small, web.base + STORY)
    [revision] = article["revisions"]
    assert days(revision["body"]) == ["Monday", "Tuesday", "Wednesday"]
    assert revision["body"].count("The talks began in March") == 1
    assert "Pages:" not in revision["body"]
    assert "partial" not in revision["marks"]
    [told] = [evidence for evidence in revision["evidence"] if evidence["field"] == "pages"]
    assert told["value"] == "3 pages"
    kept = {capture["final_url"].removeprefix(web.base) for capture in article["captures"]}
    assert {STORY, f"{STORY}/2/", f"{STORY}/3/"} <= kept
    assert web.asked.count(f"{STORY}/3/") == 1
    with sqlite3.connect(tmp_path / "data" / "presswatch.sqlite3") as store:
        assert store.execute("SELECT count(*) FROM articles").fetchone() == (1,)


@pytest.mark.timeout(180)
def test_a_page_that_fails_leaves_the_article_partial_with_its_reason(tmp_path: Path, web: SmallWeb):
    web.pages |= {STORY: leaf(1, 3), f"{STORY}/2/": leaf(2, 3), f"{STORY}/3/": (404, "text/plain", "gone")}
    small = outlet(tmp_path, web)
    assert small.crawl() == {"stored": 1}
    [revision] = shown(small, web.base + STORY)["revisions"]
    assert days(revision["body"]) == ["Monday", "Tuesday"]
    assert "partial" in revision["marks"]
    assert ["not read", "page 3: answered 404"] in [
        lost for e in revision["evidence"] if e["field"] == "pages" for lost in e["lost"]
    ]


@pytest.mark.timeout(180)
def test_robots_hold_for_further_pages_too(tmp_path: Path, web: SmallWeb):
    web.pages |= {
        STORY: leaf(1, 2),
        f"{STORY}/2/": leaf(2, 2),
        "/robots.txt": (200, "text/plain", f"User-agent: *\nDisallow: {STORY}/2"),
    }
    small = outlet(tmp_path, web)
    assert small.crawl() == {"stored": 1}
    assert f"{STORY}/2/" not in web.asked
    assert "partial" in shown(small, web.base + STORY)["revisions"][0]["marks"]


@pytest.mark.timeout(180)
def test_a_later_page_alone_becomes_the_article_it_is_of(tmp_path: Path, web: SmallWeb):
    head = f"<link rel=canonical href='{{base}}{STORY}'>"
    web.pages |= {"/feed": rss(f"{STORY}/2/"), STORY: leaf(1, 2), f"{STORY}/2/": leaf(2, 2, head=head)}
    small = outlet(tmp_path, web)
    assert small.crawl() == {"stored": 1}
    article = shown(small, web.base + STORY)
    assert article["summary"]["url"] == web.base + STORY
    assert days(article["revisions"][0]["body"]) == ["Monday", "Tuesday"]
    assert (web.asked.count(STORY), web.asked.count(f"{STORY}/2/")) == (1, 1)


@pytest.mark.timeout(180)
def test_a_page_that_shows_all_is_read_instead_of_the_others(tmp_path: Path, web: SmallWeb):
    whole = html(
        "<article><h1>Talks go on in Geneva</h1>"
        + "".join(f"<p>{WORDS.format(day) * 2}</p>" for day in DAYS)
        + "</article>"
    )
    link = f"<p><a href='{STORY}?page=all'>View as a single page</a></p>"
    web.pages |= {STORY: leaf(1, 4, more=link), f"{STORY}/2/": leaf(2, 4), f"{STORY}?page=all": whole}
    small = outlet(tmp_path, web)
    assert small.crawl() == {"stored": 1}
    assert days(shown(small, web.base + STORY)["revisions"][0]["body"]) == list(DAYS)
    assert f"{STORY}/2/" not in web.asked


@pytest.mark.timeout(180)
def test_circles_other_hosts_and_pages_that_repeat_end_it(tmp_path: Path, web: SmallWeb):
    more = "<p><a href='http://127.0.0.48/2026/talks-go-on-in-geneva/3/'>3</a></p>"
    web.pages |= {STORY: leaf(1, 2, more=more), f"{STORY}/2/": (302, STORY, "")}
    small = outlet(tmp_path, web)
    assert small.crawl() == {"stored": 1}
    [revision] = shown(small, web.base + STORY)["revisions"]
    assert days(revision["body"]) == ["Monday"]
    assert "partial" not in revision["marks"]
    assert web.asked.count(STORY) == 1


@pytest.mark.timeout(180)
def test_the_command_joins_pages_too(tmp_path: Path, web: SmallWeb):
    web.pages |= {STORY: leaf(1, 2), f"{STORY}/2/": leaf(2, 2)}
    told = outlet(tmp_path, web).run("extract", web.base + STORY)
    assert days(told) == ["Monday", "Tuesday"]
    assert "pages: '2 pages' from links to its pages" in told
