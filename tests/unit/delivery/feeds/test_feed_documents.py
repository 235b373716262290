"""The three feed formats, read back by a reader of them and held against their specifications' rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from delivery.feeds import atom, json_feed, rss
from delivery.feeds.entries import entry_of, stable_id
from delivery.feeds.records import Feed, FeedEntry
from delivery.feeds.wording import clean, is_web_url, one_line, to_html
from storage.records import ArticleSummary, Moment, Precision, Zone

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SEEN = datetime(2020, 5, 9, 16, 0, 5, tzinfo=UTC)

FEED = Feed(
    title="Presswatch: newest articles",
    home_url="http://127.0.0.1:8000/?q=iran&outlet=jpost",
    self_url="http://127.0.0.1:8000/feeds/latest?q=iran&outlet=jpost",
    description="Articles in the order in which they were found",
    updated=SEEN,
)


def moment(precision: Precision = Precision.MINUTE) -> Moment:
    at = datetime(2020, 5, 9, tzinfo=UTC) if precision is Precision.DAY else datetime(2020, 5, 9, 15, 31, tzinfo=UTC)
    zone = Zone.NONE if precision is Precision.DAY else Zone.STATED
    return Moment(at=at, precision=precision, rule="json-ld", zone=zone)


def entry(**changes: object) -> FeedEntry:
    url = str(changes.get("url", "https://www.jpost.com/article-1?a=1&b=2"))
    values = {
        "id": stable_id(url),
        "url": url,
        "title": "Iran & its neighbours: <what> next?",
        "authors": ("Anna Ahronheim", "יונה"),
        "published": moment(),
        "first_seen_at": SEEN,
        "updated_at": SEEN + timedelta(hours=1),
        "outlet_name": "The Jerusalem Post",
        "outlet_url": "https://www.jpost.com/",
        "text": "One & two.\n\nThree <b>four</b>\nfive.",
        "language": "en",
        "categories": ("World", "R&D <b>"),
    }
    return FeedEntry(**(values | changes))


ENTRIES = [
    entry(),
    entry(
        url="https://example.org/fa/2",
        title="توافق تازه در تهران",
        text="پاراگراف نخست.\n\nدوم.",
        language="fa",
        authors=(),
        published=moment(Precision.DAY),
    ),
    entry(url="https://example.org/3", language=None, published=None, authors=("",)),
]


def test_rss_is_read_back_as_it_was_given():
    read = feedparser.parse(rss.render(FEED, ENTRIES))
    assert not read.bozo
    assert read.version == "rss20"
    assert read.feed.title == FEED.title
    assert read.feed.link == FEED.home_url
    assert FEED.self_url in [link.href for link in read.feed.links if link.rel == "self"]
    assert [unescape(e.title) for e in read.entries] == [e.title for e in ENTRIES]
    assert [e.link for e in read.entries] == [e.url for e in ENTRIES]
    assert [e.id for e in read.entries] == [e.id for e in ENTRIES]
    assert not any(e.guidislink for e in read.entries)
    assert [a.name for a in read.entries[0].authors] == ["Anna Ahronheim", "יונה"]
    assert [tag.term for tag in read.entries[0].tags] == ["World", "R&D <b>"]
    assert read.entries[0].source.title == "The Jerusalem Post"
    assert read.entries[0].published_parsed[:6] == (2020, 5, 9, 15, 31, 0)
    assert read.entries[0].summary == (
        '<div dir="ltr" lang="en"><p>One &amp; two.</p><p>Three &lt;b&gt;four&lt;/b&gt;<br />five.</p></div>'
    )


def test_atom_is_read_back_as_it_was_given():
    read = feedparser.parse(atom.render(FEED, ENTRIES))
    assert not read.bozo
    assert read.version == "atom10"
    assert [e.link for e in read.entries] == [e.url for e in ENTRIES]
    assert [e.id for e in read.entries] == [e.id for e in ENTRIES]
    assert [a.name for a in read.entries[0].authors] == ["Anna Ahronheim", "יונה"]
    assert [a.name for a in read.entries[1].authors] == ["The Jerusalem Post"]
    assert read.entries[0].published_parsed[:6] == (2020, 5, 9, 15, 31, 0)
    assert read.entries[0].updated_parsed[:6] == (2020, 5, 9, 17, 0, 5)
    assert [tag.term for tag in read.entries[0].tags] == ["World", "R&D <b>"]
    assert read.entries[1].content[0].language == "fa"
    assert read.entries[1].content[0].value.startswith('<div dir="rtl" lang="fa"><p>پاراگراف')
    document = etree.fromstring(atom.render(FEED, ENTRIES))
    assert document.xpath("a:entry/a:title/text()", namespaces=ATOM) == [e.title for e in ENTRIES]


def test_json_feed_is_read_back_as_it_was_given():
    read = json.loads(json_feed.render(FEED, ENTRIES))
    assert read["version"] == "https://jsonfeed.org/version/1.1"
    assert read["feed_url"] == FEED.self_url
    assert [i["title"] for i in read["items"]] == [e.title for e in ENTRIES]
    assert [i["url"] for i in read["items"]] == [e.url for e in ENTRIES]
    assert [i["content_text"] for i in read["items"]] == [e.text for e in ENTRIES]
    assert read["items"][0]["authors"] == [{"name": "Anna Ahronheim"}, {"name": "יונה"}]
    assert read["items"][0]["tags"] == ["World", "R&D <b>"]
    assert "authors" not in read["items"][1]
    assert "language" not in read["items"][2]


def test_a_day_is_never_dressed_up_as_a_time():
    day_only = ENTRIES[1]
    assert (
        parsedate_to_datetime(etree.fromstring(rss.render(FEED, [day_only])).findtext("channel/item/pubDate")) == SEEN
    )
    assert etree.fromstring(atom.render(FEED, [day_only])).findtext("a:entry/a:published", namespaces=ATOM) == (
        "2020-05-09T16:00:05Z"
    )
    item = json.loads(json_feed.render(FEED, [day_only]))["items"][0]
    assert item["date_published"] == "2020-05-09T16:00:05Z"
    assert item["_presswatch"]["published"] == {"value": "2020-05-09", "precision": "day", "zone": "none"}


def check_rss(body: bytes) -> None:
    channel = etree.fromstring(body).find("channel")
    for required in ("title", "link", "description"):
        assert channel.findtext(required)
    parsedate_to_datetime(channel.findtext("lastBuildDate"))
    guids = []
    for item in channel.findall("item"):
        assert item.findtext("title") or item.findtext("description")
        assert item.find("link") is None or urlsplit(item.findtext("link")).scheme in {"http", "https"}
        assert parsedate_to_datetime(item.findtext("pubDate")).utcoffset() == timedelta(0)
        assert item.find("source").get("url").startswith("http")
        guids.append(item.findtext("guid"))
    assert len(set(guids)) == len(guids)


def check_atom(body: bytes) -> None:
    root = etree.fromstring(body)
    for element in [root, *root.findall("a:entry", ATOM)]:
        for required in ("id", "title", "updated"):
            assert len(element.findall(f"a:{required}", ATOM)) == 1
            assert element.findtext(f"a:{required}", namespaces=ATOM)
        assert urlsplit(element.findtext("a:id", namespaces=ATOM)).scheme
        datetime.fromisoformat(element.findtext("a:updated", namespaces=ATOM))
        for link in element.findall("a:link", ATOM):
            assert urlsplit(link.get("href")).scheme in {"http", "https"}
    for element in root.findall("a:entry", ATOM):
        names = element.findall("a:author/a:name", ATOM)
        assert names
        assert all(name.text for name in names)
        assert element.find("a:content", ATOM).get("type") == "html"
    ids = root.xpath("a:entry/a:id/text()", namespaces=ATOM)
    assert len(set(ids)) == len(ids)


def check_json(body: bytes) -> None:
    document = json.loads(body)
    assert document["version"]
    assert document["title"]
    ids = [item["id"] for item in document["items"]]
    assert len(set(ids)) == len(ids)
    for item in document["items"]:
        assert "content_html" in item
        datetime.fromisoformat(item["date_published"])
        datetime.fromisoformat(item["date_modified"])


CHECKS = {"rss": (rss.render, check_rss), "atom": (atom.render, check_atom), "json": (json_feed.render, check_json)}


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("entries", [[], ENTRIES], ids=["an empty feed", "a feed with entries"])
def test_each_document_keeps_its_specification(name, entries):
    render, check = CHECKS[name]
    check(render(FEED, entries))
    assert render(FEED, entries) == render(FEED, entries)


WEIRD = st.text(
    st.one_of(
        st.characters(codec=None, exclude_categories=()),
        st.sampled_from("\x00\x08\x0b\x0c\x1b\x7f\x85\ufffe\uffff\ud800\udfff\u200e\u200f\u202e\u2066]]><&\"'\r\n😀"),
    ),
    max_size=60,
)


@given(title=WEIRD, text=WEIRD, author=WEIRD, outlet=WEIRD, language=st.none() | WEIRD, url=WEIRD)
def test_no_text_an_outlet_can_write_breaks_a_feed(  # noqa: PLR0917 - hypothesis hands them over by name
    title, text, author, outlet, language, url
):
    made = entry(
        title=title,
        text=text,
        authors=(author,),
        categories=(author,),
        language=language,
        url=f"https://example.org/{clean(url)}",
    )
    made_bad = entry(
        id="urn:x:bad", title=title, text=text, url=url, authors=(), outlet_name=f"N{outlet}", language=language
    )
    for render, check in CHECKS.values():
        check(render(FEED, [made, made_bad]))
    read = etree.fromstring(atom.render(FEED, [made]))
    assert read.findtext("a:entry/a:title", namespaces=ATOM) == one_line(title) or one_line(made.url)
    assert "\ud800" not in clean(title)


def test_no_reader_can_take_an_rss_title_for_markup():
    body = rss.render(FEED, [entry(title="<img src=x onerror=alert(1)>"), entry(title="5 < 6 & 7")])
    titles = [item.findtext("title") for item in etree.fromstring(body).findall("channel/item")]
    assert titles == ["&lt;img src=x onerror=alert(1)&gt;", "5 < 6 & 7"]


def test_strings_that_break_other_programs_break_no_feed(shared):
    cases = (shared / "suites" / "strings-blns" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    strings = [json.loads(line)["s"] for line in cases]
    entries = [entry(url=f"https://example.org/{i}", title=s, text=s, authors=(s,)) for i, s in enumerate(strings)]
    for render, check in CHECKS.values():
        check(render(FEED, entries))
    read = etree.fromstring(atom.render(FEED, entries)).xpath("a:entry/a:title", namespaces=ATOM)
    assert [element.text for element in read] == [one_line(s) or e.url for s, e in zip(strings, entries, strict=True)]


@given(WEIRD)
def test_text_stays_text(text):
    parsed = etree.fromstring(to_html(text, "en").replace("<br>", "<br/>"))
    assert {element.tag for element in parsed.iter()} <= {"div", "p", "br"}


LINKS = {
    "https://example.org/a": True,
    "http://[::1]/a": True,
    "javascript:alert(1)": False,
    "JAVASCRIPT:alert(1)//http://x": False,
    "data:text/html,x": False,
    "file:///etc/passwd": False,
    "//example.org/a": False,
    "https://": False,
    "http://[::1/a": False,
    "": False,
}


@pytest.mark.parametrize(("url", "expected"), LINKS.items())
def test_only_web_addresses_are_linked(url, expected):
    assert is_web_url(url) is expected


def test_an_entry_of_an_article_keeps_its_id_when_its_words_change():
    article = ArticleSummary(
        id=7,
        url="https://example.org/a",
        outlet_key="example",
        outlet_name="Example",
        title="Before",
        authors=(),
        published=None,
        first_seen_at=SEEN,
        updated_at=SEEN,
        language=None,
        excerpt="The beginning.",
        words=2,
        revisions=1,
    )
    made = entry_of(article, "", "https://example.org/")
    assert made.id == "urn:uuid:" + made.id.removeprefix("urn:uuid:")
    assert made.id == stable_id("https://example.org/a") != stable_id("https://example.org/b")
    assert made.text == "The beginning."
    assert entry_of(article, "All of it.", "https://example.org/").text == "All of it."
    filed = replace(article, section="World", tags=("Iran", "World"))
    assert entry_of(filed, "", "https://example.org/").categories == ("World", "Iran")
