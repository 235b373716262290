"""Feeds of all kinds become candidates with honest hints."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from crawler.discovery.feeds import MAX_ENTRIES, read_feed
from storage.records import Outlet, Precision, Reason, Zone

OUTLET = Outlet(key="x", name="X", home_url="https://example.com/", exclude=(r"/sport/",))
IN_JERUSALEM = Outlet(key="x", name="X", home_url="https://example.com/", timezone="Asia/Jerusalem")


def read(body, outlet=OUTLET, content_type="application/rss+xml"):
    if isinstance(body, str):
        body = body.encode()
    return read_feed(body, url="https://example.com/feeds/all.xml", content_type=content_type, outlet=outlet)


def rss(*items, channel=""):
    joined = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>All news</title>'
        f"{channel}{joined}</channel></rss>"
    )


def only(found):
    assert found.problem is None
    assert len(found.candidates) == 1
    return found.candidates[0]


def test_an_rss_entry_with_all_its_hints():
    found = read(
        rss(
            "<title>Iran &amp;amp; Israel: &lt;b&gt;talks&lt;/b&gt;</title><link>https://example.com/a-1?utm_source=rss</link>"
            "<dc:creator>Anna Ahronheim</dc:creator><pubDate>Mon, 05 Jan 2026 10:20:30 +0200</pubDate>",
            channel="<language>en-us</language>",
        )
    )
    candidate = only(found)
    assert candidate.url == "https://example.com/a-1"
    assert candidate.found_url == "https://example.com/a-1?utm_source=rss"
    assert candidate.reason is None
    assert candidate.hints.title == "Iran & Israel: talks"
    assert candidate.hints.authors == ("Anna Ahronheim",)
    assert candidate.hints.language == "en"
    assert candidate.hints.published.at == datetime(2026, 1, 5, 8, 20, 30, tzinfo=UTC)
    assert candidate.hints.published.precision is Precision.SECOND
    assert candidate.hints.published.zone is Zone.STATED
    assert candidate.hints.modified is None
    assert found.title == "All news"
    assert found.newest == datetime(2026, 1, 5, 8, 20, 30, tzinfo=UTC)


ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fa"
xml:base="https://example.com/fa/"><title>خبرها</title><entry><title>خبر تازه</title>
<link rel="enclosure" href="https://example.com/a.mp3"/><link rel="alternate" type="text/html" href="a-1"/>
<id>tag:example.com,2026:1</id><published>2026-01-05T10:20:30Z</published><updated>2026-01-05T11:00:00Z</updated>
<author><name>نویسنده</name></author></entry></feed>"""


def test_an_atom_entry_with_a_relative_link():
    candidate = only(read(ATOM))
    assert candidate.url == "https://example.com/fa/a-1"
    assert candidate.hints.title == "خبر تازه"
    assert candidate.hints.authors == ("نویسنده",)
    assert candidate.hints.published.at == datetime(2026, 1, 5, 10, 20, 30, tzinfo=UTC)
    assert candidate.hints.modified.at == datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
    assert candidate.hints.language == "fa"


RSS_09 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>Old</title><link>https://example.com/</link></channel>
<item><title>First</title><link>https://example.com/a-1</link></item></rdf:RDF>"""
RSS_1 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://example.com/">
<title>Old</title></channel><item rdf:about="https://example.com/a-1"><title>First</title>
<link>https://example.com/a-1</link><dc:date>2026-01-05T10:20:30+01:00</dc:date></item></rdf:RDF>"""


@pytest.mark.parametrize("body", [RSS_09, RSS_1], ids=["RSS 0.90", "RSS 1.0"])
def test_old_rss(body):
    candidate = only(read(body))
    assert (candidate.url, candidate.hints.title) == ("https://example.com/a-1", "First")


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "All news",
    "language": "he",
    "authors": [{"name": "The desk"}],
    "items": [
        {"id": "1", "url": "/a-1", "title": "First", "date_published": "2026-01-05T10:20:30+02:00", "authors": [{"name": "Ann"}]},
        {"id": "https://example.com/a-2", "content_text": "Second"},
        {"id": "3", "external_url": "https://example.org/a-3"},
        {"id": "4"},
        "no item",
    ],
}  # fmt: skip


def test_a_json_feed():
    found = read(json.dumps(JSON_FEED), content_type="application/feed+json")
    first, second, third = found.candidates
    assert (first.url, first.hints.title, first.hints.authors) == ("https://example.com/a-1", "First", ("Ann",))
    assert first.hints.published.at == datetime(2026, 1, 5, 8, 20, 30, tzinfo=UTC)
    assert (second.url, second.hints.authors, second.hints.language) == ("https://example.com/a-2", ("The desk",), "he")
    assert third.reason is Reason.OFF_SITE
    assert found.title == "All news"


def test_a_json_feed_1_0_names_one_author():
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"url": "https://example.com/a-1", "author": {"name": "Ann"}}],
    }
    assert only(read(json.dumps(feed))).hints.authors == ("Ann",)


LINKS = {
    "FeedBurner's original link wins": (
        "<link>https://feeds.example.org/~r/1</link><feedburner:origLink>https://example.com/a-1</feedburner:origLink>",
        "https://example.com/a-1",
    ),
    "a guid that is a URL stands in for a link": ("<guid>https://example.com/a-1</guid>", "https://example.com/a-1"),
    "a link wins over a guid": (
        "<guid>https://example.com/?p=1</guid><link>https://example.com/a-1</link>",
        "https://example.com/a-1",
    ),
    "an enclosure is no article": ('<enclosure url="https://example.com/a.mp3" type="audio/mpeg" length="1"/>', None),
    "a guid that is a number is no link": ("<guid>12345</guid>", None),
    "a guid that says it is no permalink": ('<guid isPermaLink="false">https://example.com/x</guid>', None),
    "blanks around a link": ("<link>\n  https://example.com/a-1\n</link>", "https://example.com/a-1"),
}


@pytest.mark.parametrize(("item", "url"), LINKS.values(), ids=LINKS.keys())
def test_where_an_entry_leads(item, url):
    found = read(rss(f"<title>One</title>{item}"))
    assert [candidate.url for candidate in found.candidates] == ([url] if url else [])


def test_an_atom_entry_whose_id_stands_before_its_link_leads_where_the_link_says():
    entry = '<entry><id>urn:a</id><title>One</title><link href="https://example.com/a-1"/></entry>'
    found = read(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{entry}</feed>')
    assert only(found).url == "https://example.com/a-1"


REASONS = {
    "another site": ("https://example.org/a-1", Reason.OFF_SITE),
    "what the outlet's rules exclude": ("https://example.com/sport/a-1", Reason.EXCLUDED),
    "a script": ("javascript:alert(1)", Reason.BAD_URL),
    "a file": ("file:///etc/passwd", Reason.BAD_URL),
    "the home page": ("https://example.com/", Reason.NOT_AN_ARTICLE),
    "another address": ("http://127.0.0.1:6379/", Reason.OFF_SITE),
    "an article": ("https://example.com/a-1", None),
}


@pytest.mark.parametrize(("link", "reason"), REASONS.values(), ids=REASONS.keys())
def test_what_is_decided_at_once(link, reason):
    candidate = only(read(rss(f"<link>{link}</link>")))
    assert candidate.reason is reason
    assert bool(candidate.detail) is (reason is not None)


def test_credentials_in_a_link_are_not_kept():
    candidate = only(read(rss("<link>https://me:secret@example.com/a-1</link>")))
    assert "secret" not in repr(candidate)


def test_include_rules_leave_the_rest_out():
    outlet = Outlet(key="x", name="X", home_url="https://example.com/", include=(r"/article-\d+",))
    found = read(rss("<link>https://example.com/article-1</link>", "<link>https://example.com/video</link>"), outlet)
    assert [candidate.reason for candidate in found.candidates] == [None, Reason.EXCLUDED]


def test_variants_in_one_feed_collapse_and_hints_are_merged():
    found = read(
        rss(
            "<link>https://example.com/a-1?utm_source=rss</link><title>First</title>",
            "<link>http://www.example.com/a-1/</link><title>Other</title><pubDate>Mon, 05 Jan 2026 10:20:30 GMT</pubDate>",
        )
    )
    candidate = only(found)
    assert candidate.hints.title == "First"
    assert candidate.hints.published.at == datetime(2026, 1, 5, 10, 20, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_read_in_the_outlets_zone():
    moment = only(read(rss("<link>/a-1</link><pubDate>2026-07-05 10:20:30</pubDate>"), IN_JERUSALEM)).hints.published
    assert (moment.at, moment.zone) == (datetime(2026, 7, 5, 7, 20, 30, tzinfo=UTC), Zone.OUTLET)


def test_a_time_without_any_zone_tells_the_day_only():
    moment = only(read(rss("<link>/a-1</link><pubDate>2026-07-05 10:20:30</pubDate>"))).hints.published
    assert (moment.at, moment.precision, moment.zone) == (datetime(2026, 7, 5, tzinfo=UTC), Precision.DAY, Zone.NONE)


PROBLEMS = {
    "nothing": (b"", "empty"),
    "blanks": (b" \r\n", "empty"),
    "an HTML page": (b"<!DOCTYPE html><html><body>Not found</body></html>", "HTML"),
    "JSON of another kind": (b'{"error": 404}', "no JSON Feed"),
    "broken JSON": (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', "JSON"),
    "JSON of a great depth": (b"[" * 100_000, "JSON"),
    "text": (b"Service unavailable", "neither"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0", "neither"),
    "a broken feed without entries": (b"<rss><channel><title>x</title><", "no entry"),
    "a sitemap": (b"<urlset></urlset>", "sitemap"),
}


@pytest.mark.parametrize(("body", "word"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_what_is_no_feed_is_a_problem(body, word):
    found = read(body, content_type=None)
    assert word in found.problem
    assert found.candidates == ()


def test_a_feed_that_breaks_off_still_gives_what_came_before():
    body = rss("<link>https://example.com/a-1</link>", "<link>https://example.com/a-2</link>")
    found = read(body[: body.index("a-2")])
    assert found.candidates[0].url == "https://example.com/a-1"
    assert "before its closing tag" in found.truncated


def test_an_unescaped_ampersand_costs_nothing():
    found = read(rss("<title>A & B</title><link>https://example.com/a?id=1&x=2</link>"))
    assert only(found).url == "https://example.com/a?id=1&x=2"
    assert found.truncated is None


def test_an_empty_feed_is_no_problem():
    found = read(rss())
    assert (found.problem, found.candidates, found.title) == (None, (), "All news")


@pytest.mark.parametrize("count", [MAX_ENTRIES, MAX_ENTRIES + 1])
def test_a_feed_of_too_many_entries_is_cut(count):
    found = read(rss(*(f"<link>https://example.com/a-{number}</link>" for number in range(count))))
    assert len(found.candidates) == MAX_ENTRIES
    assert bool(found.truncated) is (count > MAX_ENTRIES)


def test_an_entity_bomb_is_not_expanded():
    body = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c SYSTEM "file:///etc/passwd">]>'
        + rss("<link>https://example.com/a-1</link><title>&b;&c;</title>")[21:]
    )
    title = only(read(body)).hints.title or ""
    assert "root:" not in title
    assert len(title) < 100


@pytest.mark.shared
def test_real_feeds_are_read(shared):
    """Every tenth of the feeds of others, in the order of their names, each in less than ten seconds."""
    files = sorted(path for path in (shared / "feeds").rglob("*") if path.is_file() and path.suffix != ".py")
    for path in files[::10]:
        body = path.read_bytes()
        started = time.perf_counter()
        read(body, content_type=None)
        assert time.perf_counter() - started < 10, path


@pytest.mark.shared
def test_feeds_of_newsrooms_list_their_articles(shared):
    """Every fifth newsroom feed gives dated, titled candidates."""
    candidates = []
    for path in sorted((shared / "feeds" / "news_raw").iterdir())[::5]:
        found = read(path.read_bytes(), content_type=None)
        assert found.problem is None, path
        candidates += found.candidates
    assert len(candidates) > 500
    assert sum(candidate.hints.title is not None for candidate in candidates) >= 0.99 * len(candidates)
    assert sum(candidate.hints.published is not None for candidate in candidates) >= 0.9 * len(candidates)
