"""Real feeds and the test feeds of other parsers: each is read, and no entry's link is passed over."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import feedparser

from crawler.discovery.read import discover
from storage.records import Discovery, Outlet, SourceKind

OUTLET = Outlet(key="x", name="X", home_url="http://x.example/")
ONE_IN = 5  # of the feeds, chosen by their names: the whole set takes most of a minute
MAX_BYTES = 1_000_000
WITHOUT = {"DuplicateContentAtomFeed.xml"}  # a feed inside an HTML page: feedparser reads it, we call it a page


def bodies(shared: Path) -> Iterator[tuple[str, bytes]]:
    for line in (shared / "feeds" / "index.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        name = entry["file"]
        places = (shared / "feeds" / name, shared / "feeds" / entry["source"] / name)
        path = next((place for place in places if place.is_file()), None)
        if path is None or zlib.crc32(name.encode()) % ONE_IN or path.stat().st_size > MAX_BYTES:
            continue
        yield name, path.read_bytes()


def read(body: bytes) -> Discovery:
    return discover(SourceKind.FEED, body, url="http://x.example/feed", content_type=None, outlet=OUTLET)


def explicit_links(body: bytes) -> set[str]:
    """Links that feedparser found in link elements, not in guids."""
    entries = feedparser.parse(body, sanitize_html=False).entries
    return {
        entry["link"]
        for entry in entries
        if str(entry.get("link", "")).startswith("http")
        and any(link.get("rel") == "alternate" for link in entry.get("links", ()))
    }


def test_every_feed_is_read_and_no_link_is_passed_over(shared):
    slow, poor, count = [], [], 0
    for name, body in bodies(shared):
        begun = time.process_time()
        found = read(body)
        if time.process_time() - begun > 10:
            slow.append(name)
        wanted = explicit_links(body)
        if len(found.candidates) < 0.85 * len(wanted) and not any(name.endswith(known) for known in WITHOUT):
            poor.append((name, len(wanted), len(found.candidates), found.problem))
        count += 1
    assert count > 50
    assert slow == []
    assert poor == []
