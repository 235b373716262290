"""The feeds over a real SQLite store and a real socket."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import feedparser
import pytest
from lxml import etree

from tests.pressroom import DOZEN, NOW, fill, pressroom
from tests.webserver import serving

TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("feeds")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        room.ids = fill(room)
        yield room


@pytest.fixture(scope="module")
def site(room):
    with serving(room) as site:
        yield site


def items(answer, form: str) -> list[tuple[str, str]]:
    """(id, link) of each entry, as a reader gets them."""
    if form == "json":
        return [(item["id"], item["url"]) for item in answer.json["items"]]
    read = feedparser.parse(answer.body)
    assert not read.bozo
    return [(entry.id, entry.link) for entry in read.entries]


@pytest.mark.parametrize("form", TYPES)
def test_a_feed_lists_the_newest_articles_with_their_whole_text(site, form):
    answer = site.ask(f"/feeds/latest.{form}")
    assert answer.status == 200
    assert answer.headers["content-type"] == TYPES[form]
    assert [link for _, link in items(answer, form)] == [piece.url for piece in reversed(DOZEN)]
    assert "unloaded within hours" in answer.text


def test_an_article_has_the_same_id_in_all_three(site):
    ids = {form: [item[0] for item in items(site.ask(f"/feeds/latest.{form}"), form)] for form in TYPES}
    assert ids["rss"] == ids["atom"] == ids["json"]


@pytest.mark.parametrize("form", TYPES)
def test_a_feed_takes_the_filters_of_the_page(site, form):
    links = [link for _, link in items(site.ask(f"/feeds/latest.{form}?outlet=ledger&language=en&q=roster"), form)]
    assert links == ["https://ledger.example/analysis/night-shifts"]
    assert len(items(site.ask(f"/feeds/latest.{form}?limit=3"), form)) == 3


def test_a_feed_knows_its_own_address_and_its_page(site):
    root = etree.fromstring(site.ask("/feeds/latest.atom?outlet=ledger&q=roster").body)
    links = {link.get("rel"): link.get("href") for link in root.findall("{http://www.w3.org/2005/Atom}link")}
    assert links["self"] == f"{site.url}/feeds/latest.atom?q=roster&outlet=ledger"
    assert links["alternate"] == f"{site.url}/?q=roster&outlet=ledger"


@pytest.mark.parametrize("form", TYPES)
def test_who_has_the_newest_gets_a_304(site, form):
    first = site.ask(f"/feeds/latest.{form}")
    tag, date = first.headers["etag"], first.headers["last-modified"]
    assert tag.startswith('"')
    for headers in (
        {"if_none_match": tag},
        {"if_modified_since": date},
        {"if_none_match": tag, "if_modified_since": date},
    ):
        again = site.ask(f"/feeds/latest.{form}", **headers)
        assert again.status == 304
        assert again.body == b""
        assert again.headers["etag"] == tag
        assert "content-security-policy" in again.headers
    assert site.ask(f"/feeds/latest.{form}", "HEAD", if_none_match=tag).status == 304
    assert site.ask(f"/feeds/latest.{form}?language=fa", if_none_match=tag).status == 200


def test_the_same_state_gives_the_same_bytes(site):
    for form in TYPES:
        assert site.ask(f"/feeds/latest.{form}").body == site.ask(f"/feeds/latest.{form}").body


def test_a_new_article_ends_the_304(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        ids = fill(room)
        with serving(room, clock=lambda: NOW + timedelta(hours=1)) as site:
            first = site.ask("/feeds/latest.rss")
            dated = parsedate_to_datetime(first.headers["last-modified"])
            room.publish(replace(DOZEN[1], url="https://gazette.example/new", minutes_ago=-10))
            for headers in (
                {"if_none_match": first.headers["etag"]},
                {"if_modified_since": format_datetime(dated, usegmt=True)},
            ):
                again = site.ask("/feeds/latest.rss", **headers)
                assert again.status == 200
                assert len(items(again, "rss")) == len(ids) + 1


def test_an_empty_store_has_valid_feeds(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room, serving(room) as site:
        for form in TYPES:
            answer = site.ask(f"/feeds/latest.{form}")
            assert answer.status == 200
            assert items(answer, form) == []
            assert site.ask(f"/feeds/latest.{form}", if_none_match=answer.headers["etag"]).status == 304


def test_an_article_whose_outlet_was_removed_stays_in_the_feeds(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        fill(room)
        room.book.remove("gazette", NOW)
        with serving(room) as site:
            atom = etree.fromstring(site.ask("/feeds/latest.atom").body)
            sources = atom.xpath("//*[local-name()='source']/*[local-name()='id']/text()")
            assert sources.count("https://gazette.example/") == 3
            page = site.ask("/articles/12")
            assert page.status == 200
            assert 'href="/outlets/gazette/articles"' in page.text
            assert site.ask("/outlets/gazette/articles").headers["location"] == "/?outlet=gazette"


def test_a_bad_parameter_is_no_feed(site):
    for query in ("limit=0", "limit=99999999999999999999", "q=%00", "outlet=A+B", "language=english"):
        assert site.ask(f"/feeds/latest.rss?{query}").status == 400
