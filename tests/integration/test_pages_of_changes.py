"""What outlets changed, as the page, the feeds, the API and the commands show it."""

from __future__ import annotations

import json
from dataclasses import replace

import feedparser
import pytest
from lxml import html

from tests import commands
from tests.pressroom import DOZEN, fill, pressroom
from tests.webserver import serving

HEBREW = DOZEN[0]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A stealth edit in Hebrew, a new headline of another outlet, and an article that vanished."""
    folder = tmp_path_factory.mktemp("changes")
    with pressroom(f"sqlite:///{folder}/presswatch.sqlite3", folder) as room:
        ids = fill(room)
        room.revise(ids[0], replace(HEBREW, body=HEBREW.body.replace("בשבת", "בראשון"), minutes_ago=9))
        report = replace(DOZEN[1], url="https://gazette.example/long", minutes_ago=8)
        number = room.publish(report)
        notice = "Correction: An earlier version of this article misstated the rise."
        room.revise(number, replace(report, body=f"{report.body}\n\n{notice}", minutes_ago=7))
        room.vanish(ids[2])
        with serving(room) as site:
            yield site, ids, number, folder


def rows_of(site, target: str) -> list[str]:
    answer = site.ask(target)
    assert answer.status == 200
    return [" ".join(row.text_content().split()) for row in html.fromstring(answer.body).xpath("//main//tbody/tr")]


def test_the_page_lists_changes_newest_first_with_their_types(told):
    site, *_ = told
    vanished, corrected, stealth, _ = rows_of(site, "/changes")
    assert "Changed without notice: text" in stealth
    assert "Changed: correction added" in corrected
    assert "Vanished: the outlet answers 404" in vanished


def test_stealth_edits_and_single_outlets_have_pages_of_their_own(told):
    site, *_ = told
    assert len(rows_of(site, "/changes?outlet=boker&show=stealth")) == 1
    assert len(rows_of(site, "/changes?outlet=gazette&show=revised")) == 2
    assert rows_of(site, "/changes?outlet=nahar&show=stealth") == []
    assert site.ask("/changes?show=nothing").status == 400


def test_the_article_says_that_it_vanished(told):
    site, ids, *_ = told
    page = html.fromstring(site.ask(f"/articles/{ids[2]}").body)
    assert "the outlet answers 404" in page.xpath("//dt[text()='Vanished']/following-sibling::dd")[0].text_content()
    assert b"<dt>Vanished" not in site.ask(f"/articles/{ids[0]}").body


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_feeds_tell_the_changes_with_the_words_that_went_and_came(told, form):
    site, _, number, _ = told
    answer = site.ask(f"/feeds/changes.{form}")
    read = feedparser.parse(answer.body)
    assert not read.bozo
    vanished, corrected, stealth, _ = read.entries
    assert vanished.title.startswith("Vanished: the outlet answers 404. ")
    assert corrected.link.endswith(f"/articles/{number}/revisions/2")
    assert "{+Correction: An earlier version" in corrected.summary
    assert "בראשון" in stealth.summary
    assert 'dir="rtl"' in stealth.summary or "dir='rtl'" in answer.text
    assert len({entry.id for entry in read.entries}) == 4


def test_a_feed_that_has_not_changed_is_not_sent_again(told):
    site, *_ = told
    first = site.ask("/feeds/changes.json?stealth=1&outlet=boker")
    document = json.loads(first.body)
    assert [item["tags"] for item in document["items"]] == [["revised", "stealth", "body"]]
    again = site.ask("/feeds/changes.json?stealth=1&outlet=boker", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_the_api_lists_changes_by_what_is_asked_for(told):
    site, ids, *_ = told
    first = json.loads(site.ask("/api/v1/changes?limit=2").body)
    assert [each["kind"] for each in first["items"]] == ["vanished", "revised"]
    rest = json.loads(site.ask(f"/api/v1/changes?before_id={first['next_before_id']}").body)
    assert [each["differences"] for each in rest["items"]] == [["body"], ["headline", "body"]]
    assert rest["items"][0]["is_stealth"]
    assert rest["next_before_id"] is None
    [of_one] = json.loads(site.ask(f"/api/v1/changes?article={ids[2]}").body)["items"]
    assert (of_one["absence"], of_one["detail"]) == ("404", "answered 404")
    assert json.loads(site.ask("/api/v1/changes?stealth=true&outlet=nahar").body)["items"] == []


def test_the_api_gives_the_words_that_a_revision_changed(told):
    site, ids, number, _ = told
    found = json.loads(site.ask(f"/api/v1/articles/{number}/diff").body)
    assert (found["old"], found["new"], found["differences"]) == (1, 2, ["correction-added"])
    assert [span["text"].strip()[:11] for span in found["text"]["spans"] if span["edit"] == "added"] == ["Correction:"]
    assert all(span["edit"] == "same" for span in found["headline"]["spans"])
    assert site.ask(f"/api/v1/articles/{ids[4]}/diff").status == 200  # one revision: nothing differs
    assert site.ask(f"/api/v1/articles/{number}/diff?old=1&new=7").status == 404


def test_the_commands_show_the_same(told):
    _, ids, number, folder = told
    env = {"PRESSWATCH_DATA_DIR": str(folder), "PATH": ""}
    listed = commands.run("changes", env=env)
    assert listed.returncode == 0, listed.stderr
    assert "Vanished: the outlet answers 404" in listed.stdout
    stealth = json.loads(commands.run("changes", "--stealth", "--outlet", "boker", "--json", env=env).stdout)
    assert [each["article_id"] for each in stealth] == [ids[0]]
    shown = commands.run("diff", str(ids[0]), env=env).stdout
    assert "changed without a new modified date or a correction: text" in shown
    assert "[-בשבת -]{+בראשון +}" in shown
    missing = commands.run("diff", str(number), "1", "5", env=env)
    assert missing.returncode == 1
    assert "it has 1 to 2" in missing.stderr
