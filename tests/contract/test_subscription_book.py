"""WebSub: the contract of SubscriptionBook, on each database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sample_records import HOUR, NOW, outlet, report
from sqlalchemy import Engine
from test_crawl_store import source_ids

from crawler.outlets.cadence.pacer import Pacer
from crawler.outlets.health.source import Examiner
from storage.archive.archive import Archive
from storage.records import HubLink, HubMode, SourceState, Subscription, SubscriptionState, VisitOutcome
from storage.sql.crawl import SqlCrawlStore
from storage.sql.events import SqlEventLog
from storage.sql.outlets import SqlOutletBook
from storage.sql.subscriptions import MOST_WAITING, SqlSubscriptionBook

HUB = HubLink(hub="https://hub.example/", topic="https://jpost.example/self")
DAY = 24 * HOUR
ASK, END = HubMode.SUBSCRIBE, HubMode.UNSUBSCRIBE


@pytest.fixture
def hubs(engine: Engine) -> SqlSubscriptionBook:
    return SqlSubscriptionBook(engine)


@pytest.fixture
def feed(crawl: SqlCrawlStore, book: SqlOutletBook) -> int:
    book.load([outlet()], "added", NOW)
    return source_ids(crawl, "jpost")[0]


def only(hubs: SqlSubscriptionBook) -> Subscription:
    (found,) = hubs.subscriptions()
    return found


def subscribed(crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int) -> Subscription:
    """A subscription that is verified, for ten days from NOW."""
    crawl.record_visit(report(feed, "https://jpost.example/a", hub=HUB))
    hubs.ask(only(hubs), ASK, NOW, NOW + HOUR)
    assert hubs.confirm(only(hubs).path, ASK, HUB.topic or "", 864_000, NOW)
    return only(hubs)


def test_a_hub_that_a_feed_names_is_to_be_asked_once(crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int):
    for hours in (0, 1):
        crawl.record_visit(report(feed, "https://jpost.example/a", at=NOW + hours * HOUR, hub=HUB))
    ((found, mode),) = hubs.due(NOW + HOUR, 10)
    assert (found.hub, found.topic, found.state, mode) == (HUB.hub, HUB.topic, SubscriptionState.NAMED, ASK)
    assert len(found.path) >= 32
    assert len(found.secret) >= 32
    assert hubs.ask(found, mode, NOW + HOUR, NOW + 2 * HOUR)
    assert not hubs.ask(found, mode, NOW + HOUR, NOW + 2 * HOUR), "another worker was faster"
    assert hubs.due(NOW + HOUR, 10) == []
    ((again, _),) = hubs.due(NOW + 2 * HOUR, 10)
    assert (again.state, again.failures) == (SubscriptionState.ASKED, 1)


def test_a_feed_without_a_self_link_is_known_by_its_own_address(
    crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int
):
    crawl.record_visit(report(feed, "https://jpost.example/a", hub=HubLink(hub=HUB.hub)))
    assert only(hubs).topic == "https://jpost.example/feed0"


def test_only_what_was_asked_for_is_confirmed(crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int):
    crawl.record_visit(report(feed, "https://jpost.example/a", hub=HUB))
    path, topic = only(hubs).path, HUB.topic or ""
    assert not hubs.confirm(path, ASK, topic, 60, NOW), "nobody was asked yet"
    hubs.ask(only(hubs), ASK, NOW, NOW + HOUR)
    assert not hubs.confirm(path, END, topic, 60, NOW)
    assert not hubs.confirm(path, ASK, "https://evil.example/", 60, NOW)
    assert not hubs.confirm("guessed", ASK, topic, 60, NOW)
    assert not only(hubs).is_active(NOW)
    assert hubs.confirm(path, ASK, topic, 60, NOW)
    assert only(hubs).is_active(NOW)


@pytest.mark.parametrize(
    ("told_s", "held"), [(864_000, 10 * DAY), (10**12, 30 * DAY), (1, HOUR / 12), (None, 10 * DAY)]
)
def test_a_lease_is_renewed_before_it_ends_and_no_lease_is_believed_that_makes_no_sense(
    crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int, told_s: int | None, held: timedelta
):
    crawl.record_visit(report(feed, "https://jpost.example/a", hub=HUB))
    hubs.ask(only(hubs), ASK, NOW, NOW + HOUR)
    hubs.confirm(only(hubs).path, ASK, HUB.topic or "", told_s, NOW)
    assert only(hubs).lease_until == NOW + held
    assert hubs.due(NOW + 0.79 * held, 10) == []
    ((due, mode),) = hubs.due(NOW + 0.81 * held, 10)
    assert mode is ASK
    hubs.ask(due, mode, NOW + 0.81 * held, NOW + DAY)
    assert only(hubs).is_active(NOW + 0.9 * held), "it goes on while it is renewed"
    assert not only(hubs).is_active(NOW + held)


def test_a_hub_that_denies_is_asked_again_after_a_week(crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int):
    crawl.record_visit(report(feed, "https://jpost.example/a", hub=HUB))
    assert not hubs.deny(only(hubs).path, HUB.topic or "", "no", NOW)
    hubs.ask(only(hubs), ASK, NOW, NOW + HOUR)
    assert hubs.deny(only(hubs).path, HUB.topic or "", "no", NOW)
    assert (only(hubs).state, only(hubs).detail) == (SubscriptionState.DENIED, "no")
    assert hubs.due(NOW + 6 * DAY, 10) == []
    assert len(hubs.due(NOW + 8 * DAY, 10)) == 1


def test_why_a_hub_did_not_take_it_is_kept_until_it_does(crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int):
    crawl.record_visit(report(feed, "https://jpost.example/a", hub=HUB))
    hubs.ask(only(hubs), ASK, NOW, NOW + HOUR)
    hubs.not_taken(only(hubs).id, "answered 500", NOW + 5 * HOUR)
    assert (only(hubs).detail, only(hubs).due_at) == ("answered 500", NOW + 5 * HOUR)
    hubs.confirm(only(hubs).path, ASK, HUB.topic or "", 86_400, NOW)
    hubs.not_taken(only(hubs).id, "came too late")
    assert only(hubs).detail is None


ENDS: dict[str, Any] = {
    "its outlet is paused": lambda crawl, book, feed: book.set_paused("jpost", True, NOW),
    "its outlet is removed": lambda crawl, book, feed: book.remove("jpost", NOW),
    "its feed names no hub any more": lambda crawl, book, feed: crawl.record_visit(
        report(feed, "https://jpost.example/b", at=NOW + HOUR)
    ),
    "its feed is gone": lambda crawl, book, feed: crawl.record_visit(
        report(feed, at=NOW + HOUR, outcome=VisitOutcome.FAILED, reason="http-410", is_gone=True)
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_subscription_is_ended_when(
    crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, book: SqlOutletBook, feed: int, end: Any
):
    held = subscribed(crawl, hubs, feed)
    end(crawl, book, feed)
    ((found, mode),) = hubs.due(NOW + HOUR, 10)
    assert (found.id, mode) == (held.id, END)
    assert hubs.ask(found, mode, NOW + HOUR, NOW + 2 * HOUR)
    assert not hubs.confirm(held.path, ASK, held.topic, 60, NOW)
    assert hubs.confirm(held.path, END, held.topic, None, NOW + HOUR)
    assert only(hubs).state is SubscriptionState.ENDED
    assert hubs.at(held.path) is None
    assert hubs.due(NOW + 30 * DAY, 10) == []


def test_a_hub_that_does_not_answer_a_goodbye_is_left_alone(
    crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, book: SqlOutletBook, feed: int
):
    subscribed(crawl, hubs, feed)
    book.set_paused("jpost", True, NOW)
    asked, now = 0, NOW
    for _ in range(10):
        for found, mode in hubs.due(now, 10):
            asked += hubs.ask(found, mode, now, now + HOUR)
        now += 2 * HOUR
    assert asked == 3
    book.set_paused("jpost", False, now)
    ((_, mode),) = hubs.due(now, 10)
    assert mode is ASK


def test_a_feed_that_names_another_hub_each_time_has_three_at_most(
    crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int
):
    for number in range(10):
        link = HubLink(hub=f"https://hub{number}.example/", topic=HUB.topic)
        crawl.record_visit(report(feed, "https://jpost.example/a", at=NOW + number * HOUR, hub=link))
    assert len(hubs.subscriptions()) == 3


# ------------------------------------------------------------------------------------------ pushes


def test_a_push_waits_until_the_visit_that_read_it_is_stored(
    crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int
):
    held = subscribed(crawl, hubs, feed)
    assert hubs.keep(held, b"<rss/>", "text/xml", None, NOW + HOUR)
    assert hubs.keep(held, b"<feed/>", None, "gzip", NOW + HOUR)
    assert [(number, since) for number, _, since in hubs.waiting(10)] == [(feed, NOW + HOUR)]
    first = hubs.next_push(feed)
    push = hubs.push(first or 0)
    assert push is not None
    assert (push.body, push.content_type, push.topic) == (b"<rss/>", "text/xml", HUB.topic)
    pushed = report(feed, "https://jpost.example/b", at=NOW + HOUR, outcome=VisitOutcome.PUSHED, push_id=first)
    _, pending = crawl.record_visit(pushed)
    assert [each.candidate.url for each in pending] == ["https://jpost.example/b"]
    assert hubs.push(first or 0) is None
    assert hubs.next_push(feed) not in {None, first}


def test_a_push_puts_no_visit_off_and_hides_no_failure(crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int):
    subscribed(crawl, hubs, feed)
    crawl.record_visit(
        report(feed, at=NOW + HOUR, outcome=VisitOutcome.FAILED, reason="dns", next_due_at=NOW + 2 * HOUR)
    )
    before = crawl.source(feed)
    crawl.record_visit(
        report(feed, "https://jpost.example/b", at=NOW + HOUR, outcome=VisitOutcome.PUSHED, next_due_at=NOW + 99 * HOUR)
    )
    assert crawl.source(feed) == before


def test_a_push_ends_nothing_that_the_answers_of_the_source_show(
    engine: Engine, bodies: Archive, book: SqlOutletBook, hubs: SqlSubscriptionBook
):
    pacer = Pacer(interval_s=900, floor_s=300, ceiling_s=21_600)
    crawl = SqlCrawlStore(engine, bodies, lambda _: "jpost.example", 900, pacer=pacer, examiner=Examiner())
    book.load([outlet()], "added", NOW)
    feed = source_ids(crawl, "jpost")[0]
    for number in range(15):
        took_s = 0.2 if number < 12 else 9.0
        crawl.record_visit(report(feed, "https://jpost.example/a", at=NOW + number * HOUR, took_s=took_s, hub=HUB))
    before = crawl.source(feed)
    assert before is not None
    assert before.state is SourceState.SLOW
    told = SqlEventLog(engine).last_seq()
    at = NOW + 15 * HOUR
    crawl.record_visit(report(feed, "https://jpost.example/b", at=at, outcome=VisitOutcome.PUSHED))
    after = crawl.source(feed)
    assert after is not None
    assert (after.state, after.sentence, after.state_since) == (before.state, before.sentence, before.state_since)
    assert SqlEventLog(engine).last_seq() == told


def test_so_many_pushes_wait_and_no_more(crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int):
    held = subscribed(crawl, hubs, feed)
    kept = [hubs.keep(held, b"<rss/>", None, None, NOW) for _ in range(MOST_WAITING + 3)]
    assert kept == [True] * MOST_WAITING + [False] * 3


def test_pushes_of_a_paused_outlet_wait_for_its_return(
    crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, book: SqlOutletBook, feed: int
):
    held = subscribed(crawl, hubs, feed)
    hubs.keep(held, b"<rss/>", None, None, NOW)
    book.set_paused("jpost", True, NOW)
    assert hubs.waiting(10) == []
    book.set_paused("jpost", False, NOW)
    assert len(hubs.waiting(10)) == 1


def test_what_is_not_believed_is_counted_with_its_reason(crawl: SqlCrawlStore, hubs: SqlSubscriptionBook, feed: int):
    held = subscribed(crawl, hubs, feed)
    hubs.refuse(held.id, "its signature is wrong", NOW)
    hubs.refuse(held.id, "it is not signed", NOW + HOUR)
    found = only(hubs)
    assert (found.refused, found.refused_at, found.refused_why) == (2, NOW + HOUR, "it is not signed")


def test_a_pushed_source_is_visited_more_rarely_until_a_visit_finds_what_no_push_brought(
    engine: Engine, bodies: Archive, book: SqlOutletBook, hubs: SqlSubscriptionBook
):
    pacer = Pacer(interval_s=900, floor_s=300, ceiling_s=21_600)
    crawl = SqlCrawlStore(engine, bodies, lambda _: "jpost.example", 900, pacer=pacer, examiner=Examiner())
    book.load([outlet()], "added", NOW)
    feed = source_ids(crawl, "jpost")[0]
    subscribed(crawl, hubs, feed)
    waits = []

    def visit(hours: int, *names: str, outcome: VisitOutcome = VisitOutcome.READ) -> None:
        at = NOW + hours * HOUR
        urls = [f"https://jpost.example/{name}" for name in names]
        crawl.record_visit(replace(report(feed, *urls, at=at, outcome=outcome), hub=HUB))
        due = crawl.source(feed)
        assert due is not None
        assert due.next_due_at is not None
        waits.append(due.next_due_at - at)

    visit(1, "a")
    visit(2, "b", outcome=VisitOutcome.PUSHED)
    visit(2, "a", "b")
    visit(3, "a", "b", "c")
    visit(4, "a", "b", "c")
    usual, _, pushed, _, distrusted = waits
    assert usual * 4 < pushed <= timedelta(hours=6.1)
    assert distrusted < pushed / 4
