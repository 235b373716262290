"""Backfills and gaps on pages, in the API and in the metrics; and what they bring, which is no news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from storage.backfills import Backfill, BackfillStage, Find, PageKind, PageRead, PageToRead
from storage.records import Candidate, Extraction, Hints, Moment, Precision, Verdict, Zone
from tests.pressroom import NOW, Piece, Pressroom, pressroom, url_identity
from tests.webserver import Site, serving

DAY = timedelta(days=1)
OF_2020 = NOW - 2_000 * DAY
TITLE = "The river of 2020 rises"
TODAY = "https://gazette.example/today"
PIECE = Piece(outlet="gazette", url=TODAY, title="Something of today", body="Written today.", minutes_ago=5)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressroom]:
    folder: Path = tmp_path_factory.mktemp("backfills")
    with pressroom(f"sqlite:///{folder}/presswatch.sqlite3", folder) as room:
        room.open_outlets()
        room.publish(PIECE)
        _backfill(room)
        yield room


def _backfill(room: Pressroom) -> Backfill:
    """One that runs, has read a list of two and failed at another; one article is stored, the other is gone."""
    book = room.backfills
    backfill = book.start("gazette", OF_2020, OF_2020 + 31 * DAY, NOW - timedelta(hours=1))
    pages = [PageToRead(kind=PageKind.SITEMAP, url=f"https://gazette.example/{n}.xml", rank=n) for n in range(3)]
    book.advance(backfill, BackfillStage.SITEMAPS, pages)
    finds = []
    for number in range(2):
        url, key = url_identity(f"https://gazette.example/2020/{number}")
        finds.append(Find(candidate=Candidate(url=url, found_url=url, key=key, hints=Hints()), rank=number))
    first = book.next_page(backfill.id, NOW)
    assert first is not None
    book.record(backfill.id, PageRead(page=first, at=NOW, listed=3, undated=1, finds=tuple(finds)))
    second = book.next_page(backfill.id, NOW)
    assert second is not None
    book.record(backfill.id, PageRead(page=second, at=NOW, problem="answered 404"))
    book.feed(backfill, NOW, 20)
    (pending, _) = sorted(room.crawl.pending(["gazette.example"], NOW, 9), key=lambda one: one.backfill_rank)
    published = Moment(at=OF_2020, precision=Precision.DAY, rule="time", zone=Zone.NONE)
    text = Extraction(title=TITLE, body="Written in 2020.", authors=(), published=published, extractor="1")
    room.crawl.record_verdicts([Verdict(pending=pending, at=NOW, extraction=text)])
    return backfill


@pytest.fixture(scope="module")
def site(room: Pressroom) -> Iterator[Site]:
    with serving(room) as site:
        yield site


def test_the_page_tells_how_far_each_is_and_how_to_stop_it(site: Site):
    page = html.fromstring(site.ask("/backfills").text)
    (row,) = page.xpath("//table/tbody/tr")
    told = " ".join(row.text_content().split())
    for words in (
        "running",
        "reads sitemaps",
        "presswatch backfill gazette --stop",
        "1 left",
        "1 not read",
        "1 stored",
    ):
        assert words in told
    assert "https://gazette.example/1.xml: answered 404" in told
    assert "Backfills" in html.fromstring(site.ask("/outlets/gazette").text).text_content()
    assert "No backfills." in site.ask("/backfills?outlet=other").text


def test_the_api_tells_the_same(site: Site):
    (told,) = site.ask("/api/v1/backfills?outlet=gazette").json["items"]
    assert (told["state"], told["found"], told["waiting"], told["undated"]) == ("running", 2, 1, 1)
    assert told["ended"] == [{"reason": "stored", "count": 1}]
    assert site.ask(f"/api/v1/backfills/{told['id']}").json == told
    assert site.ask("/api/v1/backfills/99").status == 404
    assert site.ask("/api/v1/gaps").json["items"] == []


def test_metrics_count_them(site: Site):
    told = site.ask("/metrics").text
    assert 'presswatch_backfills{state="running"} 1.0' in told
    assert "presswatch_backfill_lists_left 1.0" in told
    assert "presswatch_backfill_waiting 1.0" in told
    assert 'presswatch_gaps_30d{state="open"} 0.0' in told


@pytest.mark.parametrize("target", ["/", "/api/v1/articles", "/feeds/latest.rss"])
def test_what_it_brought_is_not_among_the_newest(site: Site, target: str):
    assert TITLE not in site.ask(target).text
    assert PIECE.title in site.ask(target).text


@pytest.mark.parametrize("target", ["/?past=1", "/?q=2020", "/api/v1/articles?past=true", "/api/v1/search?q=2020"])
def test_what_it_brought_is_found_by_who_looks_for_it(site: Site, target: str):
    assert TITLE in site.ask(target).text


def test_an_article_tells_which_backfill_brought_it(site: Site):
    (found,) = site.ask("/api/v1/search?q=2020").json["items"]
    assert found["backfill_id"] == 1
    assert "backfill 1" in site.ask(f"/articles/{found['id']}").text
