"""Whatever the bytes, `discover` answers; whatever the kind, a body is read as what it is."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.discovery.read import discover
from storage.records import Outlet, SourceKind

OUTLET = Outlet(key="x", name="X", home_url="https://example.com/", timezone="Asia/Tehran")
RSS = b'<rss version="2.0"><channel><item><link>https://example.com/a-1</link><pubDate>Mon, 05 Jan 2026 10:20:30 GMT</pubDate></item></channel></rss>'
URLSET = b"<urlset><url><loc>https://example.com/a-1</loc><lastmod>2026-01-05</lastmod></url></urlset>"
JSON_FEED = b'{"version":"https://jsonfeed.org/version/1.1","items":[{"url":"https://example.com/a-1","date_published":"2026"}]}'
HTML = b'<!doctype html><html><a href="https://example.com/a-1">The first of all the news</a></html>'


def read(kind, body, content_type=None):
    return discover(kind, body, url="https://example.com/source", content_type=content_type, outlet=OUTLET)


BODIES = {"RSS": RSS, "a sitemap": URLSET, "JSON Feed": JSON_FEED, "a list of URLs": b"https://example.com/a-1\n"}


@pytest.mark.parametrize("kind", SourceKind)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_is_read_as_what_it_is(kind, body):
    for sent in (body, gzip.compress(body), b"\xef\xbb\xbf" + body, b"\n" + body):
        assert [candidate.url for candidate in read(kind, sent).candidates] == ["https://example.com/a-1"]


def test_an_html_page_is_read_as_a_listing_only():
    page = HTML.replace(b"/a-1", b"/news/123456")
    assert len(read(SourceKind.LISTING, page).candidates) == 1
    for kind in (SourceKind.FEED, SourceKind.SITEMAP, SourceKind.HUB):
        assert "HTML" in read(kind, page).problem


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([RSS, URLSET, JSON_FEED, HTML, gzip.compress(RSS), RSS.decode().encode("utf-16")]),
        st.sampled_from(
            b"<rss> <channel> <item> </item> <entry> <link> </link> <![CDATA[ ]]> <!DOCTYPE <!ENTITY &#x0; &#xD800; &amp; &nbsp; <a <url> "
            b"<loc> </loc> </url> <urlset> <sitemapindex> <sitemap> <html> <base <?xml version='1.0' encoding='utf-7'?> \x00 \xff\xfe "
            b"\x1f\x8b\x08 {\"items\":[ ]} <guid> <pubDate>99999-99-99T99:99:99 <dc:creator xmlns:x='y' href='http://[' xml:base='//['".split(b" ")
        ),
    ),
    max_size=12,
)  # fmt: skip
CONTENT_TYPES = st.one_of(
    st.none(), st.text(max_size=20), st.sampled_from(["text/xml; charset=utf-16", "text/html; charset=x", "a;charset=idna"])
)  # fmt: skip


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SourceKind), PIECES, CONTENT_TYPES)
def test_no_bytes_make_it_raise(kind, pieces, content_type):
    found = read(kind, b"".join(pieces), content_type)
    keys = [candidate.key for candidate in found.candidates]
    assert len(keys) == len(set(keys))
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert found.newest is None or found.newest.tzinfo is not None


HEAVY = {
    "document types that never end": b"<!DOCTYPE " * 7_000 + b"<rss>",
    "comments that never end": b"<!--" * 16_000 + b"<rss>",
    "guids full of blanks": b"<rss><channel><item><guid>" + b" " * 2_000_000,
    "a root of sixty thousand letters": b"<" + b"a" * 60_000 + b"<rss>",
    "two hundred thousand entries": b"<rss><channel>" + b"<item><link>/a-1</link></item>" * 200_000 + b"</channel></rss>",
    "two hundred thousand links": b'<html><a href="/news/123456">x</a>' + b'<a href="/news/123456">x</a>' * 200_000,
    "tags of a great depth": b"<html>" + b"<div>" * 100_000,
}  # fmt: skip


@pytest.mark.timeout(10)
@pytest.mark.parametrize("kind", [SourceKind.FEED, SourceKind.LISTING])
@pytest.mark.parametrize("body", HEAVY.values(), ids=HEAVY.keys())
def test_a_heavy_body_is_answered_in_seconds(kind, body):
    assert len(read(kind, body).candidates) <= 1
