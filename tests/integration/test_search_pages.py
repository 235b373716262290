"""The page that searches, and the same in the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import html

from tests.pressroom import Piece, pressroom
from tests.searching import searcher_on
from tests.webserver import Site, serving


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Sixty articles of three outlets over two months, every third on Iran, and one in Persian."""
    folder: Path = tmp_path_factory.mktemp("search")
    with pressroom(f"sqlite:///{folder}/presswatch.sqlite3", folder) as room:
        room.open_outlets()
        for number in range(60):
            outlet = ("gazette", "ledger")[number % 2]
            subject = "Iran and its nuclear deal" if number % 3 == 0 else "The harbour"
            room.publish(
                Piece(
                    outlet=outlet,
                    url=f"https://{outlet}.example/{number}",
                    title=f"{subject} <b>{number}</b>",
                    body=f"Words on {subject} & more.",
                    minutes_ago=(60 - number) * 1440,
                )
            )
        room.publish(
            Piece(
                outlet="ruz",
                url="https://ruz.example/1",
                title="ایران و تحریم",
                body="سخنان سلیمانی درباره ایران",
                minutes_ago=0,
                language="fa",
            )
        )
        searcher = searcher_on(room.engine)
        with serving(room, searcher=searcher, explainer=searcher.explainer) as site:
            yield site


def shown(site: Site, target: str, status: int = 200) -> html.HtmlElement:
    answer = site.ask(target)
    assert answer.status == status, answer.text[-500:]
    return html.fromstring(answer.body.decode())


def titles(page: html.HtmlElement) -> list[str]:
    return [each.text_content() for each in page.xpath("//ol[@class='found']//h3")]


def test_a_search_shows_what_answers_newest_first_with_the_words_marked(site: Site):
    page = shown(site, "/search?q=" + quote('iran AND "nuclear deal"'))
    found = titles(page)
    assert len(found) == 20
    assert found[0] == "Iran and its nuclear deal <b>57</b>"
    assert {mark.text_content() for mark in page.xpath("//ol[@class='found']//mark")} == {"Iran", "nuclear deal"}
    assert page.xpath("string(//p[@class='total']/strong)") == "20 articles"


def test_outlets_countries_languages_and_days_narrow_it_down_with_true_counts(site: Site):
    page = shown(site, "/search?q=iran%20OR%20%D8%A7%DB%8C%D8%B1%D8%A7%D9%86")
    facets = {
        heading.text_content(): {
            item.xpath("string(a)"): int(item.xpath("string(*[@class='count'])"))
            for item in heading.getnext().xpath("li")
        }
        for heading in page.xpath("//aside//h2")
    }
    assert facets["Outlets"] == {"The Harbour Gazette": 10, "Levant Ledger": 10, "روز نو": 1}
    assert facets["Languages"] == {"English": 20, "Persian": 1}
    assert facets["Countries"] == {"GB": 10, "LB": 10, "IR": 1}
    link = page.xpath("//aside//a[contains(., 'Levant Ledger')]/@href")[0]
    narrowed = shown(site, link)
    assert len(titles(narrowed)) == 10
    assert "Outlets" not in narrowed.xpath("//aside//h2/text()")
    given_up = narrowed.xpath("//ul[@class='in-force']//a/@href")[0]
    assert len(titles(shown(site, given_up))) == 21


def test_a_bar_of_the_histogram_leads_to_its_days(site: Site):
    page = shown(site, "/search?q=harbour")
    bars = page.xpath("//*[local-name()='svg']//*[local-name()='a']")
    assert len(bars) == 40
    day = shown(site, bars[-1].get("href"))
    assert titles(day) == ["The harbour <b>59</b>"]
    assert bars[-1].get("aria-label") == "2026-03-13: 1"


def test_pages_go_on_to_the_last_article_and_repeat_none(site: Site):
    target, seen = "/search?q=harbour%20OR%20iran", list[str]()
    while target:
        page = shown(site, target)
        seen += titles(page)
        target = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert len(seen) == len(set(seen)) == 60


def test_the_best_come_first_where_that_is_asked_for(site: Site):
    page = shown(site, "/search?q=harbour%20NOT%20iran&order=rank")
    assert len(titles(page)) == 30
    rest = shown(site, page.xpath("//a[@rel='next']/@href")[0])
    assert len(titles(rest)) == 10


def test_a_query_that_cannot_be_read_is_shown_with_its_place(site: Site):
    page = shown(site, "/search?q=" + quote("iran AND (oil"), 400)
    assert page.xpath("//p[@role='alert']")
    assert page.xpath("//input[@name='q']/@value") == ["iran AND (oil"]
    problem = site.ask("/api/v1/search?q=" + quote("iran NEAR/x oil")).json
    assert problem["status"] == 400
    assert problem["place"] == {
        "start": 5,
        "end": 11,
        "expected": "expected a number of words after NEAR, such as NEAR/5",
    }


def test_any_search_becomes_a_watchlist_with_what_was_chosen_beside_it(site: Site):
    page = shown(
        site, "/search?q=" + quote("iran OR oil") + "&outlet=gazette&language=en&from=2026-02-01&to=2026-02-10"
    )
    link = page.xpath("//a[text()='Make it a watchlist']/@href")[0]
    tried = shown(site, link)
    assert tried.xpath("string(//textarea)") == "(iran OR oil) outlet:gazette lang:en date:2026-02-01..2026-02-10"
    assert not tried.xpath("//*[@id='bad-query']")


def test_the_api_tells_passages_counts_and_where_to_go_on(site: Site):
    answer = site.ask("/api/v1/search?q=iran&country=GB&counts=true&limit=4").json
    assert len(answer["items"]) == 4
    assert [part["text"] for part in answer["items"][0]["passages"][0]["parts"] if part["marked"]] == ["Iran"]
    counts = answer["counts"]
    assert (counts["total"], counts["is_estimate"], counts["outlets"]) == (
        10,
        False,
        [{"outlet": "gazette", "count": 10}],
    )
    rest = site.ask(f"/api/v1/search?q=iran&country=GB&limit=40&before_id={answer['next_before_id']}").json
    assert len(rest["items"]) == 6
    assert rest["next_before_id"] is None


def test_persian_is_found_under_another_name_and_shown_from_right_to_left(site: Site):
    page = shown(site, "/search?q=@soleimani")
    assert titles(page) == ["ایران و تحریم"]
    assert page.xpath("//ol[@class='found']//h3/@dir") == ["rtl"]
    assert page.xpath("string(//mark)") == "سلیمانی"
