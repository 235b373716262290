"""OPML: what comes out is read back, and hostile files give a problem, never a crash."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from crawler.outlets.catalogue import read_catalogue, read_outlet, write_outlet
from crawler.outlets.opml import read_opml, write_opml
from crawler.outlets.shipped import shipped_files
from storage.records import OutletSource, SourceKind


def opml(*outlines: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="1.0"><body>{"".join(outlines)}</body></opml>'.encode()


def test_the_shipped_catalogue_comes_back():
    outlets = read_catalogue(shipped_files())
    result = read_opml(write_opml(outlets))
    assert result.problems == ()
    kept = ("key", "name", "home_url", "languages", "country", "sources")
    assert [[getattr(o, f) for f in kept] for o in result.outlets] == [[getattr(o, f) for f in kept] for o in outlets]


def test_the_file_is_opml_2_with_feeds_as_other_readers_know_them():
    outlet = read_catalogue(shipped_files())[0]
    sources = (
        OutletSource(kind=SourceKind.FEED, url="https://x.org/feed?a=1&b=2"),
        OutletSource(kind=SourceKind.SITEMAP, url="https://x.org/sitemap.xml"),
    )
    root = etree.fromstring(write_opml([replace(outlet, name='A & "B"\x07\ufffe', sources=sources)]))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title")
    feed, sitemap = root.findall("body/outline")
    assert (feed.get("type"), feed.get("text"), feed.get("xmlUrl")) == ("rss", 'A & "B"', sources[0].url)
    assert (sitemap.get("type"), sitemap.get("xmlUrl"), sitemap.get("url")) == ("link", None, sources[1].url)


def test_feeds_of_one_site_are_one_outlet_and_folders_do_not_matter():
    body = opml(
        '<outline text="News"><outline text="Deeper">',
        '<outline type="rss" text="BBC News - World" xmlUrl="https://feeds.bbci.co.uk/w.xml" htmlUrl="https://www.bbc.co.uk/news/world"/>',
        "</outline></outline>",
        '<outline title="BBC News - Asia" xmlurl="https://feeds.bbci.co.uk/a.xml" htmlurl="https://www.bbc.co.uk/news"/>',
        '<outline text="Other" XMLURL="https://other.org/rss"/>',
    )
    bbc, other = read_opml(body, taken_keys={"bbc"}).outlets
    assert (bbc.key, bbc.name, bbc.home_url) == ("bbc-2", "BBC News", "https://www.bbc.co.uk/news")
    assert [source.url[-5:] for source in bbc.sources] == ["w.xml", "a.xml"]
    assert (other.key, other.home_url) == ("other", "https://other.org/")


def test_feeds_at_a_host_that_carries_many_are_outlets_of_their_own():
    body = opml(*(f'<outline text="{x}" xmlUrl="https://feeds.feedburner.com/{x}"/>' for x in "ab"))
    assert [outlet.name for outlet in read_opml(body).outlets] == ["a", "b"]


def test_a_feed_named_twice_is_taken_once():
    body = opml(*(f'<outline text="a" xmlUrl="{url}"/>' for url in ("https://a.org/f", "https://A.org:443/f")))
    assert len(read_opml(body).outlets[0].sources) == 1


def test_ampersands_that_were_not_escaped_are_mended_and_told():
    result = read_opml(opml('<outline text="A & B &amp; C" xmlUrl="https://a.org/?a=1&b=2&amp;c=3"/>'))
    assert result.outlets[0].name == "A & B & C"
    assert result.outlets[0].sources[0].url == "https://a.org/?a=1&b=2&c=3"
    assert "Line 1 is not valid XML" in result.problems[0]


def test_the_feed_scheme_of_old_lists_is_understood():
    body = opml('<outline xmlUrl="feed://a.org/f"/>', '<outline xmlUrl="feed:https://b.org/f"/>')
    assert [o.sources[0].url for o in read_opml(body).outlets] == ["http://a.org/f", "https://b.org/f"]


def test_an_address_that_cannot_be_fetched_is_told_and_the_rest_is_taken():
    result = read_opml(opml('<outline text="Bad" xmlUrl="file:///etc/passwd"/>', '<outline xmlUrl="https://a.org/f"/>'))
    assert len(result.outlets) == 1
    assert result.problems[0].startswith('"Bad" was left out: "file:///etc/passwd" is not an absolute http')


BOMB = (
    b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, (b"&a%d;" % (i - 1) if i else b"&a;") * 10) for i in range(10))
    + b']><opml><body><outline text="&a9;" xmlUrl="https://a.org/&a9;"/></body></opml>'
)
HOSTILE = {
    "entities that grow": (BOMB, "document type declaration"),
    "entities behind a comment": (b"<!-- x --><?a b?>" + BOMB, "document type declaration"),
    "an outside entity": (
        b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><outline text="&x;" xmlUrl="https://a.org"/></opml>',
        "document type declaration",
    ),
    "a doctype in UTF-16": ('<?xml version="1.0"?><!DOCTYPE o SYSTEM "x"><opml/>'.encode("utf-16"), "document type"),
    "nothing": (b"", "it holds no element"),
    "a web page": (b"<html><body/></html>", "its first element is <html>"),
    "no feeds": (b"<opml><body><outline text='a'/></body></opml>", "lists no feeds"),
    "an encoding that does not exist": (b'<?xml version="1.0" encoding="foo"?><opml/>', "not valid XML"),
    "zeros": (b"\0" * 100, "not OPML"),
    "an end too early": (b'<opml><body><outline xmlUrl="https://a.org/f"/>', "what could be read was taken"),
    "very deep nesting": (b"<opml>" + b"<outline>" * 200_000, "not valid XML"),
    "too many bytes": (b" " * (16 * 1024 * 1024 + 1), "Split it"),
    "too many feeds": (
        opml(*(f'<outline xmlUrl="https://news.a{i}.org/"/>' for i in range(6_000))),
        "first 5000 feeds",
    ),
}


@pytest.mark.parametrize(("body", "told"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_gives_a_problem_soon(body, told):
    began = time.monotonic()
    result = read_opml(body)
    assert any(told in problem for problem in result.problems)
    assert time.monotonic() - began < 10
    assert "root:" not in repr(result)


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(
        lambda text: opml(f'<outline xmlUrl="{text}"/>' if text.isprintable() else text) if text.isascii() else b""
    )
)
def test_any_bytes_give_outlets_or_problems(body):
    result = read_opml(body)
    assert result.outlets or result.problems
    for outlet in result.outlets:
        assert read_outlet(write_outlet(outlet), f"{outlet.key}.toml") == outlet


@given(st.text(max_size=60), st.text(alphabet="abcé&<>\"'\u05d0\u200f\x07", max_size=30))
def test_whatever_is_imported_makes_a_valid_outlet_file(title, address):
    root = etree.Element("opml")
    clean = "".join(c for c in title if c.isprintable() and c not in "\ufffe\uffff")
    url = "https://example.org/" + address.replace("\x07", "")
    etree.SubElement(root, "outline", {"text": clean, "xmlUrl": url, "htmlUrl": "https://example.org/"})
    for outlet in read_opml(etree.tostring(root)).outlets:
        assert read_outlet(write_outlet(outlet), f"{outlet.key}.toml") == outlet
