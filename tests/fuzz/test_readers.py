"""Whatever the bytes, our readers answer or raise what is theirs. `make fuzz` looks for long, other runs a little, seeded."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.read import discover
from crawler.discovery.urls import canonical_url, fetch_url, fingerprint, registrable_domain
from crawler.extract.article import extract_article
from crawler.fetch.retryafter import parse_retry_after
from crawler.fetch.rules import read_rules
from crawler.fetch.wire import BodyDamaged, BodyTooLarge, decode_body
from storage.records import Outlet, SourceKind

EXAMPLES = int(os.environ.get("PRESSWATCH_TEST_FUZZ_EXAMPLES", "60"))
IS_LONG = EXAMPLES > 1000
NOW = datetime(2026, 11, 22, tzinfo=UTC)
OUTLET = Outlet(key="x", name="X", home_url="https://example.com/", timezone="Asia/Beirut")

_XML = [
    *("<?xml version='1.0'?>", "<!DOCTYPE rss [<!ENTITY a 'b'>]>", "&a;", "&#0;", "&#xD800;", "<![CDATA[", "]]>", "<!--"),
    *("<rss version='2.0'>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>https://example.com/a</link>"),
    *("<pubDate>", "Mon, 99 Foo 99999 25:61:61 +9999", "</pubDate>", "<feed xmlns='http://www.w3.org/2005/Atom'>"),
    *("<entry>", "<link href='//[::1/'/>", "<updated>0000-00-00T99:99:99Z</updated>", "<author><name>", "</feed>"),
    *("<urlset>", "<url>", "<loc>", "https://example.com/x", "</loc>", "<lastmod>", "9999999-12-31", "<sitemapindex>"),
    *("<sitemap>", "<news:publication_date>", "\x00", "\ufeff", "\ud7ff", "\u202e", "</urlset>", "</rss>"),
]  # fmt: skip
_HTML = [
    *("<!doctype html>", "<html lang=x>", "<head>", "<title>", "</title>", "<base href='http://['>", "<article>", "<h1>"),
    *("<script type='application/ld+json'>", "</script>", '{"@type":"NewsArticle","headline":', '"datePublished":', "[", "{"),
    *("]", "}", ",", '"\\ud800"', "1e999", "null", '"@graph":[', '"author":', "<meta property=article:published_time content="),
    *("'9999-99-99T99:99:99+99:99'", "<time datetime='", "'>", "<p>By ", "A sentence of some words.", "</p>", "<a href='//['>"),
    *("<table>", "<td>", "<svg><", "&#x110000;", "\x00", "<template>", "<link rel=canonical href='http://[::'>", "<!--", "-->"),
]  # fmt: skip
_ROBOTS = [
    *("User-agent: *\n", "user-agent:presswatch\n", "Disallow: /", "Allow: ", "*", "$", "%", "%zz", "\n", "\r", "\x00"),
    *("Crawl-delay: ", "1e999", "nan", "-1", "Sitemap: ", "http://[", "Content-Signal: ai-train=", "#", "\ufeff"),
]  # fmt: skip
_URL = [
    *("http:", "https:", "//", "/", "\\", "@", ":", "[", "]", "::1", "127.0.0.1", "0x7f.1", "example.com", ".", "..", "%", "%2e"),
    *("?", "#", "&", "=", "utm_source=x", ";jsessionid=", "\u3002", "xn--", "\ufdd0", "\ud800", "\x00", " ", "\t", "user:pw"),
]  # fmt: skip


def pieces(words: list[str]) -> st.SearchStrategy[str]:
    """Texts of a format's own words in any order, with noise between them."""
    return st.lists(st.sampled_from(words) | st.text(max_size=6), max_size=60).map("".join)


def body(words: list[str]) -> st.SearchStrategy[bytes]:
    """Such texts as bytes, in one encoding or another, or no text at all."""
    encoded = st.tuples(pieces(words), st.sampled_from(["utf-8", "utf-16", "latin-1", "cp1256"]))
    return encoded.map(lambda pair: pair[0].encode(pair[1], "replace")) | st.binary(max_size=400)


def fuzzed(**given_by: st.SearchStrategy[Any]) -> Callable[[Any], Any]:
    """Seeded where it only takes a sample, so that a run is like the next; at random where it looks for long."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    bounds = settings(
        max_examples=EXAMPLES, deadline=None, derandomize=not IS_LONG, database=None, suppress_health_check=checks
    )
    return lambda test: pytest.mark.timeout(3600 if IS_LONG else 120)(bounds(given(**given_by)(test)))


@fuzzed(
    sent=body(_XML),
    kind=st.sampled_from(list(SourceKind)),
    content_type=st.none() | pieces(["text/xml", ";charset=", "utf-7"]),
)
def test_sources_are_read_without_an_exception(sent: bytes, kind: SourceKind, content_type: str | None):
    discover(kind, sent, url="https://example.com/feed", content_type=content_type, outlet=OUTLET, since=NOW)


@fuzzed(sent=body(_HTML), content_type=st.none() | pieces(["text/html", ";charset=", "utf-16", "x-user-defined"]))
def test_pages_are_read_without_an_exception_that_is_not_told(sent: bytes, content_type: str | None):
    read = extract_article(sent, url="https://example.com/a", content_type=content_type, outlet=OUTLET, now=NOW)
    assert "could not be read" not in (read.rejected or "")  # that is how an exception is told


@fuzzed(text=pieces(_ROBOTS))
def test_robots_txt_is_read_without_an_exception(text: str):
    rules = read_rules(text.encode("utf-8", "replace"), "Presswatch")
    rules.allows("https://example.com/a?b=c%zz")


@fuzzed(text=pieces(_URL), base=st.none() | st.just("https://example.com/a/b"))
def test_urls_are_read_or_refused(text: str, base: str | None):
    for form in (canonical_url, fetch_url):
        try:
            made = form(text, base=base)
        except BadUrl:
            continue
        assert made.startswith(("http://", "https://"))
        assert form(made) == made
        fingerprint(made)
    absolute_url(text, base=base)
    registrable_domain(text)


@fuzzed(sent=st.binary(max_size=300), coding=st.none() | pieces(["gzip", "br", "zstd", "deflate", ", ", "identity"]))
def test_bodies_are_decoded_or_refused(sent: bytes, coding: str | None):
    for start in (b"", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"\x78\x9c"):
        try:
            assert len(decode_body(start + sent, coding, 10_000)) <= 10_000
        except (BodyDamaged, BodyTooLarge):
            continue


@fuzzed(value=pieces(["Mon, 22 Nov 2026 10:00:00 GMT", "120", "-1", "9" * 30, "1e9", ",", "GMT", "\x00", "+9999"]))
def test_a_wish_for_rest_is_read_or_left(value: str):
    parse_retry_after(value, NOW)
