"""Thousands of published cross-site scripting payloads as whatever comes from outside, in a real browser: none runs.

They go in as headline, byline, text, section, tags, captions, addresses, errors and what is typed into forms, on every
page and into every feed. Of addresses and forms a sample is tried; `make soak` tries all.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import feedparser
import pytest
from lxml import etree
from playwright.sync_api import Page, sync_playwright

from crawler.replay.vocabulary import KEPT
from storage.records import Evidence, LiveEntry, Picture
from tests.pressroom import DOZEN, Pressroom
from tests.readingroom import FEED_TOKEN, PAGES, ReadingRoom, reading_room

ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PER_ARTICLE = 1000
ATTACK = "\"'><img src=x onerror=window.ran=1><script>window.ran=1</script><svg onload=window.ran=1>{{7*7}}"
#: Where what somebody typed, or put into a link, is shown again.
REFLECTING = (
    "/?q={}",
    "/authors?name={}",
    "/explain?url={}",
    "/watchlists/new?q={}",
    "/channels/new?watchlist={}",
    "/login?next={}",
    "/audit?who={}",
    "/outlets/{}",
    "/?within={}",
)
#: Elements that templates use; and those that hold nothing but text from outside.
FOREIGN = """() => {
  const known = new Set(`html head meta title link script body a header div nav main footer span h1 h2 h3 h4 p ul ol li
    dl dt dd time bdi small strong em b code pre kbd form label input select option textarea button table thead tbody tr
    th td caption details summary figure figcaption section article aside blockquote del ins mark br meter noscript
    fieldset legend datalist svg path rect text desc`.split(/\\s+/));
  const found = [];
  for (const element of document.querySelectorAll("*:not(iframe.replay)")) {
    if (!known.has(element.localName)) found.push(element.localName);
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name) || ["style", "srcdoc", "formaction", "ping"].includes(name)) found.push(name);
      if (["href", "src", "action"].includes(name) && /^[\\s\\u0000-\\u001f]*(javascript|data|vbscript|blob)/i.test(value)) found.push(value);
    }
    if (element.localName === "script" && !new URL(element.src).pathname.startsWith("/static/")) found.push("script");
  }
  const texts = "main .text > :not(p, details), .text p > :not(del, ins), h3 > a > :not(mark), .passage > :not(small, mark), mark > *, del > *, ins > *, blockquote > :not(del, ins), bdi > :not(bdi, time), .headline > :not(del, ins), .excerpt > :not(mark)";
  for (const element of document.querySelectorAll(texts)) found.push(element.outerHTML.slice(0, 80));
  return [...found, ...(window.violations || [])];
}"""
#: What an archived page may not hold: `style` is our own, checked by its hash.
FOREIGN_IN_REPLAY = """(kept) => {
  const known = new Set([...kept, "html", "head", "meta", "title", "style", "body", "main", "header"]), found = [];
  const names = ["dir", "lang", "colspan", "rowspan", "open", "class", "title", "datetime", "charset", "name", "content"];
  for (const element of document.querySelectorAll("*")) {
    if (!known.has(element.localName) || element.namespaceURI !== "http://www.w3.org/1999/xhtml") found.push(element.localName);
    for (const { name } of element.attributes) if (!names.includes(name)) found.push(name);
  }
  if (document.querySelectorAll("main style, main meta, main title").length) found.push("in main");
  return found;
}"""
WATCHED = (
    "document.addEventListener('securitypolicyviolation', (e) => (window.violations ??= []).push(e.violatedDirective))"
)
AS_HTML = """(html) => {
  const box = document.createElement("div");
  document.body.append(box);
  box.innerHTML = html;
  return [...box.querySelectorAll("*")].filter((e) => !["DIV", "P", "BR"].includes(e.tagName)).length;
}"""


@pytest.fixture(scope="module")
def payloads(shared: Path) -> list[str]:
    cases = (shared / "suites" / "xss" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line).get("payload") for line in cases]
    return [payload for payload in found if payload and payload.strip()]


def publish(room: Pressroom, payloads: Sequence[str], each: int) -> list[int]:
    """Articles made of payloads, each revised once, each with a copy at another outlet; their ids."""
    ids = []
    for at in range(0, len(payloads), each):
        own = [*payloads[at : at + each], *payloads[:12]]
        words = random.Random(at)
        text = " ".join("".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(160))
        piece = replace(
            DOZEN[1],
            url=f"https://gazette.example/attack/{at}?id={quote(own[0][:200], safe='')}",
            title=own[0],
            authors=(own[0], own[1]),
            credit=own[2],
            section=own[3],
            tags=(own[4], own[5]),
            lead_image=Picture(url=own[6], caption=own[7], credit=own[8]),
            entries=(LiveEntry(headline=own[9], text=own[10]),),
            evidence=(Evidence(field="title", rule="json-ld", value=own[0], lost=((own[1], own[2]),)),),
            body="\n\n".join([text, *own]),
            minutes_ago=50,
        )
        number = room.publish(piece)
        copy = replace(
            piece, outlet="ledger", url=f"https://ledger.example/attack/{at}", title=own[1], body=f"{own[1]} {text}"
        )
        room.publish(copy)
        room.revise(
            number, replace(piece, title=own[2], authors=(own[3],), body=f"{text}\n\n{' '.join(own)}", minutes_ago=40)
        )
        ids.append(number)
    return ids


@pytest.fixture
def browsed(chromium: str) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what ran in it or was asked of anybody else; `ran[0]` is where our own pages are."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS, timeout=60_000)
        page = browser.new_page()
        page.add_init_script(WATCHED)
        ran: list[str] = []
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        yield page, ran
        browser.close()


def look(page: Page, address: str, where: str) -> None:
    page.goto(address, wait_until="domcontentloaded")
    if address.endswith("/page"):
        assert page.evaluate(FOREIGN_IN_REPLAY, sorted(KEPT)) == [], where
    else:
        assert page.evaluate(FOREIGN) == [], where
    assert page.evaluate("window.ran") is None, where


def pages_of(ids: Sequence[int], captures: Sequence[int], stories: int, changes: int) -> Iterator[str]:
    """Every page: each of them once, those of the articles and lists to their ends."""
    yield from (target for route, target in PAGES.items() if route != "/api/docs")
    for number in ids:
        yield f"/articles/{number}"
        yield f"/articles/{number}/revisions/2"
    for number in captures:
        yield f"/captures/{number}"  # in its frame
        yield f"/captures/{number}/page"
    yield from (f"/stories/{number}" for number in range(1, stories + 1))
    yield from (f"/?before={before}&past=1" for before in range(max(ids) + 2, min(ids), -40))
    yield from (f"/stories?before={before}" for before in range(stories + 1, 1, -40))
    yield from (f"/changes?before={before}" for before in range(changes + 1, 1, -50))
    yield from (f"/outlets/{key}/articles" for key in ("gazette", "ledger"))


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("each", [PER_ARTICLE, pytest.param(6, marks=[pytest.mark.soak, pytest.mark.timeout(3000)])])
def test_nothing_that_comes_from_outside_runs_on_any_page_or_in_any_feed(browsed, payloads, tmp_path, each):
    assert len(payloads) > 1000
    page, ran = browsed
    ids: list[int] = []
    with reading_room(tmp_path, ATTACK, lambda room: ids.extend(publish(room, payloads, each))) as room:
        page.on("request", lambda asked: None if asked.url.startswith(room.site.url) else ran.append(asked.url))
        stories = room.site.ask("/api/v1/stories?limit=1").json["items"][0]["id"]
        assert stories > len(ids) / 2, "articles have copies"
        changes = room.site.ask("/api/v1/changes?limit=1").json["items"][0]["id"]
        captures = [each.id for number in ids for each in room.room.library.article(number).captures]
        assert len(captures) > len(ids), "each article was captured again for its revision"
        for target in pages_of(ids, captures, stories, changes):
            look(page, room.address(target), target)
        assert ran == []
        _read_feeds(page, room, payloads)
        assert ran == []


def _read_feeds(page: Page, room: ReadingRoom, payloads: Sequence[str]) -> None:
    page.goto("about:blank")  # no policy of ours: a reader of feeds that trusts them
    author = quote(payloads[0], safe="")
    names = ["latest", f"watchlists/{FEED_TOKEN}", f"saved/{FEED_TOKEN}", "changes", "authors"]
    for name in names:
        for form in ("json", "atom", "rss"):
            query = f"?limit=100{f'&name={author}' if name == 'authors' else ''}"
            answer = room.site.ask(f"/feeds/{name}.{form}{query}")
            assert answer.status == 200, name
            shown = list(_shown_by(form, answer.body))
            assert shown, (name, form)
            for html in shown:
                assert page.evaluate(AS_HTML, html) == 0, (name, form, html[:200])


def _shown_by(form: str, body: bytes) -> Iterator[str]:
    """What a reader of feeds puts into its page as HTML; its links lead to the web alone."""
    if form == "json":
        for item in json.loads(body)["items"]:
            assert item["url"].startswith(("http://", "https://"))
            yield item.get("content_html", "")  # all else is plain text (JSON Feed 1.1)
        return
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    for link in root.xpath("//*[local-name()='link']"):
        assert (link.get("href") or link.text or "").startswith(("http://", "https://"))
    for entry in feedparser.parse(body, sanitize_html=False).entries:
        yield from (each.value for each in entry.get("content", ()) if each.type != "text/plain")
        if entry.get("summary_detail", {}).get("type", "text/plain") != "text/plain":
            yield entry.summary
        if form == "rss":
            yield entry.title  # many readers take it for HTML


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("every", [1499, pytest.param(1, marks=[pytest.mark.soak, pytest.mark.timeout(6000)])])
def test_nothing_that_is_typed_or_linked_runs(browsed, payloads, tmp_path, every):
    page, ran = browsed
    with reading_room(tmp_path) as room:
        page.on("request", lambda asked: None if asked.url.startswith(room.site.url) else ran.append(asked.url))
        for payload in [ATTACK, *payloads[::every]]:
            for target in REFLECTING:
                look(page, room.site.url + target.format(quote(payload[:400], safe="")), target + payload)
        assert ran == []
