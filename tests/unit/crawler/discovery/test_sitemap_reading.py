"""Sitemaps of all kinds, streamed, and only what may be new."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime

import pytest

from crawler.discovery.sitemaps import read_sitemap
from storage.records import Outlet, Precision, Reason

OUTLET = Outlet(key="x", name="X", home_url="https://www.example.com/")
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def read(body, since=None, limit=50_000, outlet=OUTLET):
    if isinstance(body, str):
        body = body.encode()
    return read_sitemap(body, url="https://www.example.com/sitemap.xml", outlet=outlet, since=since, limit=limit)


def urlset(*entries):
    joined = "".join(f"<url>{entry}</url>" for entry in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}" xmlns:news="{NEWS}">{joined}</urlset>'


def entry(number, lastmod=None):
    return f"<loc>https://www.example.com/a-{number}</loc>" + (f"<lastmod>{lastmod}</lastmod>" if lastmod else "")


def urls(found):
    assert found.problem is None
    return [candidate.url.rpartition("/")[2] for candidate in found.candidates]


def test_a_news_sitemap_gives_hints():
    body = urlset(
        "<loc>https://www.example.com/a-1?id=5&amp;utm_source=sitemap</loc><lastmod>2026-01-06</lastmod>"
        "<news:news><news:publication><news:name>X</news:name><news:language>en</news:language></news:publication>"
        "<news:publication_date>2026-01-05T10:20:30+02:00</news:publication_date>"
        "<news:title>Iran &amp; Israel: <![CDATA[talks]]></news:title></news:news>"
        '<image:image xmlns:image="x"><image:loc>https://www.example.com/a.jpg</image:loc>'
        "<image:title>A picture</image:title></image:image>"
    )
    found = read(body)
    (candidate,) = found.candidates
    assert candidate.url == "https://www.example.com/a-1?id=5"
    assert candidate.hints.title == "Iran & Israel: talks"
    assert candidate.hints.language == "en"
    assert candidate.hints.published.at == datetime(2026, 1, 5, 8, 20, 30, tzinfo=UTC)
    assert candidate.hints.modified.precision is Precision.DAY
    assert found.newest == datetime(2026, 1, 6, tzinfo=UTC)


def test_prefixes_are_free():
    body = (
        f'<s:urlset xmlns:s="{SITEMAP}" xmlns:n="{NEWS}"><s:url><s:loc>https://www.example.com/a-1</s:loc>'
        "<n:news><n:title>First</n:title></n:news></s:url></s:urlset>"
    )
    (candidate,) = read(body).candidates
    assert candidate.hints.title == "First"


def test_only_entries_that_may_be_new_are_listed():
    since = datetime(2026, 1, 5, 12, tzinfo=UTC)
    body = urlset(
        entry(1, "2026-01-05T11:59:59Z"),
        entry(2, "2026-01-05T12:00:01Z"),
        entry(3),
        entry(4, "2026-01-04"),
        entry(5, "2026-01-05"),  # the day is known, not the hour
        entry(6, "not a date"),
        entry(7, "2026-01-05T12:00:00Z"),
    )
    found = read(body, since)
    assert urls(found) == ["a-2", "a-3", "a-5", "a-6"]
    assert found.newest == datetime(2026, 1, 5, 12, 0, 1, tzinfo=UTC)


def test_a_new_lastmod_of_an_old_publication_counts():
    old = "<news:news><news:publication_date>2025-01-01</news:publication_date></news:news>"
    body = urlset(entry(1, "2026-01-06T00:00:00Z") + old)
    assert urls(read(body, datetime(2026, 1, 5, tzinfo=UTC))) == ["a-1"]


INDEX = f"""<sitemapindex xmlns="{SITEMAP}">
<sitemap><loc>https://www.example.com/undated.xml</loc></sitemap>
<sitemap><loc>https://www.example.com/old.xml</loc><lastmod>2025-01-01T00:00:00Z</lastmod></sitemap>
<sitemap><loc>/newer.xml.gz?page=2&amp;x=1</loc><lastmod>2026-01-06T00:00:00Z</lastmod></sitemap>
<sitemap><loc>https://www.example.com/newest.xml</loc><lastmod>2026-01-07T00:00:00Z</lastmod></sitemap>
<sitemap><loc>https://www.example.com/newest.xml</loc><lastmod>2026-01-07T00:00:00Z</lastmod></sitemap>
<sitemap><loc>https://other.example.org/theirs.xml</loc></sitemap>
<sitemap><loc>file:///etc/passwd</loc></sitemap>
</sitemapindex>"""


def test_an_index_names_its_new_sitemaps_newest_first():
    found = read(INDEX, datetime(2026, 1, 5, tzinfo=UTC))
    assert [child.url for child in found.sitemaps] == [
        "https://www.example.com/newest.xml",
        "https://www.example.com/newer.xml.gz?page=2&x=1",
        "https://www.example.com/undated.xml",
    ]
    assert found.candidates == ()


def test_a_list_of_urls_is_a_sitemap():
    body = "\ufeffhttps://www.example.com/a-1\r\n\r\nhttps://www.example.com/a-2\nnonsense\nhttps://example.org/a-3"
    found = read(body)
    reasons = [candidate.reason for candidate in found.candidates]
    assert reasons == [None, None, None, Reason.OFF_SITE]  # a relative one is joined, as everywhere


def test_a_sitemap_that_inflates_more_than_500_times_is_cut_long_before_its_cap():
    body = gzip.compress(b"<urlset>" + b" " * 20_000_000)
    assert read(body).problem == f"grows past {500 * len(body)} bytes"


def test_gzip_is_told_by_its_first_bytes():
    assert urls(read(gzip.compress(urlset(entry(1)).encode()))) == ["a-1"]


def test_a_bomb_is_a_problem_and_takes_no_memory():
    body = gzip.compress(b"<urlset>" + b" " * 120_000_000)
    tracemalloc.start()
    found = read(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "52428800" in found.problem
    assert peak < 4_000_000


def test_fifty_thousand_urls_take_little_memory_when_most_are_known():
    body = gzip.compress(urlset(*(entry(number, f"2026-01-{number % 28 + 1:02}") for number in range(50_000))).encode())
    tracemalloc.start()
    found = read(body, datetime(2026, 1, 28, tzinfo=UTC))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.candidates) == 1_785
    assert peak < 8_000_000


def test_the_limit_is_told():
    found = read(urlset(*map(entry, range(5))), limit=3)
    assert urls(found) == ["a-0", "a-1", "a-2"]
    assert "3" in found.truncated


def test_damaged_xml_gives_what_came_before():
    body = urlset(entry(1), entry(2), entry(3))
    found = read(body[: body.index("a-3")])
    assert urls(found) == ["a-1", "a-2"]
    assert "damaged" in found.truncated


def test_damaged_gzip_gives_what_came_before():
    body = gzip.compress(urlset(*map(entry, range(20_000))).encode())
    found = read(body[: len(body) // 2])
    assert 1_000 < len(found.candidates) < 20_000
    assert "gzip" in found.truncated


PROBLEMS = {
    "nothing": (b"", "empty"),
    "an HTML page": (b"<!doctype html><title>404</title>", "HTML"),
    "a feed": (b'<rss version="2.0"></rss>', "feed"),
    "text": (b"Service unavailable", "neither"),
    "damage before the first entry": (b"<urlset><url><loc>https://www.exa", "damaged"),
    "an unknown encoding": (b'<?xml version="1.0" encoding="x-none"?><urlset/>', "unknown encoding"),
    "a document type": (
        b'<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>',
        "document type",
    ),
}


@pytest.mark.parametrize(("body", "word"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_what_cannot_be_read_is_a_problem(body, word):
    found = read(body)
    assert word in found.problem
    assert found.candidates == ()


def test_an_empty_sitemap_is_no_problem():
    assert read(urlset()).problem is None


def test_blanks_before_the_declaration_are_forgiven():
    assert urls(read("\n\n" + urlset(entry(1)))) == ["a-1"]


@pytest.mark.shared
def test_xml_bombs_are_not_expanded(shared):
    for path in sorted((shared / "suites" / "xml-bombs").rglob("*")):
        if path.is_file():
            found = read(path.read_bytes())
            assert len(found.candidates) < 1_000
