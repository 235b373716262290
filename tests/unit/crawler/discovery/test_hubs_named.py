"""The hub that a feed names: in headers, in its head, in JSON."""

from __future__ import annotations

import json
from time import process_time

import pytest

from crawler.discovery.feeds import read_feed
from crawler.discovery.hubs import hub_in_feed, hub_in_headers
from storage.records import HubLink, Outlet

URL = "https://post.example/feed.xml"
POST = Outlet(key="post", name="Post", home_url="https://post.example/")
BOTH = HubLink(hub="https://hub.example/", topic="https://post.example/feed.xml")

HEADERS = {
    "two links in one header": ['<https://hub.example/>; rel="hub", <https://post.example/feed.xml>; rel="self"'],
    "two headers, no quotes": ["<https://hub.example/>;rel=hub", "<https://post.example/feed.xml>;rel=self"],
    "a link with other parameters": [
        '<https://hub.example/>; title="a, b"; rel="hub", </feed.xml>; type=text/xml; rel="alternate self"'
    ],
}


@pytest.mark.parametrize("values", HEADERS.values(), ids=HEADERS)
def test_link_headers_name_hub_and_topic(values: list[str]):
    assert hub_in_headers([("Link", value) for value in values], URL) == BOTH


@pytest.mark.parametrize(
    "value",
    ["", "<https://hub.example/>", '<ftp://hub.example/>; rel="hub"', '<>; rel="hub"', "<" * 9_000, '<//>; rel="hub"'],
)
def test_a_header_that_names_no_web_address_names_no_hub(value: str):
    assert hub_in_headers([("Link", value)], URL) is None


FEEDS = {
    "RSS with links of Atom": b"""<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel>
        <atom:link rel="self" type="application/rss+xml" href="https://post.example/feed.xml"/>
        <atom:link href='https://hub.example/' rel='hub'/><item><link>https://post.example/a</link></item>
        </channel></rss>""",
    "Atom": b"""<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="https://hub.example/" />
        <link rel="self" href="/feed.xml"/><entry><link href="https://post.example/a"/></entry></feed>""",
    "JSON Feed": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "feed_url": "https://post.example/feed.xml",
            "hubs": [{"type": "rssCloud", "url": "https://other.example/"}, {"type": "WebSub", "url": BOTH.hub}],
            "items": [{"id": "1", "url": "https://post.example/a"}],
        }
    ).encode(),
}


@pytest.mark.parametrize("body", FEEDS.values(), ids=FEEDS)
def test_a_feed_names_hub_and_topic(body: bytes):
    found = read_feed(body, url=URL, content_type=None, outlet=POST)
    assert (found.hub, len(found.candidates)) == (BOTH, 1)


def test_what_an_entry_links_to_is_no_hub_of_the_feed():
    body = FEEDS["Atom"].replace(b"</entry>", b'<link rel="hub" href="https://evil.example/"/></entry>')
    assert read_feed(body, url=URL, content_type=None, outlet=POST).hub == BOTH
    alone = b'<feed><entry><link rel="hub" href="https://evil.example/"/></entry></feed>'
    assert hub_in_feed(alone, URL) is None


def test_an_escaped_address_is_read_as_it_was_meant():
    body = b'<feed><link rel="hub" href="https://hub.example/?a=1&amp;b=2"/><entry/></feed>'
    assert hub_in_feed(body, URL) == HubLink(hub="https://hub.example/?a=1&b=2")


def test_links_full_of_letters_are_read_in_time_linear_to_them():
    """Read from every letter on, 16 KiB of them took 0.4 s of CPU; a tenth of a second is what a busy machine keeps."""
    link = b"<link " + b"x" * 4_000 + b">"
    before = process_time()
    assert hub_in_feed(b"<rss><channel><!-- hub -->" + link * 3 + b"</channel></rss>", URL) is None
    assert process_time() - before < 0.1
