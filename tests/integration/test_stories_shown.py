"""A text that other outlets republish is shown with its origin, on pages, in the API and in feeds."""

from __future__ import annotations

from dataclasses import replace

import feedparser
import pytest
from lxml import html
from sqlalchemy import text

from storage.sql.engine import writing
from tests.pressroom import NOW, Piece, Pressroom, at_minute, outlet, pressroom
from tests.webserver import Site, serving

PARAGRAPHS = [
    "The pilots of the northern harbour went back to work on Saturday, eleven days after they had left their boats.",
    "They had asked for nights of rest between shifts that sometimes lasted longer than thirty hours at a stretch.",
    "The ministry gave way after three nights of talks, which neither side had wanted to hold in the open.",
    "Forty ships lay outside by then, most of them with grain, and some with fruit that nobody will buy any more.",
    "Insurers had raised what they take for a bulk carrier by a fifth, and say they will not lower it before summer.",
    "The first ship to come in was a freighter from Constanta, and its captain was given flowers by the mayor.",
]
TEXT = "\n\n".join(PARAGRAPHS)
OUTLETS = (
    outlet("gazette", "The Harbour Gazette", "gazette.example", "en", "GB"),
    outlet("ledger", "Levant Ledger", "ledger.example", "en", "LB"),
    outlet("mirror", "The Quay Mirror", "mirror.example", "en", "LB"),
)
ORIGINAL = Piece(
    outlet="gazette", url="https://gazette.example/harbour", title="Pilots return to the northern harbour", body=TEXT,
    minutes_ago=4_000, authors=("Tom Hale",), published=at_minute(4_100),
)  # fmt: skip
REPRINT = Piece(
    outlet="ledger", url="https://ledger.example/pilots", title="Harbour pilots are back",
    body=f"A photo shows the quay at dawn.\n\n{TEXT}\n\nThis report was edited for length.", minutes_ago=100,
    published=at_minute(1_220), credit="The Harbour Gazette",
)  # fmt: skip
EXCERPT = Piece(
    outlet="mirror", url="https://mirror.example/7", title="Pilots return",
    body="\n\n".join(PARAGRAPHS[:4]).replace("Forty ships", "Some forty ships"), minutes_ago=50,
    credit="Harbour Gazette",
)  # fmt: skip
SENTENCE = (
    "Origin: The Harbour Gazette. Also at: Levant Ledger, two days later, 100% of the words, adds 2 sentences; "
    "The Quay Mirror, seen three days later, 65% of the words, cuts 2 sentences, changes 1 sentence."
)


@pytest.fixture(params=["the original first", "the reprint first"], scope="module")
def room(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stories")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        room.open_outlets(OUTLETS)
        pieces = [ORIGINAL, REPRINT, EXCERPT]
        if request.param == "the reprint first":
            pieces.reverse()
        room.ids = {piece.outlet: room.publish(piece) for piece in pieces}
        room.follower.follow(100, NOW)
        yield room


@pytest.fixture(scope="module")
def site(room):
    with serving(room) as site:
        yield site


def page_of(site: Site, target: str):
    answer = site.ask(target)
    assert answer.status == 200
    return html.fromstring(answer.body)


def words_of(node) -> str:
    return " ".join(node.text_content().split())


def test_the_story_page_tells_origin_copies_and_what_each_changed(room: Pressroom, site: Site):
    page = page_of(site, "/stories/1")
    (origin,) = page.xpath("//aside[@class='story']/p[1]")
    assert words_of(origin) == "Origin: The Harbour Gazette"
    assert origin.xpath("a/@href") == [f"/articles/{room.ids['gazette']}"]
    copies = [words_of(node) for node in page.xpath("//ol[@class='copies']/li/p[@class='from']")]
    assert copies == [
        "The Harbour Gazette the text that copies are measured by",
        "Levant Ledger two days later, 100% of the words, adds 2 sentences",
        "The Quay Mirror seen three days later, 65% of the words, cuts 2 sentences, changes 1 sentence",
    ]
    assert [words_of(node) for node in page.xpath("//blockquote[@class='added']")] == [
        "A photo shows the quay at dawn.",
        "This report was edited for length.",
        "Some forty ships lay outside by then, most of them with grain, and some with fruit that nobody will buy any more.",
    ]
    assert [words_of(node) for node in page.xpath("//blockquote//ins")] == ["Some forty"]
    assert [words_of(node) for node in page.xpath("//blockquote//del")] == ["Forty"]
    assert words_of(page.xpath("//blockquote[@class='cut']")[0]).startswith("Insurers had raised")
    assert {words_of(node) for node in page.xpath("//section//tbody/tr/td[2]")} == {
        "credit line named in the text or byline"
    }


def test_the_article_s_page_tells_the_same(room: Pressroom, site: Site):
    reprint = words_of(page_of(site, f"/articles/{room.ids['ledger']}").xpath("//aside[@class='story']")[0])
    assert reprint.startswith(
        "Origin: The Harbour Gazette. This copy: two days later, 100% of the words, adds 2 sentences. "
        "Also at: The Quay Mirror, seen three days later, "
    )
    original = words_of(page_of(site, f"/articles/{room.ids['gazette']}").xpath("//aside[@class='story']")[0])
    assert original.startswith("Origin: The Harbour Gazette (this article). Also at: Levant Ledger, two days later")


def test_lists_tell_it(room: Pressroom, site: Site):
    newest = page_of(site, "/")
    tags = {
        words_of(node.xpath(".//a[@class='outlet']")[0]): words_of(
            node.xpath(".//a[starts-with(@href, '/stories/')]")[0]
        )
        for node in newest.xpath("//li[@data-article]")
    }
    assert tags == {
        "The Harbour Gazette": "original of 3",
        "Levant Ledger": "text of The Harbour Gazette",
        "The Quay Mirror": "text of The Harbour Gazette",
    }
    stories = page_of(site, "/stories")
    assert stories.xpath("//h3/a/@href") == ["/stories/1"]
    assert "Origin: The Harbour Gazette" in words_of(stories)


def test_the_api_tells_it(room: Pressroom, site: Site):
    (listed,) = site.ask("/api/v1/stories").json["items"]
    assert (listed["origin"]["key"], listed["origin"]["article_id"]) == ("outlet:gazette", room.ids["gazette"])
    whole = site.ask("/api/v1/stories/1").json
    assert whole["summary"] == SENTENCE
    assert whole["is_seen_first"] is False
    assert {claim["value"] for claim in whole["claims"]} == {"The Harbour Gazette", "Harbour Gazette"}
    (reprint, _) = whole["copies"]
    assert reprint["share"] == 1.0
    assert reprint["changes"]["added"] == ["A photo shows the quay at dawn.", "This report was edited for length."]
    article = site.ask(f"/api/v1/articles/{room.ids['mirror']}").json
    assert article["story"]["id"] == 1
    assert article["claims"][0]["party"]["name"] == "The Harbour Gazette"
    assert {each["story"]["id"] for each in site.ask("/api/v1/articles").json["items"]} == {1}


def test_feeds_tell_it(site: Site):
    entries = {entry.link: entry for entry in feedparser.parse(site.ask("/feeds/latest.atom").body).entries}
    links = {link.rel: link for link in entries[REPRINT.url].links}
    assert (links["via"].href, links["via"].title) == (ORIGINAL.url, "The Harbour Gazette")
    assert links["related"].href == f"{site.url}/stories/1"
    assert links["related"].title.startswith("Origin: The Harbour Gazette. Also at: Levant Ledger")
    assert "via" not in {link.rel for link in entries[ORIGINAL.url].links}
    rss = html.fromstring(site.ask("/feeds/latest.rss").body)
    assert [node.text for node in rss.iter("dc:source")] == ["The Harbour Gazette"] * 2
    items = {item["url"]: item["_presswatch"]["story"] for item in site.ask("/feeds/latest.json").json["items"]}
    assert items[REPRINT.url]["origin"] == {"name": "The Harbour Gazette", "url": ORIGINAL.url}
    assert items[ORIGINAL.url]["is_origin"] is True


def test_an_id_that_was_merged_leads_to_the_story(room: Pressroom, site: Site):
    with writing(room.engine) as connection:
        connection.execute(
            text("INSERT INTO stories (id, created_at, updated_at, articles, merged_into) VALUES (77, 0, 0, 0, 1)")
        )
    for target in ("/stories/77", "/api/v1/stories/77"):
        answer = site.ask(target)
        assert (answer.status, answer.headers["location"]) == (301, target.replace("77", "1"))


def test_a_story_that_there_never_was_is_not_found(site: Site):
    assert site.ask("/stories/4711").status == 404
    problem = site.ask("/api/v1/stories/4711")
    assert problem.status == 404
    assert "No story has that id" in problem.json["detail"]
    assert site.ask("/stories/nonsense").status == 404


def test_an_agency_that_is_not_collected_is_named_and_who_was_first_is_not_called_origin(tmp_path):
    wire = replace(ORIGINAL, body=f"CONSTANTA (Reuters) - {TEXT}")
    plain = replace(REPRINT, body=TEXT, credit=None)
    silent = replace(ORIGINAL, outlet="mirror", url="https://mirror.example/9", body=TEXT[::-1])
    again = replace(plain, url="https://ledger.example/9", body=TEXT[::-1])
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets(OUTLETS)
        ids = [room.publish(piece) for piece in (wire, plain, silent, again)]
        room.follower.follow(100, NOW)
        with serving(room) as site:
            of_wire = site.ask(f"/api/v1/articles/{ids[0]}").json["story"]
            of_silent = site.ask(f"/api/v1/articles/{ids[3]}").json["story"]
            summary = site.ask(f"/api/v1/stories/{of_wire['id']}").json["summary"]
            page = words_of(page_of(site, f"/stories/{of_silent['id']}"))
    assert of_wire["origin"]["key"] == "agency:reuters"
    assert of_wire["origin"]["article_id"] is None
    assert summary.startswith("Origin: Reuters. At: The Harbour Gazette. Also at: Levant Ledger, two days later")
    assert of_silent["is_seen_first"] is True
    assert "Seen first: The Quay Mirror no article says whose text it is" in page
    assert "Origin:" not in page


HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)> "><svg onload=alert(3)>'


def test_nothing_of_a_page_runs_on_a_story_s_page(tmp_path):
    own = replace(ORIGINAL, title=HOSTILE, body=f"{TEXT}\n\n{HOSTILE} was said here.")
    copy = replace(REPRINT, title=HOSTILE, body=f"{HOSTILE} stands above.\n\n{TEXT}", credit=HOSTILE[:60])
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets(OUTLETS)
        ids = [room.publish(piece) for piece in (own, copy)]
        room.follower.follow(100, NOW)
        with serving(room) as site:
            for target in ("/stories", "/stories/1", f"/articles/{ids[1]}"):
                page = page_of(site, target)
                assert "alert(1)" in words_of(page)
                assert not page.xpath("//script[not(@src)] | //svg[@onload] | //*[@onerror] | //img")
            assert site.ask("/api/v1/stories/1").json["title"] == HOSTILE
            assert feedparser.parse(site.ask("/feeds/latest.atom").body).bozo == 0
