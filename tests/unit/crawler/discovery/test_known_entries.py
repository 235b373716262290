"""What a feed listed before is not read again, and what is read comes out as if the whole had been."""

from __future__ import annotations

import json
from pathlib import Path

import feedparser
import pytest

from crawler.discovery import feeds
from crawler.discovery.entries import Marks, split
from crawler.discovery.feeds import read_feed
from storage.records import Discovery, Outlet

OUTLET = Outlet(key="gazette", name="Gazette", home_url="https://gazette.example/", timezone="Asia/Beirut")
URL = "https://gazette.example/feed"


def feed(*numbers: int, head: str = "", tail: str = "", text: str = "<b>word</b>") -> bytes:
    items = "\n".join(
        f"<item><title>Story {n}</title><link>https://gazette.example/story-{n}</link>"
        f"<description><![CDATA[{text} {n}]]></description>"
        f"<pubDate>Wed, 11 Mar 2026 12:{n % 60:02}:00 GMT</pubDate></item>"
        for n in numbers
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>G</title>{head}{items}{tail}</channel></rss>'.encode()
    )


def read(body: bytes, marks: bytes | None = None, url: str = URL) -> Discovery:
    return read_feed(body, url=url, content_type=None, outlet=OUTLET, marks=marks)


@pytest.fixture
def parses(monkeypatch) -> list[int]:
    """How many bytes feedparser was given, each time."""
    given: list[int] = []

    def count(stream, **options):
        given.append(len(stream.getvalue()))
        return feedparser_parse(stream, **options)

    feedparser_parse = feedparser.parse
    monkeypatch.setattr(feeds.feedparser, "parse", count)
    return given


def test_the_same_items_under_a_new_date_are_not_parsed(parses):
    first = read(feed(1, 2, 3, head="<lastBuildDate>a</lastBuildDate>"))
    again = read(feed(1, 2, 3, head="<lastBuildDate>b</lastBuildDate>"), first.marks)
    assert len(parses) == 1
    assert again.candidates == ()
    assert again.known == tuple(found.key for found in first.candidates)
    assert again.marks == first.marks


def test_only_new_items_are_parsed_and_come_out_the_same(parses):
    first = read(feed(*range(1, 40)))
    second = read(feed(*range(3, 42)), first.marks)
    whole = read(feed(*range(3, 42)))
    assert parses[1] < parses[0] / 8
    assert second.candidates == tuple(found for found in whole.candidates if found.key not in second.known)
    assert len(second.candidates) == 2
    assert second.marks == whole.marks


def test_an_item_that_changed_is_read_again(parses):
    first = read(feed(1, 2, 3))
    second = read(feed(1, 2, 3).replace(b"Story 2", b"Story 2, corrected"), first.marks)
    assert [found.hints.title for found in second.candidates] == ["Story 2, corrected"]


def test_a_new_address_of_the_feed_or_another_root_reads_all_again():
    first = read(feed(1, 2, 3))
    assert len(read(feed(1, 2, 3), first.marks, "https://gazette.example/other").candidates) == 3
    based = feed(1, 2, 3).replace(b'version="2.0"', b'version="2.0" xml:base="https://gazette.example/x/"')
    assert len(read(based, first.marks).candidates) == 3


REFUSED = {
    "an item in the text of another": feed(1, 2, text="</item><item>"),
    "an item in a comment": feed(1, 2, head="<!-- <item>x</item> -->"),
    "an item that does not end": feed(1, 2).replace(b"</item>", b"", 1),
    "words between items": feed(1, 2).replace(b"</item>\n", b"</item>stray\n"),
    "entities of its own": b'<!DOCTYPE rss [<!ENTITY a "b">]>' + feed(1, 2),
    "no items": feed(),
    "items and entries": feed(1).replace(b"</channel>", b"<entry></entry></channel>"),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_a_scan_cannot_tell_is_left_to_the_parser(body):
    assert split(body) is None
    assert read(body).marks is None


def test_a_damaged_feed_is_read_whole_each_time(parses):
    damaged = feed(1, 2, 3).replace(b"<b>", b"<b>").replace(b"Story 2", b"Story & 2 <br>")
    first = read(damaged)
    assert first.marks is None
    assert [found.key for found in read(damaged, first.marks).candidates] == [found.key for found in first.candidates]


def test_a_damaged_new_item_has_the_whole_read():
    first = read(feed(1, 2, 3))
    body = feed(4, 1, 2, 3).replace(b"Story 4", b"Story & 4 <br>")
    assert read(body, first.marks).candidates == read(body).candidates


@pytest.mark.parametrize("marks", [b"", b"x", b"x" * 23, b"x" * 24, b"\xff" * 4096])
def test_marks_that_make_no_sense_are_none(marks):
    assert len(read(feed(1, 2), marks).candidates) == 2


@pytest.mark.shared
def test_all_real_feeds_give_with_marks_what_they_give_whole(shared: Path):
    index = (shared / "feeds" / "index.jsonl").read_text(encoding="utf-8").splitlines()
    told_apart = 0
    for row in map(json.loads, index):
        body = (shared / "feeds" / row["file"]).read_bytes()
        kind = {name.lower(): value for name, value in (row.get("headers") or {}).items()}.get("content-type")
        whole = read_feed(body, url=URL, content_type=kind, outlet=OUTLET)
        marks = Marks.unpack(whole.marks)
        if marks is None:
            continue
        told_apart += 1
        kept = dict(list(marks.keys.items())[::2])
        part = read_feed(
            body, url=URL, content_type=kind, outlet=OUTLET, marks=Marks(context=marks.context, keys=kept).pack()
        )
        everything = {found.key: found for found in whole.candidates}
        assert {found.key for found in part.candidates} | set(part.known) == set(everything), row["file"]
        merged = len(marks.keys) > len(everything)  # several entries of one article add to each other's hints
        assert merged or all(found == everything[found.key] for found in part.candidates), row["file"]
        assert part.marks == whole.marks, row["file"]
        assert (part.words, part.truncated, part.problem) == (whole.words, whole.truncated, whole.problem), row["file"]
        nothing = read_feed(body, url=URL, content_type=kind, outlet=OUTLET, marks=whole.marks)
        assert (nothing.candidates, set(nothing.known)) == ((), set(everything)), row["file"]
    assert told_apart > 100


def test_guids_that_change_each_time_bring_no_new_candidate():
    def with_guids(seed: int) -> bytes:
        return feed(1, 2, 3).replace(b"<title>Story", b"<guid>urn:%d</guid><title>Story" % seed)

    first = read(with_guids(1))
    second = read(with_guids(2), first.marks)
    assert {found.key for found in second.candidates} == {found.key for found in first.candidates}
