"""Channels and deliveries, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sample_records import HOUR, MINUTE, NOW, extraction, listed, outlet, verdict
from sqlalchemy import Engine, text

from storage.errors import ChannelExists, UnknownChannel, UnknownOutlet
from storage.records import Channel, ChannelKind, ChannelState, Daily, Delivery, DeliveryState, EventKind
from storage.sql.channels import SqlChannelBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import reading
from storage.sql.events import SqlEventLog
from storage.sql.outlets import SqlOutletBook

SECOND = timedelta(seconds=1)


@pytest.fixture
def channel_book(engine: Engine) -> SqlChannelBook:
    return SqlChannelBook(engine)


def add(channel_book: SqlChannelBook, name: str = "desk", **changes: Any) -> Channel:
    given = {"kind": ChannelKind.WEBHOOK, "url": f"https://{name}.example/hook", "secret": "s3cret", "now": NOW}
    return channel_book.add(name=name, **(given | changes))


def delivery(channel: Channel, seq: int, **changes: Any) -> Delivery:
    made = Delivery(
        channel_id=channel.id,
        event_seq=seq,
        article_id=7,
        key=f"key of {seq}",
        state=DeliveryState.DELIVERED,
        tries=1,
        ended_at=NOW,
        status=204,
    )
    return replace(made, **changes)


# --------------------------------------------------------------------------------------- leases


def test_a_channel_is_with_one_courier_until_its_lease_runs_out_or_ends(channel_book: SqlChannelBook):
    channel = add(channel_book, is_from_start=True)
    assert channel_book.lease(channel.id, "one", NOW, NOW + MINUTE) == channel
    assert channel_book.lease(channel.id, "two", NOW + MINUTE - SECOND, NOW + HOUR) is None
    assert channel_book.lease(channel.id, "one", NOW + MINUTE - SECOND, NOW + 2 * MINUTE) == channel
    moved = channel_book.skip(channel.id, 0, 9)
    assert channel_book.lease(channel.id, "two", NOW + 2 * MINUTE, NOW + HOUR) == moved, "as it is now"
    channel_book.end_leases("one")
    assert channel_book.lease(channel.id, "one", NOW + 2 * MINUTE, NOW + HOUR) is None
    channel_book.end_leases("two")
    assert channel_book.lease(channel.id, "one", NOW + 2 * MINUTE, NOW + HOUR) == moved


def test_a_channel_that_was_removed_is_leased_to_nobody(channel_book: SqlChannelBook):
    channel = add(channel_book)
    channel_book.lease(channel.id, "one", NOW, NOW + HOUR)
    channel_book.remove("desk", NOW)
    assert channel_book.lease(channel.id, "one", NOW, NOW + HOUR) is None


# --------------------------------------------------------------------------------- by an operator


def test_a_channel_added_now_starts_at_the_newest_event(
    channel_book: SqlChannelBook, crawl: SqlCrawlStore, book: SqlOutletBook, event_log: SqlEventLog
):
    [pending] = listed(crawl, book, "https://jpost.example/a")
    crawl.record_verdicts([verdict(pending, extraction())])
    newest = event_log.last_seq()
    assert newest > 0
    assert add(channel_book, "from now").cursor == newest
    assert add(channel_book, "from the start", is_from_start=True).cursor == 0


def test_a_channel_is_read_as_it_was_added(channel_book: SqlChannelBook, book: SqlOutletBook):
    book.load([outlet("jpost")], "added", NOW)
    added = add(channel_book, outlet_key="jpost", language="fa", tells_changes=True, is_stealth_only=True)
    assert (added.tells_changes, added.is_stealth_only, added.tells_vanished) == (True, True, False)
    assert channel_book.channel("desk") == added
    assert channel_book.channels() == [added]
    assert (added.outlet_key, added.language, added.state) == ("jpost", "fa", ChannelState.ACTIVE)
    assert (added.created_at, added.failures, added.failing_since, added.last_ok_at) == (NOW, 0, None, None)


def test_neither_secret_nor_address_shows_in_a_channel_that_is_logged(channel_book: SqlChannelBook):
    shown = repr(add(channel_book, url="https://hooks.example/services/T0/topsecret"))
    assert "s3cret" not in shown
    assert "topsecret" not in shown


def test_a_name_is_given_once(channel_book: SqlChannelBook):
    first = add(channel_book)
    with pytest.raises(ChannelExists, match="'desk'"):
        add(channel_book, url="https://other.example/")
    assert channel_book.channels() == [first]


def test_a_filter_names_a_known_outlet(channel_book: SqlChannelBook, book: SqlOutletBook):
    with pytest.raises(UnknownOutlet, match="outlets list"):
        add(channel_book, outlet_key="nowhere")
    book.load([outlet("jpost")], "added", NOW)
    book.remove("jpost", NOW)
    with pytest.raises(UnknownOutlet):
        add(channel_book, outlet_key="jpost")
    assert channel_book.channels() == []


def test_what_is_done_to_an_unknown_channel_is_refused(channel_book: SqlChannelBook):
    for attempt in (
        lambda: channel_book.channel("x"),
        lambda: channel_book.set_paused("x", True, NOW),
        lambda: channel_book.remove("x", NOW),
        lambda: channel_book.deliveries("x", 9),
    ):
        with pytest.raises(UnknownChannel, match="'x'"):
            attempt()


def test_every_change_is_an_event_without_secrets(channel_book: SqlChannelBook, event_log: SqlEventLog):
    add(channel_book)
    channel_book.set_paused("desk", True, NOW, "moving house")
    channel_book.set_paused("desk", True, NOW, "once more")
    channel_book.set_paused("desk", False, NOW)
    channel_book.remove("desk", NOW)
    told = event_log.since(0, 99)
    assert {event.kind for event in told} == {EventKind.CHANNEL_CHANGED}
    assert [(event.payload["what"], event.payload["reason"]) for event in told] == [
        ("added", None),
        ("paused", "moving house"),
        ("resumed", None),
        ("removed", None),
    ]
    assert "s3cret" not in str(told)
    assert "https" not in str(told)


def test_a_resumed_channel_goes_on_where_it_stood_with_its_failures_forgotten(channel_book: SqlChannelBook):
    channel = add(channel_book)
    channel_book.failed(channel.id, 0, now=NOW, next_try_at=NOW + HOUR, status=500, error="answered 500")
    channel_book.set_paused("desk", True, NOW, "by hand")
    assert channel_book.channel("desk").paused_reason == "by hand"
    channel_book.set_paused("desk", False, NOW)
    resumed = channel_book.channel("desk")
    assert (resumed.state, resumed.paused_reason, resumed.cursor) == (ChannelState.ACTIVE, None, channel.cursor)
    assert (resumed.failures, resumed.failing_since, resumed.next_try_at) == (0, None, None)


def test_a_removed_channel_takes_its_deliveries_with_it_and_its_id_never_comes_again(
    channel_book: SqlChannelBook, engine: Engine
):
    channel = add(channel_book)
    assert channel_book.delivered(delivery(channel, 5), 0) is not None
    channel_book.remove("desk", NOW)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM deliveries")).scalar() == 0
    assert add(channel_book).id > channel.id


# ---------------------------------------------------------------------------------- by the courier


def test_a_delivery_moves_the_cursor_and_is_kept(channel_book: SqlChannelBook):
    channel = add(channel_book)
    channel_book.failed(channel.id, 0, now=NOW, next_try_at=NOW + MINUTE, status=None, error="no answer")
    moved = channel_book.delivered(delivery(channel, 5, tries=2, ended_at=NOW + MINUTE), 0)
    assert moved == channel_book.channel("desk")
    assert (moved.cursor, moved.failures, moved.failing_since, moved.next_try_at) == (5, 0, None, None)
    assert (moved.last_ok_at, moved.last_status, moved.last_error) == (NOW + MINUTE, 204, None)
    assert channel_book.deliveries("desk", 9) == [delivery(channel, 5, tries=2, ended_at=NOW + MINUTE)]


def test_deliveries_are_listed_newest_first(channel_book: SqlChannelBook):
    channel = add(channel_book)
    for after, seq in ((0, 3), (3, 4), (4, 9)):
        channel_book.delivered(delivery(channel, seq), after)
    assert [found.event_seq for found in channel_book.deliveries("desk", 2)] == [9, 4]


def test_a_cursor_moved_by_another_courier_is_not_moved_again(channel_book: SqlChannelBook):
    channel = add(channel_book)
    assert channel_book.delivered(delivery(channel, 5), 0) is not None
    assert channel_book.delivered(delivery(channel, 5), 0) is None
    assert channel_book.skip(channel.id, 0, 3) is None
    assert channel_book.give_up(delivery(channel, 5, state=DeliveryState.GIVEN_UP), 0, "why") is False
    channel_book.failed(channel.id, 0, now=NOW, next_try_at=NOW + HOUR, status=500, error="too late")
    left = channel_book.channel("desk")
    assert (left.cursor, left.state, left.failures) == (5, ChannelState.ACTIVE, 0)
    assert len(channel_book.deliveries("desk", 9)) == 1


def test_nothing_is_recorded_for_a_removed_channel(channel_book: SqlChannelBook):
    channel = add(channel_book)
    channel_book.remove("desk", NOW)
    assert channel_book.delivered(delivery(channel, 5), 0) is None
    assert channel_book.skip(channel.id, 0, 5) is None
    assert channel_book.give_up(delivery(channel, 5), 0, "why") is False
    channel_book.failed(channel.id, 0, now=NOW, next_try_at=NOW, status=None, error="gone")
    assert channel_book.channels() == []


def test_an_answer_to_a_channel_paused_meanwhile_still_counts(channel_book: SqlChannelBook):
    channel = add(channel_book)
    channel_book.set_paused("desk", True, NOW, "by hand")
    moved = channel_book.delivered(delivery(channel, 5), 0)
    assert moved is not None
    assert (moved.cursor, moved.state) == (5, ChannelState.PAUSED)


def test_failures_are_counted_from_the_first(channel_book: SqlChannelBook):
    channel = add(channel_book)
    for number in range(3):
        at = NOW + number * MINUTE
        channel_book.failed(channel.id, 0, now=at, next_try_at=at + HOUR, status=500 + number, error=f"try {number}")
    failing = channel_book.channel("desk")
    assert (failing.failures, failing.failing_since, failing.cursor) == (3, NOW, 0)
    assert (failing.next_try_at, failing.last_status) == (NOW + 2 * MINUTE + HOUR, 502)
    assert failing.last_error == "try 2"


def test_giving_up_records_moves_on_pauses_and_tells(channel_book: SqlChannelBook, event_log: SqlEventLog):
    channel = add(channel_book)
    channel_book.failed(channel.id, 0, now=NOW, next_try_at=NOW + HOUR, status=500, error="answered 500")
    gone = delivery(
        channel, 5, state=DeliveryState.GIVEN_UP, tries=40, status=500, error="e", ended_at=NOW + timedelta(3)
    )
    assert channel_book.give_up(gone, 0, "failed for 3 days") is True
    left = channel_book.channel("desk")
    assert (left.state, left.paused_reason, left.cursor) == (ChannelState.PAUSED, "failed for 3 days", 5)
    assert channel_book.deliveries("desk", 9) == [gone]
    told, alert = event_log.since(0, 99)[-2:]
    assert (told.kind, told.at) == (EventKind.CHANNEL_CHANGED, NOW + timedelta(3))
    assert told.payload == {"channel": "desk", "what": "paused", "reason": "failed for 3 days", "by": "courier"}
    assert (alert.kind, alert.payload["sentence"]) == (EventKind.ALERT_RAISED, "channel desk: failed for 3 days")


def test_skipping_leaves_what_was_last_heard_as_it_is(channel_book: SqlChannelBook):
    channel = add(channel_book)
    channel_book.delivered(delivery(channel, 5), 0)
    moved = channel_book.skip(channel.id, 5, 9)
    assert moved is not None
    assert (moved.cursor, moved.last_status, moved.last_ok_at) == (9, 204, NOW)
    assert len(channel_book.deliveries("desk", 9)) == 1


def test_couriers_that_race_record_each_event_once(channel_book: SqlChannelBook):
    channel = add(channel_book)
    won: list[int] = []

    def send() -> None:
        for seq in range(1, 21):
            if channel_book.delivered(delivery(channel, seq), seq - 1) is not None:
                won.append(seq)  # noqa: PERF401 (each is appended as it happens)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [found.event_seq for found in channel_book.deliveries("desk", 99)]
    assert sorted(won) == sorted(kept)
    assert len(set(kept)) == len(kept)
    assert channel_book.channel("desk").cursor == max(kept)


# ------------------------------------------------------------------------- digests, long failures


def test_where_a_digest_ends_is_kept_until_it_is_delivered(channel_book: SqlChannelBook):
    channel = add(channel_book, is_from_start=True, watchlist_id=4, daily=Daily(minute=450, zone="Asia/Tehran"))
    assert (channel.daily, channel.digest_at, channel.is_gathering) == (
        Daily(minute=450, zone="Asia/Tehran"),
        NOW,
        True,
    )
    begun = channel_book.begin_digest(channel.id, 0, 7)
    assert begun is not None
    assert begun.digest_upto == 7
    again = channel_book.begin_digest(channel.id, 0, 9)
    assert again == begun, "what came meanwhile is for the next one"
    sent = channel_book.delivered(delivery(channel, 7, ended_at=NOW + HOUR), 0)
    assert sent is not None
    assert (sent.cursor, sent.digest_upto, sent.digest_at) == (7, None, NOW + HOUR)
    assert channel_book.begin_digest(channel.id, 0, 9) is None, "another courier has sent it"
    empty = channel_book.end_empty_digest(channel.id, 7, 11, NOW + 2 * HOUR)
    assert empty is not None
    assert (empty.cursor, empty.digest_at) == (11, NOW + 2 * HOUR)


def test_a_channel_paused_for_failing_is_told_once_and_resumed_by_what_is_taken(
    channel_book: SqlChannelBook, event_log: SqlEventLog
):
    channel = add(channel_book, is_from_start=True)
    for number, reason in enumerate((None, "it fails since yesterday", "it fails since yesterday")):
        at = NOW + number * HOUR
        channel_book.failed(channel.id, 0, now=at, next_try_at=at + HOUR, status=503, error="e", pause_reason=reason)
    paused = channel_book.channel("desk")
    assert (paused.state, paused.is_tried, paused.is_failing) == (ChannelState.PAUSED, True, True)
    assert (paused.alerted_at, paused.failures) == (NOW + HOUR, 3)
    well = channel_book.delivered(delivery(channel, 5), 0)
    assert well is not None
    assert (well.state, well.paused_reason, well.alerted_at, well.is_failing) == (
        ChannelState.ACTIVE,
        None,
        None,
        False,
    )
    kinds = [(each.kind, each.payload.get("what")) for each in event_log.since(0, 99)]
    assert kinds == [
        (EventKind.CHANNEL_CHANGED, "added"),
        (EventKind.CHANNEL_CHANGED, "paused"),
        (EventKind.ALERT_RAISED, None),
        (EventKind.CHANNEL_CHANGED, "resumed"),
        (EventKind.ALERT_ENDED, None),
    ]


def test_a_failed_try_of_a_channel_paused_by_hand_meanwhile_has_it_tried_no_more(channel_book: SqlChannelBook):
    channel = add(channel_book, is_from_start=True)
    channel_book.set_paused("desk", True, NOW, "by hand")
    channel_book.failed(channel.id, 0, now=NOW, next_try_at=NOW + HOUR, status=503, error="e", pause_reason="long")
    paused = channel_book.channel("desk")
    assert (paused.is_tried, paused.paused_reason, paused.alerted_at) == (False, "by hand", None)
