"""The page, the API and the feeds of an author, and the page of an outlet for its readers."""

from __future__ import annotations

from dataclasses import replace

import feedparser
import pytest
from lxml import html

from delivery.authors import AuthorDesk
from delivery.watchlists.entities import Entity
from storage.sql.authors import SqlAuthorBook
from tests.pressroom import DOZEN, fill, pressroom
from tests.webserver import serving

ENTITY = Entity(key="reed", name="Anna Reed", kind="person", aliases=("آنا رید", "Reed"))
TITLES = ["The basin by night", "بندر در شب", DOZEN[-1].title + " after eleven days"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authors")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        fill(room)
        more = replace(DOZEN[4], url="https://ruz.example/fa/1", title=TITLES[1], authors=("آنا رید",), minutes_ago=3)
        room.publish(more)
        english = replace(DOZEN[-1], outlet="ledger", url="https://ledger.example/1", minutes_ago=2)
        room.publish(replace(english, title=TITLES[0], authors=("REED, Anna",), section="Nights", tags=("grain",)))
        room.authors = AuthorDesk(SqlAuthorBook(room.engine), room.library, lambda: {"reed": ENTITY})
        with serving(room) as site:
            yield site


def page_of(answer) -> html.HtmlElement:
    assert answer.status == 200
    return html.fromstring(answer.body)


def headlines(page: html.HtmlElement) -> list[str]:
    return [each.text_content() for each in page.xpath("//li[@data-article]//h3")]


@pytest.mark.parametrize("name", ["Anna+Reed", "anna+reed", "Reed,+Anna", "%D8%A2%D9%86%D8%A7+%D8%B1%DB%8C%D8%AF"])
def test_an_author_is_one_over_outlets_spellings_and_scripts(site, name):
    page = page_of(site.ask(f"/authors?name={name}"))
    assert headlines(page) == TITLES
    rows = {row.xpath("th")[0].text_content(): row.text_content() for row in page.xpath("//tbody/tr")}
    assert rows.keys() == {"Levant Ledger", "روز نو", "The Harbour Gazette"}
    assert "Nights 1" in rows["Levant Ledger"]
    assert "REED, Anna 1" in rows["Levant Ledger"]
    assert "World 1" in rows["The Harbour Gazette"]


def test_names_over_articles_lead_to_their_authors(site):
    links = page_of(site.ask("/")).xpath("//p[@class='meta']//a/@href")
    assert "/authors?name=Mariam%20Daher" in links
    number = page_of(site.ask("/authors?name=Mariam+Daher")).xpath("//li/@data-article")[0]
    assert page_of(site.ask(f"/articles/{number}")).xpath("//p[@class='byline']/a/@href") == [
        "/authors?name=Mariam%20Daher",
        "/authors?name=Joseph%20Khoury",
    ]


def test_a_family_name_alone_is_not_taken_for_the_person(site):
    assert site.ask("/authors?name=Reed").status == 404


def test_a_name_that_no_article_carries_is_told_as_such(site):
    answer = site.ask("/authors?name=%3Cb%3ENobody")
    assert answer.status == 404
    assert "No article names <b>Nobody" in html.fromstring(answer.body).text_content()
    problem = site.ask("/api/v1/authors?name=Nobody")
    assert (problem.status, problem.headers["content-type"]) == (404, "application/problem+json")


def test_the_api_tells_beats_and_pages_through_the_articles(site):
    told = site.ask("/api/v1/authors?name=Anna+Reed").json
    assert told["articles"] == 3
    assert {each["name"] for each in told["spellings"]} == {"Anna Reed", "REED, Anna", "آنا رید"}
    assert {beat["outlet"]["key"]: beat["articles"] for beat in told["beats"]} == {"ledger": 1, "ruz": 1, "gazette": 1}
    seen, cursor = [], ""
    while cursor is not None:
        page = site.ask(f"/api/v1/authors/articles?name=Anna+Reed&limit=1{cursor}").json
        seen += [item["title"] for item in page["items"]]
        cursor = f"&before_id={page['next_before_id']}" if page["next_before_id"] else None
    assert seen == TITLES


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_an_author_can_be_followed(site, form):
    answer = site.ask(f"/feeds/authors.{form}?name=Anna+Reed")
    found = [
        each["title"] for each in (answer.json["items"] if form == "json" else feedparser.parse(answer.body).entries)
    ]
    assert found == TITLES
    again = site.ask(f"/feeds/authors.{form}?name=Anna+Reed", if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    alternate = page_of(site.ask("/authors?name=Anna+Reed")).xpath("//link[@rel='alternate']/@href")
    assert f"/feeds/authors.{form}?name=Anna+Reed" in alternate


def test_an_outlet_shows_its_readers_what_it_writes_about_and_who(site):
    page = page_of(site.ask("/outlets/ledger/articles"))
    assert headlines(page)[0] == TITLES[0]
    facts = " ".join(page.xpath("//dl")[0].text_content().split())
    assert "Analysis 1, grain 1, Nights 1" in facts
    assert "REED, Anna 1" in facts
    assert page.xpath("//a[text()='Watch this outlet']/@href") == ["/watchlists/new?q=outlet:ledger"]
    assert page.xpath("//link[@rel='alternate']/@href")[0] == "/feeds/latest.rss?outlet=ledger"


def test_an_outlet_that_is_no_longer_monitored_still_has_its_articles_listed(site):
    answer = site.ask("/outlets/former/articles")
    assert (answer.status, answer.headers["location"]) == (303, "/?outlet=former")
