"""Watchlists on pages, in the API and in feeds, over a real socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import feedparser
import pytest
from lxml import html

from control.settings import Settings
from control.watching import explainer_from, watcher_from
from delivery.watching.subjects import subject_of
from delivery.watchlists.matching import Matcher
from storage.errors import UnknownWatchlist
from storage.records import EventKind
from storage.sql.matches import SqlMatchBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.pressroom import NOW, fill, pressroom
from tests.watching import WatchStore
from tests.webserver import serving

EVIL = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watchlists")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        WatchStore(room).watchlists.add(name="harbour", query="harbour OR @iran OR بندر", token="a" * 32, now=NOW)
        room.ids = fill(room)
        watcher = watcher_from(Settings(), WatchStore(room), lambda: datetime.now(UTC))
        while watcher.step():
            continue
        yield room


@pytest.fixture(scope="module")
def site(room):
    with serving(room, explainer=explainer_from(Settings(), WatchStore(room))) as site:
        yield site


def send(site, target: str, page: str, **entered: str):
    loaded = site.ask(page)
    token = html.fromstring(loaded.body).xpath("//input[@name='token']/@value")[0]
    return site.ask(
        target,
        "POST",
        urlencode({"token": token, **entered}).encode(),
        origin=site.url,
        sec_fetch_site="same-origin",
        cookie=loaded.headers["set-cookie"].partition(";")[0],
        content_type="application/x-www-form-urlencoded",
    )


def text_of(answer, path: str = "//main") -> str:
    return " ".join(html.fromstring(answer.body).xpath(path)[0].text_content().split())


def test_the_list_tells_what_each_found(site, room):
    answer = site.ask("/watchlists")
    assert answer.status == 200
    assert "harbour OR @iran" in text_of(answer)
    count = html.fromstring(answer.body).xpath("//tr[th/a='harbour']/td[@class='number'][1]")[0].text
    assert int(count) == len(SqlMatchBook(room.engine).matches(1, 99)) > 0


def test_a_query_is_tried_on_the_past_before_it_is_saved(site):
    answer = site.ask("/watchlists/new?q=harbour&days=30")
    page = html.fromstring(answer.body)
    assert answer.status == 200
    assert page.xpath("//*[local-name()='svg']//*[local-name()='rect']")
    assert page.xpath("//mark")[0].text.lower() == "harbour"
    assert page.xpath("//form[@action='/watchlists']//input[@name='query']/@value") == ["harbour"]


def test_a_query_that_cannot_be_read_comes_back_with_its_place(site):
    answer = site.ask("/watchlists/new?q=" + quote("harbour AND (oil"))
    assert answer.status == 400
    assert "character 17" in text_of(answer)
    assert "opens at character 13" in text_of(answer)


def test_a_doubtful_query_is_remarked_upon(site):
    assert "every article but those" in text_of(site.ask("/watchlists/new?q=NOT+harbour"))


def test_a_watchlist_is_saved_changed_and_removed(site, room):
    book = SqlWatchlistBook(room.engine)
    answer = send(site, "/watchlists", "/watchlists/new?q=x", name="صید", query="کشتی‌ها OR ships", tells_copies="yes")
    added = book.named("صید")
    assert (answer.status, answer.headers["location"]) == (303, f"/watchlists/{added.id}?done=add")
    assert (added.query, added.tells_copies) == ("کشتی‌ها OR ships", True), "a joiner stays"
    own = f"/watchlists/{added.id}"
    taken = send(site, own + "/edit", own, name="harbour", query="ships", copy_outlets="")
    assert (taken.status, "already" in text_of(taken)) == (400, True)
    unread = send(site, own + "/edit", own, name="ships", query="ships AND", copy_outlets="")
    assert (unread.status, "found the end" in text_of(unread)) == (400, True)
    unknown = send(site, own + "/edit", own, name="ships", query="ships", copy_outlets="nowhere")
    assert (unknown.status, book.named("صید").query) == (400, "کشتی‌ها OR ships")
    assert send(site, own + "/edit", own, name="ships", query="ships", copy_outlets="gazette ledger").status == 303
    assert book.named("ships").copy_outlets == ("gazette", "ledger")
    lines = "ships\r\nOR boats\u00a0AND\noil\x00"
    assert send(site, own + "/edit", own, name="ships", query=lines, copy_outlets="gazette\r\nledger").status == 303
    assert book.named("ships").query == "ships OR boats AND oil", "the end of a line parts words"
    assert book.named("ships").copy_outlets == ("gazette", "ledger")
    assert send(site, own + "/pause", own).status == 303
    assert book.named("ships").is_paused
    assert send(site, own + "/resume", own).status == 303
    assert send(site, own + "/remove", own).status == 400
    assert send(site, own + "/remove", own, sure="yes").headers["location"] == "/watchlists"
    with pytest.raises(UnknownWatchlist):
        book.named("ships")
    who = {e.payload["by"] for e in room.events.since(0, 999) if e.kind is EventKind.WATCHLIST_CHANGED} - {"command"}
    assert who == {"console at loopback"}


def test_a_name_that_is_taken_is_refused_with_what_was_entered(site):
    answer = send(site, "/watchlists", "/watchlists/new?q=x", name="harbour", query="ships")
    page = html.fromstring(answer.body)
    assert answer.status == 400
    assert page.xpath("//input[@name='name']/@value") == ["harbour"]
    assert "already" in text_of(answer)


def test_the_past_is_delivered_once(site, room):
    book = SqlWatchlistBook(room.engine)
    send(site, "/watchlists", "/watchlists/new?q=x", name="past", query="pilots")
    own = f"/watchlists/{book.named('past').id}"
    for _ in range(2):
        assert send(site, own + "/deliver", own).status == 303
    told = site.ask(own)
    count = len(html.fromstring(told.body).xpath("//ol[@class='found']/li"))
    assert count == SqlMatchBook(room.engine).counts()[book.named("past").id].stories > 0
    assert "from the past" in text_of(told)


def test_the_page_of_an_article_marks_why_it_answers(site, room):
    number = SqlMatchBook(room.engine).matches(1, 1)[0].article_id
    page = html.fromstring(site.ask(f"/articles/{number}").body)
    assert page.xpath("//mark")
    assert page.xpath("//a[@href='/watchlists/1']")


def test_nothing_of_a_query_or_a_name_is_active_on_a_page(site, room):
    added = SqlWatchlistBook(room.engine).add(name="(x", query='"' + EVIL[2:] + '"', token="e" * 32, now=NOW)
    for page in ("/watchlists", f"/watchlists/{added.id}", "/watchlists/new?q=" + quote(EVIL)):
        assert "<script>alert" not in site.ask(page).text


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_a_feed_is_found_by_its_secret_address(site, room, form):
    answer = site.ask(f"/feeds/watchlists/{'a' * 32}.{form}")
    assert answer.status == 200
    count = len(SqlMatchBook(room.engine).matches(1, 50))
    if form == "json":
        assert len(json.loads(answer.body)["items"]) == count
    else:
        read = feedparser.parse(answer.body)
        assert not read.bozo
        assert len(read.entries) == count
        assert read.feed.title == "Presswatch · harbour"
    again = site.ask(f"/feeds/watchlists/{'a' * 32}.{form}", if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_a_feed_with_another_token_is_not_there(site):
    assert site.ask(f"/feeds/watchlists/{'b' * 32}.atom").status == 404
    assert site.ask("/feeds/watchlists/short.atom").status in (400, 404)


def test_a_changed_token_ends_the_old_address(site, room):
    book = SqlWatchlistBook(room.engine)
    added = book.add(name="secret", query="x", token="c" * 32, now=NOW)
    own = f"/watchlists/{added.id}"
    assert site.ask(f"/feeds/watchlists/{'c' * 32}.rss").status == 200
    assert send(site, own + "/new-token", own).status == 303
    assert site.ask(f"/feeds/watchlists/{'c' * 32}.rss").status == 404
    assert site.ask(f"/feeds/watchlists/{book.named('secret').token}.rss").status == 200


def test_the_api_tells_watchlists_matches_and_why(site, room):
    [first] = [each for each in site.ask("/api/v1/watchlists").json["items"] if each["name"] == "harbour"]
    assert first["stories"] == len(SqlMatchBook(room.engine).matches(1, 99))
    assert "token" not in first
    page = site.ask("/api/v1/watchlists/1/matches?limit=2").json
    rest = site.ask(f"/api/v1/watchlists/1/matches?before_id={page['next_before_id']}").json
    assert len(page["items"]) == 2
    assert rest["items"][0]["id"] < page["items"][1]["id"]
    why = site.ask(f"/api/v1/articles/{page['items'][0]['article']['id']}/matches").json["items"]
    assert any(part["marked"] for part in why[0]["passages"][0]["parts"])
    tried = site.ask("/api/v1/watchlists/try?q=harbour&days=30").json
    assert tried["found"] == sum(each["count"] for each in tried["by_day"]) > 0
    assert site.ask("/api/v1/watchlists/try?q=harbour+AND").status == 400
    assert site.ask("/api/v1/watchlists/99").status == 404


def test_a_trial_finds_what_matching_finds_in_every_script(site, room):
    until = NOW + timedelta(days=1)
    for query in ("harbour", "بندر", "کشتی‌ها", "הנתבים OR נתבים", "وزارة", "title:harbour", "lang:he"):
        tried = site.ask("/api/v1/watchlists/try?days=365&q=" + quote(query)).json["found"]
        read = explainer_from(Settings(), WatchStore(room)).query(query)
        texts = SqlMatchBook(room.engine).past(
            since=until - timedelta(days=366), until=until, before_id=None, limit=999
        )
        assert tried == sum(bool(Matcher({0: read}).matching(subject_of(text))) for text in texts) > 0, query


def test_without_watchlists_their_pages_are_not_there(room):
    with serving(room) as site:
        assert site.ask("/watchlists").status == 404
