"""Feeds held against the rules of the W3C feed validator and of JSON Feed 1.1, and read back by several parsers.

The names in brackets are those under which the validator tells of a breach.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urlsplit

import atoma
import fastfeedparser
import feedparser
import pytest
from lxml import etree
from test_feed_documents import ENTRIES, FEED, entry

from delivery.feeds import atom, json_feed, rss
from delivery.feeds.records import FeedEntry, FeedStory

NS = {"a": "http://www.w3.org/2005/Atom", "dc": "http://purl.org/dc/elements/1.1/"}
HUB = "https://hub.example/"
SELF = replace(FEED, hubs=(HUB,))
STORY = FeedStory(
    id=1,
    url="https://press.example.org/stories/1",
    summary="Origin: The Post. Also at: The Herald, two days later",
    origin="The Post",
    origin_url="https://post.example/1",
    is_seen_first=False,
    is_origin=False,
)
HOSTILE = (
    "<script>alert(1)</script>",
    '<a href="javascript:alert(1)" onclick="x()">x</a>',
    '<img src="/relative.png"><iframe src="//evil.example"></iframe>',
    "]]><x/>&nbsp;&#0;",
)
CASES = {
    "ordinary entries": ENTRIES,
    "beginnings only": [replace(each, is_summary=True) for each in ENTRIES],
    "entries of a story": [replace(each, story=STORY) for each in ENTRIES],
    "nothing yet": [],
    "hostile words": [
        entry(url=f"https://x.example/{n}", title=words, text=words, authors=(words,), categories=(words,))
        for n, words in enumerate(HOSTILE)
    ],
}
each_case = pytest.mark.parametrize("entries", CASES.values(), ids=CASES)


class Fragment(HTMLParser):
    """The tags and addresses in a text of a feed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def require_passive(html: str) -> None:
    """Neither scripts nor addresses of anything [SecurityRisk, SecurityRiskAttr, ContainsRelRef, NotHtml]."""
    found = Fragment(html)
    assert found.tags <= {"div", "p", "br"}
    assert found.attributes <= {"dir", "lang"}


def require_full(url: str) -> None:
    """[InvalidFullLink, InvalidURI]."""
    assert urlsplit(url).scheme in {"http", "https"}
    assert urlsplit(url).netloc
    assert url == url.strip()
    assert " " not in url


@each_case
def test_rss_keeps_the_rules_of_the_validator(entries: list[FeedEntry]):
    root = etree.fromstring(rss.render(SELF, entries))
    channel = root.find("channel")
    assert (root.tag, root.get("version"), len(root)) == ("rss", "2.0", 1)
    tags = [child.tag for child in channel if child.tag not in {"item", f"{{{NS['a']}}}link"}]
    assert len(tags) == len(set(tags)), "[DuplicateElement]"
    assert all(channel.findtext(tag) for tag in ("title", "link", "description")), "[MissingElement]"
    links = {link.get("rel"): link.get("href") for link in channel.findall("a:link", NS)}
    assert links == {"self": FEED.self_url, "hub": HUB}, "[MissingSelf]"
    for item in channel.findall("item"):
        for tag in ("title", "link", "guid", "pubDate", "description", "source"):
            assert len(item.findall(tag)) == 1, "[DuplicateElement]"
        assert item.find("author") is None, "[InvalidContact]: an e-mail address, which bylines have none of"
        assert "<" not in item.findtext("title").replace("&lt;", ""), "[ContainsHTML]"
        assert item.find("guid").get("isPermaLink") == "false", "[InvalidHttpGUID]"
        require_full(item.findtext("link"))
        require_full(item.find("source").get("url"))
        dated = item.findtext("pubDate")
        assert parsedate_to_datetime(dated).strftime("%a, %d %b %Y %H:%M:%S +0000") == dated, "[InvalidRFC2822Date]"
        require_passive(item.findtext("description"))


@each_case
def test_atom_keeps_the_rules_of_the_validator(entries: list[FeedEntry]):
    root = etree.fromstring(atom.render(SELF, entries))
    assert root.tag == f"{{{NS['a']}}}feed"
    links = [(link.get("rel"), link.get("type"), link.get("href")) for link in root.findall("a:link", NS)]
    assert ("self", "application/atom+xml", FEED.self_url) in links, "[MissingSelf]"
    assert ("hub", None, HUB) in links
    for element in root.findall("a:entry", NS):
        for tag in ("id", "title", "updated", "published"):
            assert len(element.findall(f"a:{tag}", NS)) == 1, "[MissingElement, DuplicateElement]"
        assert element.findtext("a:title", namespaces=NS).strip(), "[NotBlank]"
        alternates = [link for link in element.findall("a:link", NS) if link.get("rel") == "alternate"]
        assert len(alternates) == 1, "[DuplicateAtomLink]"
        texts = element.findall("a:content", NS) + element.findall("a:summary", NS)
        assert len(texts) == 1, "[MissingTextualContent]"
        assert texts[0].get("type") == "html"
        require_passive(texts[0].text)
        for link in element.iter(f"{{{NS['a']}}}link"):
            require_full(link.get("href"))
        assert element.findall("a:author/a:name", NS), "[MissingAuthor]"
        for tag in ("updated", "published"):
            at = datetime.fromisoformat(element.findtext(f"a:{tag}", namespaces=NS))
            assert at.tzinfo is not None, "[InvalidRFC3339Date]"
            assert datetime(1990, 1, 1, tzinfo=UTC) < at < datetime.now(UTC), "[ImplausibleDate]"


@each_case
def test_json_feed_keeps_its_specification(entries: list[FeedEntry]):
    """jsonfeed.org/version/1.1."""
    document = json.loads(json_feed.render(SELF, entries))
    kinds = {"version": str, "title": str, "home_page_url": str, "feed_url": str, "language": str, "items": list}
    for name, kind in kinds.items():
        assert isinstance(document[name], kind)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["hubs"] == [{"type": "WebSub", "url": HUB}]
    for item in document["items"]:
        assert isinstance(item["id"], str), "a number is discouraged, anything else invalid"
        require_full(item["url"])
        require_passive(item["content_html"])
        assert "author" not in item, "of version 1.0"
        assert all(set(author) <= {"name", "url", "avatar"} for author in item.get("authors", ()))
        assert all(isinstance(tag, str) for tag in item.get("tags", ()))
        assert all(name.startswith("_") or name in _JSON_NAMES for name in item), "extensions begin with _"
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None


_JSON_NAMES = {
    *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image"),
    *("date_published", "date_modified", "authors", "tags", "language", "attachments"),
}


def read_by_feedparser(body: bytes, form: str) -> list[tuple[str, str, datetime]]:
    read = feedparser.parse(body)
    assert not read.bozo
    return [(each.id, each.link, datetime(*each.published_parsed[:6], tzinfo=UTC)) for each in read.entries]


def read_by_atoma(body: bytes, form: str) -> list[tuple[str, str, datetime]]:
    match form:
        case "rss":
            return [(each.guid, each.link, each.pub_date) for each in atoma.parse_rss_bytes(body).items]
        case "atom":
            read = atoma.parse_atom_bytes(body).entries
            return [
                (each.id_, next(x.href for x in each.links if x.rel == "alternate"), each.published) for each in read
            ]
        case _:
            return [(each.id_, each.url, each.date_published) for each in atoma.parse_json_feed_bytes(body).items]


def read_by_fastfeedparser(body: bytes, form: str) -> list[tuple[str, str, datetime]]:
    read = fastfeedparser.parse(body.decode())
    return [(each["id"], each["link"], datetime.fromisoformat(each["published"])) for each in read.entries]


READERS = {"feedparser": read_by_feedparser, "atoma": read_by_atoma, "fastfeedparser": read_by_fastfeedparser}
WRITERS = {"rss": rss, "atom": atom, "json": json_feed}
PAIRS = [(reader, form) for reader in READERS for form in WRITERS if (reader, form) != ("feedparser", "json")]


@pytest.mark.parametrize(("reader", "form"), PAIRS, ids=[" ".join(pair) for pair in PAIRS])
@each_case
def test_every_parser_reads_the_same_ids_addresses_and_dates(reader: str, form: str, entries: list[FeedEntry]):
    read = READERS[reader](WRITERS[form].render(SELF, entries), form)
    assert read == [(each.id, each.url, each.dated.replace(microsecond=0)) for each in entries]
