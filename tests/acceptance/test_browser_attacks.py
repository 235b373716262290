"""Thousands of published cross-site scripting payloads as an outlet's own words, in a real browser: none runs."""

from __future__ import annotations

import json
from dataclasses import replace

import feedparser
import pytest
from playwright.sync_api import sync_playwright

from control.settings import Settings
from control.watching import explainer_from, watcher_from
from tests.pressroom import DOZEN, NOW, pressroom
from tests.watching import WatchStore
from tests.webserver import serving

ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PER_ARTICLE = 40

MARKUP = "() => document.querySelectorAll('main .text > :not(p), main .text > p > *, h1 > *, h3 > a > *').length"
IN_PASSAGES = "() => document.querySelectorAll('.passage > :not(small, mark), mark > *').length"
TOKEN = "t" * 32
AS_HTML = """(html) => {
  const box = document.createElement("div");
  document.body.append(box);
  box.innerHTML = html;
  return [...box.querySelectorAll("*")].filter((e) => !["DIV", "P", "BR"].includes(e.tagName)).length;
}"""


@pytest.fixture(scope="module")
def payloads(shared) -> list[str]:
    cases = (shared / "suites" / "xss" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line).get("payload") for line in cases]
    return [payload for payload in found if payload and payload.strip()]


@pytest.mark.slow
def test_no_payload_becomes_markup(chromium, payloads, tmp_path):
    assert len(payloads) > 1000
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        store = WatchStore(room)
        store.watchlists.add(name="alert", query="alert* OR script* OR on* OR img", token=TOKEN, now=NOW)
        ids = [
            room.publish(
                replace(
                    DOZEN[1],
                    url=f"https://gazette.example/attack/{start}",
                    title=payloads[start],
                    authors=(payloads[start],),
                    credit=payloads[start],
                    body="\n\n".join(payloads[start : start + PER_ARTICLE]),
                )
            )
            for start in range(0, len(payloads), PER_ARTICLE)
        ]
        watcher = watcher_from(Settings(), store, lambda: NOW)
        while watcher.step():
            continue
        with serving(room, explainer=explainer_from(Settings(), store)) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGS, timeout=60_000)
            page = browser.new_page()
            ran: list[str] = []
            page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
            page.on("request", lambda request: None if request.url.startswith(site.url) else ran.append(request.url))
            for number in ids:
                page.goto(f"{site.url}/articles/{number}", wait_until="domcontentloaded")
                assert page.evaluate(MARKUP) == 0, number
            for before in range(ids[-1] + 1, ids[0], -40):
                page.goto(f"{site.url}/?before={before}", wait_until="domcontentloaded")
                assert page.evaluate(MARKUP) == 0, before
            for listed in ("/watchlists/1", "/watchlists/new?q=alert*+OR+script*"):
                page.goto(f"{site.url}{listed}", wait_until="domcontentloaded")
                assert page.evaluate(MARKUP) == 0, listed
                assert page.evaluate(IN_PASSAGES) == 0, listed
            assert ran == []

            page.goto("about:blank")  # no policy of ours: a reader of feeds that trusts them
            feeds = [site.ask(f"/feeds/latest.{form}?limit=200") for form in ("json", "atom", "rss")]
            watched = feedparser.parse(site.ask(f"/feeds/watchlists/{TOKEN}.atom").body, sanitize_html=False).entries
            assert watched
            for entry in watched:
                assert page.evaluate(AS_HTML, entry.content[0].value) == 0
            for item in feeds[0].json["items"]:
                assert page.evaluate(AS_HTML, item["content_html"]) == 0
            for entry in feedparser.parse(feeds[1].body, sanitize_html=False).entries:
                assert page.evaluate(AS_HTML, entry.content[0].value) == 0
            for entry in feedparser.parse(feeds[2].body, sanitize_html=False).entries:
                assert page.evaluate(AS_HTML, entry.title) == 0
                assert page.evaluate(AS_HTML, entry.summary) == 0
            assert ran == []
            browser.close()
