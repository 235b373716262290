"""The pages of articles and outlets over a real SQLite store and a real socket."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import html

from storage.errors import StoreUnavailable
from storage.records import (
    LiveEntry,
    Picture,
)
from tests.pressroom import DOZEN, OUTLETS, Piece, at_minute, fill, outlet, pressroom
from tests.webserver import serving


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        room.ids = fill(room)
        yield room


@pytest.fixture(scope="module")
def site(room):
    with serving(room) as site:
        yield site


def headlines(answer) -> list[str]:
    assert answer.status == 200
    return [node.text_content() for node in html.fromstring(answer.body).xpath("//li[@data-article]//h3")]


def test_the_newest_article_comes_first_with_its_newest_headline(site):
    shown = headlines(site.ask("/"))
    assert len(shown) == 12
    assert shown[0].endswith("reopens after eleven days")
    assert shown[1:] == [piece.title for piece in reversed(DOZEN[:-1])]


FILTERS = {
    "an outlet": ("/?outlet=ledger", {"ledger"}, 2),
    "a language": ("/?language=fa", {"ruz"}, 2),
    "an outlet and a word": ("/?outlet=gazette&q=insurers+premiums", {"gazette"}, 1),
    "the beginning of a word": ("/?q=premium*", {"gazette"}, 1),
    "a phrase": ("/?q=%22third+night%22", {"gazette"}, 1),
    "a Persian word": ("/?q=%D8%A8%D8%A7%D8%B2%D8%B1%DA%AF%D8%A7%D9%86%D8%A7%D9%86&language=fa", {"ruz"}, 1),
    "the last hour": ("/?within=hour", {"gazette", "nahar"}, 2),
    "the last day": ("/?within=day", {"gazette", "nahar", "ledger", "ruz", "boker"}, 9),
    "an untouched form": ("/?q=&outlet=&language=&within=", {piece.outlet for piece in DOZEN}, 12),
}


@pytest.mark.parametrize(("target", "outlets", "count"), FILTERS.values(), ids=FILTERS)
def test_a_filter_leaves_what_it_asks_for(site, target, outlets, count):
    page = html.fromstring(site.ask(target).body)
    shown = page.xpath("//li[@data-article]//a[@class='outlet']/@href")
    assert {link.split("/")[2] for link in shown} == outlets
    assert len(shown) == count


def test_a_filtered_page_offers_the_feed_of_the_same_filter(site):
    page = html.fromstring(site.ask("/?q=harbour&language=en").body)
    feeds = page.xpath("//link[@rel='alternate']/@href")
    assert feeds == [f"/feeds/latest.{form}?q=harbour&language=en" for form in ("rss", "atom", "json")]


def test_nothing_found_says_what_to_do(site):
    page = site.ask("/?q=zeppelin")
    assert page.status == 200
    assert "No article answers this." in page.text


def test_right_to_left_articles_are_shown_right_to_left(site, room):
    page = html.fromstring(site.ask("/").body)
    directions = {
        card.get("lang"): card.get("dir") for card in page.xpath("//li[@data-article]/article") if card.get("lang")
    }
    assert directions == {"en": "ltr", "fa": "rtl", "ar": "rtl", "he": "rtl"}
    article = html.fromstring(site.ask(f"/articles/{room.ids[8]}").body)
    assert article.xpath("//div[@class='text']/@dir") == ["rtl"]
    assert article.xpath("//article/header/@dir") == ["rtl"]


def test_an_article_page_shows_what_is_known_and_where_from(site, room):
    answer = site.ask(f"/articles/{room.ids[-1]}")
    page = html.fromstring(answer.body)
    text = " ".join(page.text_content().split())
    assert page.xpath("//h1/text()") == [
        "First ships enter the northern basin as the harbour reopens after eleven days"
    ]
    assert page.xpath("//p[@class='byline']//text()[normalize-space()]") == ["Anna Reed"]
    assert "14 March 2026, 15:21 UTC from json-ld" in text
    assert [p.text_content()[:20] for p in page.xpath("//div[@class='text']/p")][-1] == "The first of them, c"
    links = page.xpath("//dd[@class='address']/a")
    assert [link.get("href") for link in links] == [
        "https://gazette.example/ship.jpg",
        "https://gazette.example/2026/03/14/reopens",
    ]
    assert {link.get("rel") for link in links} == {"noopener noreferrer"}
    assert "Harbours, Grain" in text
    assert "The first ship https://gazette.example/ship.jpg" in text
    assert "credit: Lina Haddad" in text
    [entry] = page.xpath("//ol[@class='entries']/li")
    assert " ".join(entry.text_content().split()) == "14 March 2026, 15:28 UTC A second ship It moored. It was small."
    assert "meta author: Gazette Newsroom" in text
    assert "headline, text" in text
    assert "first seen" in text


def test_a_day_is_shown_as_a_day(site, room):
    page = html.fromstring(site.ask(f"/articles/{room.ids[9]}").body)
    told = page.xpath("//dl[@class='facts']//dd")[0]
    assert told.xpath("time/@datetime") == ["2026-03-14"]
    assert "14 March 2026 (day only)" in told.text_content()
    assert "The Harbour Gazette" in page.xpath("string(//dl[@class='facts'])")


def test_the_outlets_page_puts_trouble_first_and_says_why(site):
    page = html.fromstring(site.ask("/outlets").body)
    first = " ".join(page.xpath("//tbody/tr")[0].text_content().split())
    assert first.startswith("בוקר טוב")
    assert "failing The feed answered 503 (Service Unavailable)" in first
    assert "in 40 min" in first
    assert len(page.xpath("//tbody/tr")) == len(OUTLETS)


def test_an_outlet_page_shows_its_sources_and_visits(site):
    page = html.fromstring(site.ask("/outlets/gazette").body)
    text = " ".join(page.text_content().split())
    assert "https://gazette.example/feed.xml ok" in text
    assert "Schedule: adaptive, as nothing else was ordered" in text
    assert page.xpath("count(//table)") == 1
    assert "4 min ago read" in text


def test_the_delay_of_an_article_is_the_interval_that_the_visits_know(site, room):
    dated = room.ids[-1]
    page = html.fromstring(site.ask(f"/articles/{dated}").body)
    facts = {
        row.find("dt").text: " ".join(row.find("dd").text_content().split())
        for row in page.xpath("//dl[@class='facts']/div")
    }
    assert facts["First listed"] == "14 March 2026, 15:28 UTC by https://gazette.example/feed.xml"
    assert facts["Visit before"] == "14 March 2026, 07:00 UTC did not list it"
    assert facts["Delay"] == "7 min"
    arrival = site.ask(f"/api/v1/articles/{dated}").json["arrival"]
    assert arrival["previous_visit_at"] == "2026-03-14T07:00:00Z"
    assert arrival["delay"] == {"least_s": 420, "most_s": 420}
    first = site.ask(f"/api/v1/articles/{room.ids[0]}").json["arrival"]
    assert (first["previous_visit_at"], first["delay"]) == (None, None)


def test_a_date_in_the_future_is_flagged_and_keeps_nothing_on_top(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        ahead = room.publish(replace(DOZEN[1], title="Ahead", published=at_minute(-3000), minutes_ago=60))
        after = replace(DOZEN[1], title="After", url="https://gazette.example/b", published=at_minute(30))
        room.publish(replace(after, minutes_ago=20))
        with serving(room) as site:
            assert headlines(site.ask("/")) == ["After", "Ahead"]
            assert site.ask("/").text.count("(ahead of when it was found)") == 1
            assert "ahead of when it was found: not believed" in site.ask(f"/articles/{ahead}").text
            flags = {each["title"]: each["is_dated_ahead"] for each in site.ask("/api/v1/articles").json["items"]}
            assert flags == {"After": False, "Ahead": True}
            dates = [entry["date_published"] for entry in site.ask("/feeds/latest.json").json["items"]]
            assert dates == ["2026-03-14T15:10:00Z", "2026-03-14T14:40:00Z"]


MISSING = {
    "no such article": ("/articles/99999", 404),
    "an article id that is no number": ("/articles/first", 404),
    "an article id no database holds": (f"/articles/{10**30}", 404),
    "no such outlet": ("/outlets/nobody", 404),
    "an outlet key that cannot be": ("/outlets/..%2f..%2fetc", 404),
    "no such page": ("/wp-login.php", 404),
    "no such feed": ("/feeds/latest.opml", 404),
    "no such static file": ("/static/../app.py", 404),
    "a cursor that is no number": ("/?before=yesterday", 400),
    "a NUL": ("/?q=a%00b", 400),
    "a quotation mark left open": ("/?q=%22open", 400),
    "a time nobody offers": ("/?within=century", 400),
    "more words than are taken": ("/?q=" + "a+" * 401, 400),
    "a very long search": ("/?q=" + "a" * 5000, 400),
}


@pytest.mark.parametrize(("target", "status"), MISSING.values(), ids=MISSING)
def test_what_cannot_be_shown_is_said_plainly(site, target, status):
    answer = site.ask(target)
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/")
    assert "Traceback" not in answer.text
    if "text/html" in answer.headers["content-type"]:
        assert html.fromstring(answer.body).xpath("//main//h1")


def test_a_page_leads_to_the_next_one_until_the_last(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        for number in range(95):
            room.publish(replace(DOZEN[1], url=f"https://gazette.example/n/{number}", title=f"Piece {number}"))
        with serving(room) as site:
            seen, target = [], "/?outlet=gazette&q=grain"
            while target:
                page = site.ask(target)
                seen += headlines(page)
                older = html.fromstring(page.body).xpath("//a[@rel='next']/@href")
                target = older[0] if older else None
    assert seen == [f"Piece {number}" for number in reversed(range(95))]


HOSTILE = Piece(
    outlet="gazette",
    url="https://gazette.example/x?<script>alert(1)</script>",
    title="</title><script>alert('t')</script>",
    body="<img src=x onerror=alert(1)>\n\n{{ 7*7 }} {% raw %}",
    minutes_ago=3,
    authors=("<b>bold</b>", '"><script>alert(2)</script>'),
    credit="<iframe src=javascript:alert(3)>",
    section="<svg onload=alert(4)>",
    tags=("<b>tag</b>",),
    lead_image=Picture(url="javascript:alert(5)", caption="<img src=x>", credit="<i>by</i>"),
    entries=(LiveEntry(headline="<script>alert(6)</script>", text="<b>entry</b>"),),
    language=None,
)


def test_nothing_an_outlet_writes_becomes_markup(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets((*OUTLETS, outlet("odd", "<i>Odd</i>", "odd.example", "en", "GB")))
        number = room.publish(HOSTILE)
        with serving(room) as site:
            pages = [site.ask(target) for target in ("/", f"/articles/{number}", "/outlets", "/?q=%3Cscript%3Ealert")]
    for answer in pages:
        assert answer.status == 200
        page = html.fromstring(answer.body)
        scripts = page.xpath("//script")
        assert [script.get("src") for script in scripts] in (
            ["/static/keys.js"],
            ["/static/keys.js", "/static/news.js"],
        )
        assert not page.xpath(
            "//img | //iframe | //svg[not(@class='spark')] | //main//b | //main//i | //@onerror | //@onload | //@style"
        )
    assert "{{ 7*7 }}" in pages[1].text
    assert not html.fromstring(pages[1].body).xpath("//a[starts-with(@href, 'javascript')]")


def test_only_web_addresses_become_links(site):
    for target in ("/", "/articles/1", "/outlets", "/outlets/gazette", "/api/docs"):
        links = html.fromstring(site.ask(target).body).xpath("//@href | //@src | //@action")
        assert all(re.match(r"(https?://|/|#)", link) for link in links)


def test_every_page_keeps_the_browser_on_a_short_leash(site):
    for target in ("/", "/outlets", "/nope", "/feeds/latest.rss", "/api/v1/status", "/static/style.css", "/healthz"):
        headers = site.ask(target).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "set-cookie" not in headers


def test_pages_load_nothing_from_elsewhere(site):
    for target in ("/", "/articles/1", "/outlets", "/api/docs"):
        page = html.fromstring(site.ask(target).body)
        loaded = page.xpath("//script/@src | //link[@rel='stylesheet' or @rel='icon']/@href | //img/@src")
        assert loaded
        assert all(link.startswith("/static/") for link in loaded)
        assert all(site.ask(link).status == 200 for link in loaded)


HOSTS = {
    "127.0.0.1": ("127.0.0.1:8000", 200),
    "localhost": ("localhost", 200),
    "LOCALHOST": ("LOCALHOST:1", 200),
    "IPv6 loopback": ("[::1]:8000", 200),
    "somebody else's name for our address": ("evil.example:8000", 400),
    "a name that begins like ours": ("localhost.evil.example", 400),
    "none at all": ("", 400),
}


@pytest.mark.parametrize(("host", "status"), HOSTS.values(), ids=HOSTS)
def test_a_rebound_name_gets_nothing(site, host, status):
    answer = site.ask("/", host=host)
    assert answer.status == status
    if status == 400:
        assert b"Harbour" not in answer.body


def test_other_names_can_be_allowed(room):
    with serving(room, allowed_hosts=["*.press.example", "127.0.0.1"]) as site:
        assert site.ask("/healthz", host="news.press.example").status == 200
        assert site.ask("/healthz", host="localhost").status == 400


@pytest.mark.parametrize("target", ["/", "/articles/1", "/outlets", "/feeds/latest.atom", "/api/v1/articles", "/nope"])
def test_head_answers_as_get_does_without_the_body(site, target):
    got, asked = site.ask(target), site.ask(target, "HEAD")
    assert asked.status == got.status
    assert asked.body == b""
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert asked.headers["content-length"] == got.headers["content-length"]


def test_pages_can_only_be_read(site):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = site.ask("/", method, content_length="0")
        assert answer.status == 405


def test_what_nobody_foresaw_is_told_without_its_insides(room):
    def broken(_url: str) -> tuple[str, int]:
        raise RuntimeError("the secret is 42")

    with serving(room, fingerprint=broken) as site:
        answer = site.ask("/api/v1/explain?url=https://gazette.example/")
        assert answer.status == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert b"42" not in answer.body
        assert site.ask("/").status == 200


def test_a_store_that_does_not_answer_is_said_so(tmp_path):
    """A database server that is not there: the address is right, nobody listens."""
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        room.engine.dispose()
        from storage.sql.engine import open_engine  # noqa: PLC0415
        from storage.sql.library import SqlLibrary  # noqa: PLC0415

        absent = open_engine("postgresql://nobody:hunter2@127.0.0.1:1/press")
        room.library = SqlLibrary(absent, 900)
        with pytest.raises(StoreUnavailable):
            room.library.newest_change()
        with serving(room) as site:
            assert site.ask("/healthz").status == 200
            for target in ("/", "/outlets", "/readyz", "/feeds/latest.rss", "/api/v1/status"):
                answer = site.ask(target)
                assert answer.status == 503
                assert answer.headers["retry-after"] == "30"
                assert "does not answer" in answer.text
                assert "hunter2" not in answer.text
        absent.dispose()


def test_an_outlet_page_shows_when_it_publishes(site):
    page = html.fromstring(site.ask("/outlets/gazette").body)
    assert "Not known yet" in page.text_content()


def test_an_outlet_page_draws_its_days_and_tells_them_in_words(site):
    (picture,) = html.fromstring(site.ask("/outlets/gazette").body).xpath("//*[local-name()='svg' and @class='spark']")
    assert picture.get("aria-label").startswith("3 articles in 28 days, at most 2 a day; the oldest first: 0, ")
    assert sum(map(int, picture.get("aria-label").rpartition(": ")[2].split(", "))) == 3
