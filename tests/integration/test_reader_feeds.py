"""Feeds at secret addresses: made on a page or by command, read by a feed reader, and given another address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner, Result
from lxml import etree

from control.cli_feeds import feeds_group
from control.settings import Settings
from control.watching import explainer_from
from storage.records import ChannelKind
from storage.sql.channels import SqlChannelBook
from storage.sql.reader_feeds import SqlReaderFeedBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.pressroom import NOW, Pressroom, fill, pressroom
from tests.watching import WatchStore
from tests.webserver import Answer, Site, serving

TOKEN = "t" * 32
HUB = "https://hub.example/"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressroom]:
    folder = tmp_path_factory.mktemp("reader-feeds")
    with pressroom(f"sqlite:///{folder}/presswatch.sqlite3", folder) as room:
        fill(room)
        yield room


@pytest.fixture(scope="module")
def site(room: Pressroom) -> Iterator[Site]:
    book = SqlReaderFeedBook(room.engine)
    book.add(name="ledger", token=TOKEN, now=NOW, outlet_key="ledger", words="roster")
    book.add(name="short", token="s" * 32, now=NOW, outlet_key="ledger", is_summary=True)
    with serving(room, saved_feeds=book, channels=SqlChannelBook(room.engine)) as site:
        yield site


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_a_saved_search_is_read_by_a_feed_reader(site: Site, form: str):
    answer = site.ask(f"/feeds/saved/{TOKEN}.{form}")
    read = feedparser.parse(answer.body)
    assert not read.bozo
    assert read.feed.title == "Presswatch · ledger"
    assert [entry.link for entry in read.entries] == ["https://ledger.example/analysis/night-shifts"]
    assert site.ask(f"/feeds/saved/{TOKEN}.{form}", if_none_match=answer.headers["etag"]).status == 304


def test_a_summary_holds_the_beginning_of_each_text_alone(site: Site):
    whole, short = (site.ask(f"/feeds/latest.json?outlet=ledger&text={text}").json for text in ("full", "summary"))
    assert [item["id"] for item in whole["items"]] == [item["id"] for item in short["items"]]
    for one, other in zip(whole["items"], short["items"], strict=True):
        assert len(other["content_text"]) < len(one["content_text"])
        assert other["summary"]
        assert "summary" not in one
    atom = etree.fromstring(site.ask(f"/feeds/saved/{'s' * 32}.atom").body)
    assert atom.xpath("count(a:entry/a:summary) = count(a:entry)", namespaces=ATOM)
    assert not atom.xpath("a:entry/a:content", namespaces=ATOM)


def test_nobody_guesses_an_address(site: Site):
    for token in ("u" * 32, "x", f"{TOKEN}0", TOKEN[:-1]):
        assert site.ask(f"/feeds/saved/{token}.rss").status == 404
    assert site.ask(f"/feeds/saved/{TOKEN}.xml").status == 404


def test_who_only_reads_is_not_shown_the_addresses(site: Site):
    """Whoever was shown one could read it for ever, whatever becomes of the user."""
    assert TOKEN in site.ask("/feeds").text
    assert TOKEN not in site.ask("/feeds", x_forwarded_for="203.0.113.5").text


def sent(site: Site, path: str, page: Answer, **fields: str) -> Answer:
    """A form as a browser sends it from that page."""
    cookie = page.headers.get("set-cookie", "").partition(";")[0]
    token = re.search(r'name="token" value="([0-9a-f]+)"', page.text)
    assert token is not None
    body = "&".join(f"{name}={value}" for name, value in {"token": token[1], **fields}.items()).encode()
    form = "application/x-www-form-urlencoded"
    return site.ask(path, "POST", body, content_type=form, cookie=cookie, origin=site.url, sec_fetch_site="same-origin")


def test_a_feed_is_made_given_another_address_and_removed_on_its_page(site: Site, room: Pressroom):
    page = site.ask("/feeds?outlet=gazette&q=grain")
    assert "<bdi>grain, The Harbour Gazette</bdi>" in page.text
    made = sent(site, "/feeds", page, name="grain", outlet="gazette", q="grain", language="")
    assert (made.status, made.headers["location"]) == (303, "/feeds?done=add")
    book = SqlReaderFeedBook(room.engine)
    feed = book.named("grain")
    assert (feed.words, feed.outlet_key, feed.language) == ("grain", "gazette", None)
    assert f"{site.url}/feeds/saved/{feed.token}.rss" in site.ask("/feeds").text
    again = sent(site, "/feeds", page, name="grain", outlet="gazette", q="", language="")
    assert again.status == 400
    assert "called &#39;grain&#39; already" in again.text
    assert sent(site, f"/feeds/{feed.id}/new-token", page).status == 303
    assert site.ask(f"/feeds/saved/{feed.token}.rss").status == 404
    assert site.ask(f"/feeds/saved/{book.named('grain').token}.rss").status == 200
    assert sent(site, f"/feeds/{feed.id}/remove", page).status == 303
    assert "grain" not in {each.name for each in book.feeds()}


def test_a_feed_is_made_and_changed_by_command(room: Pressroom, tmp_path: Path):
    settings = Settings(database_url=str(room.engine.url), data_dir=tmp_path, public_url="https://press.example.org")

    def run(*words: str) -> Result:
        return CliRunner().invoke(feeds_group, list(words), obj=settings)

    added = run("add", "by command", "--search", "harbour AND grain", "--language", "EN", "--summary")
    assert added.exit_code == 0, added.output
    book = SqlReaderFeedBook(room.engine)
    token = book.named("by command").token
    assert f"https://press.example.org/feeds/saved/{token}.atom" in added.output
    assert "harbour AND grain, en, beginnings only" in run("list").output
    assert token not in run("rotate", "by command").output
    assert run("remove", "by command").exit_code == 0
    assert run("remove", "by command").exit_code == 1
    assert run("add", "x", "--language", "english").exit_code == 1
    assert run("add", "x", "--search", "x" * 401).exit_code == 1
    assert "cannot be read" in run("add", "x", "--search", "harbour AND").output


def test_a_feed_at_a_secret_address_names_the_hub_and_the_address_that_the_hub_knows(room: Pressroom):
    book, channels = SqlReaderFeedBook(room.engine), SqlChannelBook(room.engine)
    watched = SqlWatchlistBook(room.engine).add(name="w", query="grain", token="w" * 32, now=NOW)
    channels.add(kind=ChannelKind.HUB, name="hub", url=HUB, secret="s", now=NOW)
    home = "https://press.example.org"
    explainer = explainer_from(Settings(), WatchStore(room))
    with serving(room, saved_feeds=book, channels=channels, public_url=home, explainer=explainer) as site:
        for path in (f"/feeds/saved/{TOKEN}", f"/feeds/watchlists/{watched.token}"):
            for form in ("rss", "atom", "json"):
                answer = site.ask(f"{path}.{form}")
                assert answer.headers["link"] == f'<{HUB}>; rel="hub", <{home}{path}.{form}>; rel="self"'
            assert answer.json["hubs"] == [{"type": "WebSub", "url": HUB}]
            assert answer.json["feed_url"] == f"{home}{path}.json"
            for form in ("rss", "atom"):
                links = {each.rel: each.href for each in feedparser.parse(site.ask(f"{path}.{form}").body).feed.links}
                assert (links["hub"], links["self"]) == (HUB, f"{home}{path}.{form}")
        assert "link" not in site.ask("/feeds/latest.rss").headers
        channels.set_paused("hub", True, NOW)
        assert "link" not in site.ask(f"/feeds/saved/{TOKEN}.rss").headers
    channels.remove("hub", NOW)
