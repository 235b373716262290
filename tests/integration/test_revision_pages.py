"""What a revision changed, marked on the article's page and on its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from tests.pressroom import DOZEN, fill, pressroom
from tests.webserver import serving

PERSIAN = DOZEN[8]
PARAGRAPHS = [f"Paragraph {number} of a long report stays as it is." for number in range(12)]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("revisions")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        ids = fill(room)
        room.revise(ids[8], replace(PERSIAN, body=PERSIAN.body.replace("یازده روز", "دوازده روز"), minutes_ago=3))
        report = replace(DOZEN[1], url="https://gazette.example/long", body="\n\n".join(PARAGRAPHS), minutes_ago=9)
        number = room.publish(report)
        changed = [*PARAGRAPHS[:-1], "Paragraph 11 of a <b>long</b> report was rewritten."]
        room.revise(number, replace(report, body="\n\n".join(changed), authors=("Anna Reed",), minutes_ago=2))
        room.revise(number, replace(report, body="\n\n".join(changed) + "\n\nMore.", minutes_ago=1))
        with serving(room) as site:
            yield site, ids, number


def page_of(site, target: str) -> html.HtmlElement:
    answer = site.ask(target)
    assert answer.status == 200
    return html.fromstring(answer.body)


def marked(page: html.HtmlElement, what: str) -> list[str]:
    return [each.text_content().strip() for each in page.xpath(f"//*[contains(@class, 'marked')]//{what}")]


def test_words_that_went_and_came_are_marked_and_all_else_is_folded(told):
    site, _, number = told
    page = page_of(site, f"/articles/{number}/revisions/2")
    assert [each.rstrip(".") for each in marked(page, "del")] == ["Tom Hale", "stays as it is"]
    assert {"Anna Reed", "<b>", "</b>"} <= set(marked(page, "ins"))
    assert page.xpath("//summary/text()") == ["10 paragraphs without a change"]
    assert page.xpath("//*[contains(@class, 'text')]//b") == []


def test_any_two_revisions_are_put_side_by_side_the_later_one_has_the_changes(told):
    site, _, number = told
    page = page_of(site, f"/articles/{number}/revisions/1?against=3")
    assert "More" in " ".join(marked(page, "ins"))
    assert "What revision 3 changed" in page.xpath("//h1")[0].text_content()
    assert page.xpath("//option[@selected]/@value") == ["3"]


def test_a_persian_change_is_marked_from_right_to_left(told):
    site, ids, _ = told
    page = page_of(site, f"/articles/{ids[8]}/revisions/2")
    assert (marked(page, "del"), marked(page, "ins")) == (["یازده"], ["دوازده"])
    assert page.xpath("//div[contains(@class, 'marked')]/@dir") == ["rtl"]


def test_the_articles_own_page_marks_the_newest_change_and_leads_to_the_others(told):
    site, ids, number = told
    page = page_of(site, f"/articles/{ids[-1]}")
    assert "The first of them, carrying wheat, was unloaded within hours." in " ".join(marked(page, "ins"))
    links = page_of(site, f"/articles/{number}").xpath("//td/a/@href")
    assert links == [f"/articles/{number}/revisions/{each}" for each in (3, 2, 1)]


def test_the_first_revision_has_nothing_before_it(told):
    site, _, number = told
    page = page_of(site, f"/articles/{number}/revisions/1")
    assert page.xpath("//h1/text()") == ["The first revision"]
    assert len(page.xpath("//div[@class='text']/p")) == 12


@pytest.mark.parametrize(
    "target", ["{}/revisions/4", "{}/revisions/2?against=9", "999999/revisions/1", "{}/revisions/0"]
)
def test_a_revision_that_is_not_there_is_not_found(told, target):
    site, _, number = told
    assert site.ask(f"/articles/{target.format(number)}").status == 404
