"""Autodiscovery: from a home page's bytes to a valid outlet."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.autodiscovery import feeds_in_page, propose_outlet, sitemaps_in_robots, usual_places
from crawler.outlets.catalogue import read_outlet, write_outlet
from storage.records import OutletSource, SourceKind

HOME = "https://www.example.org/"
RSS = 'rel="alternate" type="application/rss+xml"'


def feeds(page: str, url: str = HOME) -> list[str]:
    return [source.url for source in feeds_in_page(page.encode(), url)]


FOUND = {
    "RSS": (f'<link {RSS} href="/feed">', ["https://www.example.org/feed"]),
    "Atom": ('<link rel=alternate type="application/atom+xml" href="a.xml">', ["https://www.example.org/a.xml"]),
    "JSON Feed": (
        '<link rel=alternate type="application/feed+json" href="f.json">',
        ["https://www.example.org/f.json"],
    ),
    "a type with a charset, in capitals": (
        '<LINK REL="Alternate" TYPE="Application/RSS+XML; charset=utf-8" HREF="/feed">',
        ["https://www.example.org/feed"],
    ),
    "the base address counts": (
        f'<base href="//cdn.example.org/x/"><link {RSS} href="f">',
        ["https://cdn.example.org/x/f"],
    ),
    "a feed named twice is there once": (
        f'<link {RSS} href="/f"><link {RSS} href="/f#a">',
        ["https://www.example.org/f"],
    ),
    "blanks around an address are nothing": (f'<link {RSS} href=" /f\n">', ["https://www.example.org/f"]),
    "a script is no address": (f'<link {RSS} href="javascript:alert(1)">', []),
    "nor is a file": (f'<link {RSS} href="file:///etc/passwd">', []),
    "nor one with a password": (f'<link {RSS} href="https://a:b@example.org/f">', []),
    "nor one that cannot be read": (f'<link {RSS} href="https://[/f">', []),
    "other languages are no feeds": ('<link rel=alternate hreflang=fa href="/fa">', []),
    "an interface is no feed": ('<link rel=alternate type="application/json" href="/wp-json/wp/v2/pages/1">', []),
    "comments are left out by address": (f'<link {RSS} href="/comments/feed/">', []),
    "comments are left out by title": (f'<link {RSS} title="پیشخوان » خوراک دیدگاه‌ها" href="/x/feed/">', []),
    "a link that looks like a feed comes last": (
        f'<a href="/rss.xml">RSS</a><a href="/feedback">?</a><link {RSS} href="/main">',
        ["https://www.example.org/main", "https://www.example.org/rss.xml"],
    ),
    "a link that came by a feed leads to an article": (
        '<a href="/2026/war?utm_source=rss&utm_medium=feed">War</a>',
        [],
    ),
    "a link to another site's feed is not this outlet's": ('<a href="https://other.net/rss.xml">RSS</a>', []),
    "the main feed comes before a section's, and RSS before JSON": (
        (
            '<link rel=alternate type="application/feed+json" href="/feed.json">'
            f'<link {RSS} href="/category/sport/feed"><link {RSS} href="/feed">'
        ),
        [
            "https://www.example.org/feed",
            "https://www.example.org/feed.json",
            "https://www.example.org/category/sport/feed",
        ],
    ),
}


@pytest.mark.parametrize(("page", "expected"), FOUND.values(), ids=FOUND.keys())
def test_feeds_of_a_page(page, expected):
    assert feeds(page) == expected


def test_usual_places_begin_in_the_folder_of_the_home_page():
    places = [source.url for source in usual_places("https://www.example.org/fa?x=1#y")]
    assert places[0] == "https://www.example.org/fa/feed"
    wanted = ("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json")
    wanted += ("sitemap-news.xml", "news-sitemap.xml", "sitemap_news.xml", "sitemap_index.xml", "sitemap.xml")
    for path in wanted:
        assert {f"https://www.example.org/fa/{path}", f"https://www.example.org/{path}"} <= set(places)
    assert len(places) == len(set(places))


def test_usual_places_of_no_address_are_none():
    assert usual_places("example.org") == usual_places("ftp://example.org/") == usual_places("") == []


def test_usual_places_tell_feeds_from_sitemaps():
    kinds = {source.url.removeprefix(HOME): source.kind for source in usual_places(HOME)}
    assert (kinds["rss.xml"], kinds["sitemap.xml"]) == (SourceKind.FEED, SourceKind.SITEMAP)


def test_sitemaps_of_robots_txt_with_those_of_news_first():
    text = (
        "\ufeffUser-agent: *\r\nDisallow: /x\r\nSITEMAP:https://www.example.org/image-sitemap.xml\r\n"
        "Sitemap: /sitemap.xml # all\n  sitemap : https://other.net/news.xml\nSitemap: ftp://a/b\nSitemap:\n#Sitemap: /no.xml\n"
    )
    found = sitemaps_in_robots(text, HOME + "robots.txt")
    assert [source.url for source in found] == [
        "https://other.net/news.xml",
        "https://www.example.org/sitemap.xml",
        "https://www.example.org/image-sitemap.xml",
    ]
    assert {source.kind for source in found} == {SourceKind.SITEMAP}


NAMES = {
    "og:site_name": (
        '<meta property="og:site_name" content=" Example &amp;amp;\n News "><title>x</title>',
        "Example & News",
    ),
    "the publisher in JSON-LD": (
        (
            '<script type="application/ld+json">{"@graph": [{"@type": "Article", "publisher": '
            '{"@type": ["Organization"], "name": "Example Daily"}}]}</script><title>x</title>'
        ),
        "Example Daily",
    ),
    "the title's part like the domain": ("<title>Breaking news, world news | The Example</title>", "The Example"),
    "the first part, when none is like the domain": ("<title>خبرگزاری - آخرین خبرها</title>", "خبرگزاری"),
    "a hyphen inside a word does not part it": ("<title>Al-Monitor</title>", "Al-Monitor"),
    "a word that is no name is passed over": (
        '<meta property="og:site_name" content="Home"><title>Example</title>',
        "Example",
    ),
    "the host, when there is nothing": ("", "example.org"),
    "broken JSON-LD is passed over": ('<script type="application/ld+json">{"a":</script><title>E</title>', "E"),
}


@pytest.mark.parametrize(("page", "name"), NAMES.values(), ids=NAMES.keys())
def test_the_name_of_an_outlet(page, name):
    assert propose_outlet(HOME, page.encode(), [], ()).name == name


def test_a_page_in_an_old_encoding_is_read_in_it():
    page = '<html><head><meta charset="windows-1256"><title>الأهرام</title></head></html>'.encode("windows-1256")
    assert propose_outlet(HOME, page, [], ()).name == "الأهرام"


def test_the_key_is_the_domain_and_free():
    assert propose_outlet("https://news.bbc.co.uk/x", b"", [], ()).key == "bbc"
    assert propose_outlet("https://news.bbc.co.uk/x", b"", [], ("bbc", "bbc-2")).key == "bbc-3"


PLACES = {
    "Iran": ("https://www.a.ir/", "IR", "Asia/Tehran"),
    "Israel": ("https://www.a.co.il/", "IL", "Asia/Jerusalem"),
    "the United Kingdom": ("https://www.a.co.uk/", "GB", "Europe/London"),
    "a country of many zones": ("https://a.us/", "US", None),
    "a generic domain": ("https://a.org/", None, None),
    "a country's domain that all the world uses": ("https://a.tv/", None, None),
    "an address": ("http://127.0.0.1:8000/", None, None),
}


@pytest.mark.parametrize(("home", "country", "zone"), PLACES.values(), ids=PLACES.keys())
def test_country_and_zone_only_when_sure(home, country, zone):
    outlet = propose_outlet(home, b"", [], ())
    assert (outlet.country, outlet.timezone) == (country, zone)


def test_the_language_is_the_page_s_own():
    assert propose_outlet(HOME, b'<html lang="fa-IR">', [], ()).languages == ("fa",)
    assert propose_outlet(HOME, b'<html lang="iw">', [], ()).languages == ("he",)
    assert propose_outlet(HOME, b'<html lang="xx"><meta property="og:locale" content="ar_AR">', [], ()).languages == (
        "ar",
    )
    assert propose_outlet(HOME, b"<html>", [], ()).languages == ()


def test_the_sources_are_those_found_else_the_home_page():
    feed = OutletSource(kind=SourceKind.FEED, url="https://www.example.org/feed")
    assert propose_outlet(HOME, b"", [feed, feed], ()).sources == (feed,)
    assert propose_outlet(HOME, b"", [], ()).sources == (OutletSource(kind=SourceKind.LISTING, url=HOME),)


def test_a_home_address_that_is_none_is_told_with_a_remedy():
    with pytest.raises(ValueError, match=r"write it as https://www\.example\.org"):
        propose_outlet("example.org", b"", [], ())


HUGE = {
    "deep nesting": b"<div>" * 400_000,
    "angle brackets": b"<" * 2_000_000,
    "links without end": b"<a href=/rss.xml>" * 100_000,
    "feeds without end": b"".join(b"<link rel=alternate type=application/rss+xml href=/%d>" % i for i in range(30_000)),
    "a title of blanks": b"<title>" + b" " * 2_000_000 + b"</title>",
    "deep JSON": b'<script type="application/ld+json">' + b"[" * 500_000 + b"</script>",
    "wide JSON": b'<script type="application/ld+json">[' + b"{}," * 300_000 + b"1]</script>",
}


@pytest.mark.parametrize("page", HUGE.values(), ids=HUGE.keys())
def test_no_page_keeps_it_long(page):
    began = time.monotonic()
    assert len(feeds_in_page(page, HOME)) <= 50
    assert propose_outlet(HOME, page, [], ()).name
    assert time.monotonic() - began < 10


pieces = st.sampled_from(
    [b"<link rel=alternate type=application/rss+xml href=", b"'", b'"', b">", b"<base href=", b"//[", b"http://", b"<title>",
     b"<meta property=og:site_name content=", b'<script type="application/ld+json">', b'{"@type":"Organization","name":',
     b"</script>", b"\x00", b"\xff\xfe", b"<html lang=", b"&#xD800;", b"&#0;", b"<meta charset=utf-7>", b"<a href=/rss", b"1"]
)  # fmt: skip


@given(st.binary(max_size=200) | st.lists(pieces | st.binary(max_size=4), max_size=30).map(b"".join))
def test_any_bytes_give_a_valid_outlet(page):
    sources = feeds_in_page(page, HOME)
    outlet = propose_outlet(HOME, page, sources, ())
    assert read_outlet(write_outlet(outlet), f"{outlet.key}.toml") == outlet


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_and_any_address_are_survived(text, address):
    sitemaps_in_robots(text, address)
    sitemaps_in_robots(f"Sitemap: {text}", HOME)
    usual_places(address)
    feeds_in_page(f"<link {RSS} href='{text}'>".encode(errors="replace"), address)
