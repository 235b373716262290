"""Digests and long failures through a real sender, by a clock that the test moves."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from control.settings import Settings
from control.watching import watcher_from
from delivery.channels.mails import Footing, compose
from storage.records import Channel, ChannelKind, ChannelState, Daily, EventKind, Watchlist
from storage.sql.channels import SqlChannelBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.integration.couriering import QUICK, add, couriering, publish, until
from tests.pressroom import DOZEN, Pressroom
from tests.receiver import Received, Receiver, receiving, take
from tests.watching import WatchStore

BEGAN = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEVEN = Daily(minute=420, zone="Asia/Jerusalem")  # 04:00 UTC in June
TEXT = "The harbour opened on Saturday, the port authority said, after eleven days without a ship."


class Clock:
    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watchlist(room: Pressroom) -> Watchlist:
    return SqlWatchlistBook(room.engine).add(name="harbour", query="harbour", token="t" * 32, now=BEGAN)


def daily(book: SqlChannelBook, watchlist: Watchlist, receiver: Receiver, name: str = "desk") -> Channel:
    return add(book, name, receiver.url, watchlist_id=watchlist.id, daily=SEVEN, now=BEGAN)


def store(room: Pressroom, clock: Clock, *places: tuple[str, str], body: str = TEXT) -> list[int]:
    """Articles at these outlets, their stories formed, held against the watchlists."""
    ids = []
    for key, title in places:
        number = len(room.events.since(0, 9_999))
        url = f"https://{key}.example/{number}"
        ids.append(
            room.publish(replace(DOZEN[1], outlet=key, url=url, title=title, body=body, minutes_ago=9_000 - number))
        )
    while not room.follower.follow(50, clock()).is_current:
        continue
    watcher = watcher_from(Settings(), WatchStore(room), clock)
    while watcher.step():
        continue
    return ids


async def refuse(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
    return web.Response(status=503, text="closed")


def test_a_day_is_told_at_the_analysts_hour_by_story_and_no_day_twice(
    room: Pressroom, book: SqlChannelBook, watchlist: Watchlist, clock: Clock
):
    long = "\n\n".join(f"Paragraph {n}: {TEXT} It was the {n}th time, and {n * 7919} people came." for n in range(9))
    with receiving() as receiver:
        daily(book, watchlist, receiver)
        store(room, clock, ("gazette", "First"), ("ledger", "A copy"), body=long)
        store(room, clock, ("gazette", "Second"), body="Something else of a harbour and its boats, at another place.")
        with couriering(room, clock=clock):
            clock.now = BEGAN + 15 * HOUR
            threading.Event().wait(0.3)
            assert receiver.received == []
            clock.now = BEGAN + 16 * HOUR
            until(lambda: len(receiver.received) == 1)
            until(lambda: len(book.deliveries("desk", 9)) == 1)
            told = receiver.received[0].json
            assert (told["kind"], told["watchlist"]["name"], told["more"]) == ("watchlist.digest", "harbour", 0)
            assert [story["article"]["title"] for story in told["stories"]] == ["First", "Second"]
            assert [copy["title"] for copy in told["stories"][0]["also_at"]] == ["A copy"]
            store(room, clock, ("ruz", "Another copy"), body=long)
            clock.now = BEGAN + 40 * HOUR
            until(lambda: len(receiver.received) == 2)
            [story] = receiver.received[1].json["stories"]
            assert (story["as"], story["article"]["title"]) == ("also-at", "First")
            assert [copy["title"] for copy in story["also_at"]] == ["Another copy"]
            clock.now = BEGAN + 64 * HOUR
            until(lambda: (book.channel("desk").digest_at or BEGAN) == clock.now)
    assert len(receiver.received) == 2, "a day without anything is not told of"
    assert receiver.received[0].key != receiver.received[1].key


def test_one_digest_tells_of_several_watchlists_and_no_story_twice(
    room: Pressroom, book: SqlChannelBook, watchlist: Watchlist, clock: Clock
):
    ships = SqlWatchlistBook(room.engine).add(name="ships", query="ship OR boats", token="u" * 32, now=BEGAN)
    long = "\n\n".join(f"Paragraph {n}: {TEXT} It was the {n}th time, and {n * 7919} people came." for n in range(9))
    with receiving() as receiver:
        more = {"daily": SEVEN, "tells_changes": True, "now": BEGAN}
        add(book, "desk", receiver.url, watchlist_id=watchlist.id, more_watchlist_ids=[ships.id], **more)
        store(room, clock, ("gazette", "Ships alone"), body="Two boats were sold, for a song, to a man from the hills.")
        store(room, clock, ("gazette", "Both"), ("ledger", "A copy"), body=long)
        clock.now = BEGAN + 16 * HOUR
        with couriering(room, clock=clock):
            until(lambda: len(receiver.received) == 1)
    told = receiver.received[0].json
    assert [each["name"] for each in told["watchlists"]] == ["harbour", "ships"]
    shown = [
        (s["watchlist"]["name"], s["article"]["title"], [o["name"] for o in s["also_in"]]) for s in told["stories"]
    ]
    assert shown == [("harbour", "Both", ["ships"]), ("ships", "Ships alone", [])]
    assert [copy["title"] for copy in told["stories"][0]["also_at"]] == ["A copy"]
    text = compose(told, Footing()).plain
    assert text.index("== harbour ==") < text.index("Both") < text.index("== ships ==") < text.index("Ships alone")
    assert "It answers ships too." in text


def test_a_digest_that_fails_is_the_same_in_each_try_whatever_comes_meanwhile(
    room: Pressroom, book: SqlChannelBook, watchlist: Watchlist, clock: Clock
):
    with receiving(refuse) as receiver:
        daily(book, watchlist, receiver)
        store(room, clock, ("gazette", "First"))
        clock.now = BEGAN + 16 * HOUR
        with couriering(room, clock=clock):
            until(lambda: book.channel("desk").failures == 1)
        store(room, clock, ("ledger", "Too late"), body="The harbour closed again, nobody knows why, on a Monday.")
        receiver.behave = take
        with couriering(room, clock=clock):
            clock.now += HOUR
            until(lambda: len(book.deliveries("desk", 9)) == 1)
        first, second = receiver.received
        assert (first.key, first.body) == (second.key, second.body)
        with couriering(room, clock=clock):
            clock.now = BEGAN + 40 * HOUR
            until(lambda: len(receiver.received) == 3)
        assert [story["article"]["title"] for story in receiver.received[2].json["stories"]] == ["Too late"]


def test_a_receiver_down_for_a_day_pauses_its_channel_tells_it_and_gets_all_when_it_is_back(
    room: Pressroom, book: SqlChannelBook, clock: Clock
):
    titles = publish(room, 3)
    with receiving(refuse) as receiver, receiving() as told:
        add(book, "desk", receiver.url, now=BEGAN)
        add(book, "operators", told.url, now=BEGAN, alerts=True)
        with couriering(room, clock=clock):
            until(lambda: book.channel("desk").failures == 1)
            for hour in range(1, 25):
                assert book.channel("desk").state is ChannelState.ACTIVE
                clock.now = BEGAN + hour * HOUR
                until(lambda hour=hour: book.channel("desk").failures == hour + 1)
            titles += publish(room, 2, first=3)
            until(lambda: len(told.received) == 1)
            channel = book.channel("desk")
            assert (channel.state, channel.is_tried, channel.alerted_at) == (ChannelState.PAUSED, True, clock.now)
            assert "tried once an hour until 2026-06-04 12:00 UTC" in (channel.paused_reason or "")
            assert told.received[0].json["scope"] == "channel"
            assert "channel desk: it fails since 2026-06-01 12:00 UTC" in told.received[0].json["sentence"]
            receiver.behave = take
            clock.now += HOUR
            until(lambda: len(book.deliveries("desk", 9)) == 5)
            until(lambda: len(told.received) == 2)
        assert receiver.titles == titles
        assert len({each.key for each in receiver.received}) == 5
        well = book.channel("desk")
        assert (well.state, well.paused_reason, well.alerted_at) == (ChannelState.ACTIVE, None, None)
        assert told.received[1].json["kind"] == "alert.ended"
        changes = [e.payload["what"] for e in room.events.since(0, 999) if e.kind is EventKind.CHANNEL_CHANGED]
        assert changes == ["added", "added", "paused", "resumed"]


def test_a_channel_paused_for_failing_is_tried_no_more_once_it_is_paused_by_hand(
    room: Pressroom, book: SqlChannelBook, clock: Clock
):
    publish(room, 1)
    with receiving(refuse) as receiver:
        add(book, "desk", receiver.url, now=BEGAN)
        with couriering(room, clock=clock, pace=replace(QUICK, pause_after=timedelta())):
            until(lambda: book.channel("desk").failures == 1)
            clock.now += HOUR
            until(lambda: book.channel("desk").state is ChannelState.PAUSED)
            book.set_paused("desk", True, clock.now, "paused by hand")
            tries = book.channel("desk").failures
            clock.now += 9 * HOUR
            threading.Event().wait(0.3)
            assert (book.channel("desk").failures, len(receiver.received)) == (tries, tries)
            receiver.behave = take
            book.set_paused("desk", False, clock.now)
            until(lambda: len(book.deliveries("desk", 9)) == 1)


def test_what_a_failing_channel_is_told_of_itself_is_not_sent_to_it(
    room: Pressroom, book: SqlChannelBook, clock: Clock
):
    with receiving(refuse) as receiver:
        only = add(book, "operators", receiver.url, now=BEGAN, alerts=True)
        add(book, "desk", receiver.url, now=BEGAN)
        for name in ("operators", "desk"):
            one = book.channel(name)
            for at in (BEGAN, BEGAN + HOUR):
                reason = "it fails" if at > BEGAN else None
                book.failed(one.id, 0, now=at, next_try_at=at, status=503, error="closed", pause_reason=reason)
        receiver.behave = take
        with couriering(room, clock=clock):
            clock.now += 2 * HOUR
            until(lambda: len(book.deliveries("operators", 9)) == 1)
            threading.Event().wait(0.2)
        assert only.kind is ChannelKind.WEBHOOK
        assert [each.json["sentence"] for each in receiver.received] == ["channel desk: it fails"]
