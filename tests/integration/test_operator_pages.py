"""The pages of those who run it: failures, retries, histories, fill rates and live visits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import html
from sqlalchemy import update

from crawler.discovery.urls import fingerprint
from storage.records import (
    VISITING,
    Candidate,
    ProcessInfo,
    Reason,
    Verdict,
    VisitOutcome,
    VisitReport,
)
from storage.sql.engine import writing
from storage.sql.hosts import SqlProcessBook
from storage.sql.schema import sources
from tests.pressroom import DOZEN, NOW, OUTLETS, fill, pressroom
from tests.webserver import serving


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("troubled")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        fill(room)
        (source,) = room.crawl.sources_of(["ledger"])
        urls = ["https://ledger.example/1", "https://ledger.example/2"]
        found = [Candidate(url=url, key=fingerprint(url), found_url=url) for url in urls]
        report = VisitReport(
            source_id=source.id, started_at=NOW, finished_at=NOW, outcome=VisitOutcome.READ, next_due_at=NOW,
            candidates=tuple(found),
        )  # fmt: skip
        _, pending = room.crawl.record_visit(report)
        room.crawl.record_verdicts(
            [Verdict(pending=each, at=NOW, reason=Reason.FAILED, detail="<b>reset</b>") for each in pending]
        )
        room.crawl.record_visit(
            replace(report, candidates=(), outcome=VisitOutcome.FAILED, reason="dns", detail="no <such> name")
        )
        with serving(room) as site:
            yield room, site


def test_what_fails_is_grouped_by_cause_with_the_way_to_retry_it(troubled):
    _, site = troubled
    page = html.fromstring(site.ask("/failures").body)
    assert page.xpath("//summary/strong/text()") == ["dns", "http-503", "failed"]
    assert "no <such> name (1 in a row)" in page.text_content()
    assert "2 at 1 outlet" in page.text_content()
    assert page.xpath("//form[@action='/failures/retry']/input[@name='reason']/@value") == ["failed"]
    assert "presswatch retry failed" in site.ask("/failures", x_forwarded_for="203.0.113.5").text
    assert "<b>reset</b>" in page.text_content()


def test_every_ill_source_is_among_the_failures_whatever_its_state(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        for key, state in (("gazette", "dead"), ("ledger", "blocked"), ("ruz", "quiet")):
            room.publish(replace(DOZEN[1], outlet=key, url=f"https://{key}.example/1", minutes_ago=30))
            with writing(room.engine) as connection:
                own = update(sources).where(sources.c.outlet_key == key)
                connection.execute(own.values(state=state, cause=f"cause of {state}", sentence=f"it is {state}"))
        with serving(room) as site:
            page = html.fromstring(site.ask("/failures").body)
    assert page.xpath("//summary/strong/text()") == ["cause of blocked", "cause of dead"]


def test_an_address_is_explained_on_a_page(troubled):
    _, site = troubled
    link = html.fromstring(site.ask("/failures").body).xpath("//details//li/a/@href")[0]
    told = html.fromstring(site.ask(link).body).text_content()
    assert "failed" in told
    assert "<b>reset</b>" in told
    assert "no source of a monitored outlet" in site.ask("/explain?url=https://ledger.example/never").text
    assert "not the address of a page" in site.ask("/explain?url=ftp://ledger.example/").text
    assert site.ask("/explain").status == 200


def test_what_is_retried_waits_again_and_fails_no_more(troubled):
    room, site = troubled
    assert room.crawl.retry_lost({Reason.FAILED}, NOW - timedelta(hours=1), ["gazette"], now=NOW) == 0
    assert room.crawl.retry_lost({Reason.GONE, Reason.STORED}, NOW - timedelta(hours=1), now=NOW) == 0
    assert room.crawl.retry_lost({Reason.FAILED}, NOW - timedelta(hours=1), now=NOW) == 2
    assert html.fromstring(site.ask("/failures").body).xpath("//summary/strong/text()") == ["dns", "http-503"]
    assert "Waits to be fetched" in site.ask("/explain?url=https://ledger.example/1").text


def test_the_history_of_visits_is_shown_a_page_at_a_time_until_the_first(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        for number in range(230):
            room.publish(
                replace(DOZEN[1], url=f"https://gazette.example/{number}", body="x" * number, minutes_ago=500 - number)
            )
        with serving(room) as site:
            seen, target = [], "/outlets/gazette/visits"
            while target:
                page = html.fromstring(site.ask(target).body)
                seen += [int(cell.text) for cell in page.xpath("//tbody/tr/td[5]")]
                older = page.xpath("//a[@rel='next']/@href")
                target = older[0] if older else None
            assert site.ask("/outlets/nobody/visits").status == 404
    assert seen == list(reversed(range(230)))


def test_an_outlet_page_shows_how_well_it_is_read_by_day_or_by_week(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        room.open_outlets()
        for number, days_ago in enumerate((2, 2, 1, 0)):
            words = {"authors": ("Anna Reed",) if number else (), "published": None, "body": "word " * (100 + number)}
            room.publish(
                replace(DOZEN[1], url=f"https://gazette.example/{number}", minutes_ago=1440 * days_ago, **words)
            )
        with serving(room) as site:

            def pictures() -> list[str]:
                found = html.fromstring(site.ask("/outlets/gazette").body)
                return found.xpath("//*[local-name()='svg' and @class='fill']/@aria-label")

            assert pictures() == [
                "With a byline, % by day, the oldest first: 50, 100, 100",
                "With a date, % by day, the oldest first: 0, 0, 0",
                "Median length, words by day, the oldest first: 100, 102, 103",
            ]
            room.publish(replace(DOZEN[1], url="https://gazette.example/old", minutes_ago=1440 * 40))
            assert pictures()[0] == "With a byline, % by week, the oldest first: 100, none, none, none, none, 75"


def beat(room, name: str, at, visiting: dict[int, float]) -> None:
    figures = {VISITING: {str(number): since for number, since in visiting.items()}}
    info = ProcessInfo(name=name, role="worker", pid=1, started_at=at, seen_at=at, figures=figures)
    SqlProcessBook(room.engine).beat(info)


def test_live_visits_are_those_that_workers_told_of_lately_and_the_last_that_ended(tmp_path):
    with pressroom(f"sqlite:///{tmp_path}/store.sqlite3", tmp_path) as room:
        fill(room)
        ids = {each.outlet_key: each.id for each in room.crawl.sources_of([one.key for one in OUTLETS])}
        since = (NOW - timedelta(seconds=7)).timestamp()
        beat(room, "alive", NOW - timedelta(seconds=4), {ids["ruz"]: since, 999_999: since})
        beat(room, "dead", NOW - timedelta(minutes=3), {ids["boker"]: since})
        with serving(room) as site:
            answer = site.ask("/live")
            page = html.fromstring(answer.body)
            rows = [" ".join(row.text_content().split()) for row in page.xpath("(//table)[1]/tbody/tr")]
            assert rows == ["15:39:53روز نوhttps://ruz.example/feed.xmlalive"]
            assert "בוקר טוב" in page.xpath("string((//table)[2]/tbody/tr[1])")
            assert page.xpath("//noscript/meta[@http-equiv='refresh']")
            again = site.ask("/live", if_none_match=answer.headers["etag"])
            assert (again.status, again.body) == (304, b"")
            room.publish(replace(DOZEN[1], url="https://gazette.example/late", minutes_ago=0))
            assert site.ask("/live", if_none_match=answer.headers["etag"]).status == 200
