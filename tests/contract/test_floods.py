"""Lists that suddenly name thousands of new addresses: no storm of fetches, and no news lost in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sample_records import HOUR, NOW, candidate, outlet, report
from sqlalchemy import Engine
from test_crawl_store import source_ids

from crawler.discovery.feeds import MAX_ENTRIES, read_feed
from crawler.outlets.health.source import Examiner
from storage.archive.archive import Archive
from storage.records import Hints, Moment, Precision, SourceState, VisitOutcome, Zone
from storage.sql.crawl import SqlCrawlStore
from storage.sql.library import SqlLibrary
from storage.sql.outlets import SqlOutletBook

DAY = 24 * HOUR
MOST = 200


class Post:
    """An outlet of one feed, of whose new addresses 200 are taken a day."""

    def __init__(self, engine: Engine, bodies: Archive, book: SqlOutletBook, library: SqlLibrary) -> None:
        self.crawl = SqlCrawlStore(engine, bodies, lambda _: "jpost.example", 900, examiner=Examiner(), new_a_day=MOST)
        book.load([outlet()], "added", NOW)
        self.source_id = source_ids(self.crawl, "jpost")[0]
        self._library = library

    def visit(self, at: datetime, names: Iterable[object], dated: datetime | None = None, **more: Any) -> list[str]:
        """What is to be fetched after a visit that lists these."""
        moment = Moment(at=dated, precision=Precision.SECOND, rule="feed", zone=Zone.STATED) if dated else None
        found = tuple(
            replace(candidate(f"https://jpost.example/{name}"), hints=Hints(published=moment)) for name in names
        )
        told = report(self.source_id, at=at, candidates=found, listed=len(found), etag='"1"', body_digest="1", **more)
        return [each.candidate.url.rpartition("/")[2] for each in self.crawl.record_visit(told)[1]]

    @property
    def state(self) -> SourceState:
        (status,) = self._library.outlet_statuses(NOW)
        return status.sources[0].state


@pytest.fixture
def post(engine: Engine, bodies: Archive, book: SqlOutletBook, library: SqlLibrary) -> Post:
    return Post(engine, bodies, book, library)


def test_five_thousand_new_addresses_are_taken_a_bit_at_a_time_and_all_in_the_end(post: Post):
    post.visit(NOW, ["old"])
    listed = ["old", *range(500)]
    taken = post.visit(NOW + HOUR, listed)
    assert 90 <= len(taken) <= 100
    assert post.state is SourceState.FLOOD
    source = post.crawl.source(post.source_id)
    assert source is not None
    assert "were left for later" in (source.last_detail or "")
    assert (source.etag, source.body_digest) == (None, None), "the next visit must read it whole"
    assert source.next_due_at >= NOW + 2 * HOUR
    of_a_day = len(taken)
    for hour in range(2, 25):
        of_a_day += len(post.visit(NOW + hour * HOUR, listed))
    assert of_a_day <= 2 * MOST
    days = 2
    while post.state is SourceState.FLOOD:
        for hour in range(0, 24, 3):
            post.visit(NOW + days * DAY + hour * HOUR, listed)
        days += 1
        assert days < 10
    assert len(post.crawl.pending(["jpost.example"], NOW + 10 * DAY, 10_000)) == 501
    assert post.state is SourceState.OK


def test_news_of_the_same_day_find_room_after_a_flood(post: Post):
    post.visit(NOW, ["old"])
    post.visit(NOW + HOUR, [f"archive{n}" for n in range(2_000)], dated=NOW - 900 * DAY)
    for hour in range(2, 6):
        listed = [f"archive{n}" for n in range(2_000)]
        both = [*listed, f"news{hour}"]
        found = tuple(
            replace(
                candidate(f"https://jpost.example/{name}"),
                hints=Hints(
                    published=Moment(
                        at=NOW + (hour - 0.5) * HOUR if name.startswith("news") else NOW - 900 * DAY,
                        precision=Precision.SECOND,
                        rule="feed",
                        zone=Zone.STATED,
                    )
                ),
            )
            for name in both
        )
        told = report(post.source_id, at=NOW + hour * HOUR, candidates=found, listed=len(found))
        pending = [each.candidate.url for each in post.crawl.record_visit(told)[1]]
        assert f"https://jpost.example/news{hour}" in pending


def test_addresses_that_change_each_time_cause_no_storm(post: Post):
    taken = 0
    for visit in range(100):
        taken += len(post.visit(NOW + visit * 0.25 * HOUR, [f"{visit}-{n}" for n in range(300)]))
    assert taken <= 2.1 * MOST
    assert post.state is SourceState.FLOOD


def test_all_dates_equal_or_to_come_are_as_good_as_none(post: Post):
    post.visit(NOW, ["old"])
    for dated in (NOW, NOW + 500 * DAY):
        assert len(post.visit(NOW + HOUR, [f"{dated:%Y}-{n}" for n in range(1_000)], dated=dated)) <= MOST / 2


def test_the_first_visit_of_a_source_takes_a_day_and_is_no_flood(post: Post):
    assert len(post.visit(NOW, range(150))) == 150
    assert post.state is SourceState.OK


def test_a_busy_day_is_no_flood(post: Post):
    post.visit(NOW, ["old"])
    for hour in range(1, 49):
        assert len(post.visit(NOW + hour * HOUR, [f"{hour}-{n}" for n in range(7)])) == 7
    assert post.state is SourceState.OK


def test_what_is_known_counts_for_nothing(post: Post):
    listed = list(range(150))
    post.visit(NOW, listed)
    assert post.visit(NOW + HOUR, listed) == []
    assert post.state is SourceState.OK


def test_a_flood_that_a_hub_pushes_is_no_storm_either(post: Post):
    post.visit(NOW, ["old"])
    assert len(post.visit(NOW + HOUR, range(1_000), outcome=VisitOutcome.PUSHED)) <= MOST / 2


def test_a_clock_set_back_gives_no_second_day(post: Post):
    post.visit(NOW, range(MOST))
    assert post.visit(NOW - timedelta(hours=1), [f"new{n}" for n in range(100)]) == []


FEED = "<rss><channel><title>Post</title>{}</channel></rss>"
ITEM = "<item><guid>{}</guid><title>News</title><link>https://jpost.example/{}</link></item>"


def test_guids_that_change_each_time_bring_nothing_new(post: Post):
    for visit in range(5):
        body = FEED.format("".join(ITEM.format(f"{visit}-{n}", n) for n in range(50))).encode()
        found = read_feed(body, url="https://jpost.example/feed0", content_type=None, outlet=outlet())
        told = report(post.source_id, at=NOW + visit * HOUR, candidates=found.candidates, listed=50)
        _, pending = post.crawl.record_visit(told)
        assert len(pending) == (50 if visit == 0 else 0)


def test_of_a_hundred_thousand_items_the_first_five_thousand_are_read():
    body = FEED.format("".join(ITEM.format(n, n) for n in range(100_000))).encode()
    found = read_feed(body, url="https://jpost.example/feed0", content_type=None, outlet=outlet())
    assert len(found.candidates) == MAX_ENTRIES
    assert "more than" in (found.truncated or "")
