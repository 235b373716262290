"""The courier over a real store and real sockets: what is sent to whom, and by which of several couriers."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.records import DeliveryState
from storage.sql.alerts import SqlAlertBook
from storage.sql.channels import SqlChannelBook
from tests.integration.couriering import add, couriering, publish, until
from tests.pressroom import DOZEN, Pressroom
from tests.receiver import receiving


def test_articles_and_revisions_arrive_in_order_and_signed(room: Pressroom, book: SqlChannelBook):
    ids = [room.publish(piece) for piece in DOZEN]
    room.revise(ids[-1], replace(DOZEN[-1], title="Revised", body="Other words.", minutes_ago=4))
    with receiving() as receiver:
        add(book, "desk", receiver.url)
        with couriering(room):
            until(lambda: len(receiver.received) == len(DOZEN) + 1)
            late = publish(room, 2)
            until(lambda: len(receiver.received) == len(DOZEN) + 3)
    titles = [each.json["article"]["title"] for each in receiver.received]
    assert titles == [*(piece.title for piece in DOZEN), "Revised", *late]
    kinds = [each.json["kind"] for each in receiver.received]
    assert kinds == ["article.stored"] * len(DOZEN) + ["article.revised"] + ["article.stored"] * 2
    assert all(each.is_signed_with("secret of desk") for each in receiver.received)
    assert len({each.key for each in receiver.received}) == len(titles)
    assert {each.headers["User-Agent"] for each in receiver.received} == {"Presswatch/test"}
    assert {each.headers["Content-Type"] for each in receiver.received} == {"application/json"}
    assert all(each.json["id"] == each.key for each in receiver.received)
    assert receiver.connections < len(titles), "a burst goes over one connection"
    assert [each.state for each in book.deliveries("desk", 99)] == [DeliveryState.DELIVERED] * len(titles)


def test_filters_and_the_start_are_kept_to(room: Pressroom, book: SqlChannelBook):
    for piece in DOZEN[:6]:
        room.publish(piece)
    with receiving() as receiver:
        add(book, "persian", receiver.url + "/fa", language="fa")
        add(book, "ledger", receiver.url + "/ledger", outlet_key="ledger")
        add(book, "from now", receiver.url + "/now", is_from_start=False)
        for piece in DOZEN[6:]:
            room.publish(piece)
        with couriering(room):
            names = ("persian", "ledger", "from now")
            until(lambda: sum(len(book.deliveries(name, 99)) for name in names) >= 2 + 2 + 6, within_s=60)
            time.sleep(0.3)
    told = {
        path: list(
            dict.fromkeys(each.json["article"]["title"] for each in receiver.received if each.path == f"/hook/{path}")
        )
        for path in ("fa", "ledger", "now")
    }
    assert told == {
        "fa": [piece.title for piece in DOZEN if piece.language == "fa"],
        "ledger": [piece.title for piece in DOZEN if piece.outlet == "ledger"],
        "now": [piece.title for piece in DOZEN[6:]],
    }


def test_what_nobody_wants_is_passed_over_without_a_write_for_each_look(room: Pressroom, book: SqlChannelBook):
    publish(room, 210)
    with receiving() as receiver:
        add(book, "persian", receiver.url, language="fa")
        with couriering(room):
            until(lambda: book.channel("persian").cursor >= 200)
            moved_to = book.channel("persian").cursor
            publish(room, 3, first=900)
            time.sleep(0.3)
            assert book.channel("persian").cursor == moved_to
            wanted = publish(room, 1, first=950, language="fa")
            until(lambda: len(receiver.received) == 1)
    assert receiver.titles == wanted


def test_paused_means_paused_and_resumed_means_nothing_was_missed(room: Pressroom, book: SqlChannelBook):
    with receiving() as receiver:
        add(book, "desk", receiver.url)
        with couriering(room):
            before = publish(room, 2)
            until(lambda: len(receiver.received) == 2)
            book.set_paused("desk", True, datetime.now(UTC), "by hand")
            meanwhile = publish(room, 2, first=10)
            time.sleep(0.3)
            assert receiver.titles == before
            book.set_paused("desk", False, datetime.now(UTC))
            until(lambda: len(receiver.received) == 4)
            book.remove("desk", datetime.now(UTC))
            publish(room, 1, first=20)
            time.sleep(0.3)
    assert receiver.titles == [*before, *meanwhile]
    assert len(receiver.received) == 4


def test_alerts_go_to_channels_for_alerts_and_to_no_others(room: Pressroom, book: SqlChannelBook):
    alerts = SqlAlertBook(room.engine)
    with receiving() as operators, receiving() as desk:
        add(book, "operators", operators.url, alerts=True)
        add(book, "desk", desk.url)
        publish(room, 1)
        now = datetime.now(UTC)
        assert alerts.set_layout("gazette", "0 of the newest 5 articles have a byline", now)
        with couriering(room):
            until(lambda: len(operators.received) == 1 and len(desk.received) == 1)
        assert alerts.set_layout("gazette", None, now)
        with couriering(room):  # one that was started again repeats nothing
            until(lambda: len(operators.received) == 2)
    told = [each.json for each in operators.received]
    assert [each["kind"] for each in told] == ["alert.raised", "alert.ended"]
    assert "have a byline" in told[0]["sentence"]
    assert len({each["id"] for each in told}) == 2
    assert [each.json["kind"] for each in desk.received] == ["article.stored"]
    assert [each.article_id for each in book.deliveries("operators", 9)] == [None, None]


def test_two_couriers_repeat_but_lose_nothing_and_record_each_once(room: Pressroom, book: SqlChannelBook):
    titles = publish(room, 30)
    with receiving() as receiver:
        add(book, "desk", receiver.url)
        with couriering(room), couriering(room):
            until(lambda: len(book.deliveries("desk", 99)) == 30)
    assert receiver.titles == titles
    assert len({each.key for each in receiver.received}) == 30


def test_of_several_couriers_one_sends_to_a_channel_and_another_goes_on_when_it_stops(
    room: Pressroom, book: SqlChannelBook
):
    titles = publish(room, 40)
    with receiving() as receiver:
        for channel in ("desk", "archive"):
            add(book, channel, receiver.url)
        with couriering(room, name="one"):
            with couriering(room, name="two"), couriering(room, name="three"):
                until(lambda: len(receiver.received) == 80)
            titles += publish(room, 10, first=40)
            until(lambda: len(receiver.received) == 100)
        titles += publish(room, 5, first=50)
        with couriering(room, name="four"):
            until(lambda: len(receiver.received) == 110)
    for channel in ("desk", "archive"):
        sent = [
            each.json["article"]["title"] for each in receiver.received if each.is_signed_with(f"secret of {channel}")
        ]
        assert sent == titles, "sent twice, lost, or out of order"


def test_a_channel_of_a_courier_that_is_not_heard_of_is_served_by_another(room: Pressroom, book: SqlChannelBook):
    [title] = publish(room, 1)
    with receiving() as receiver:
        channel = add(book, "desk", receiver.url)
        now = datetime.now(UTC)
        assert book.lease(channel.id, "killed", now, now + timedelta(seconds=3)) is not None
        with couriering(room):
            time.sleep(1)
            assert receiver.received == []
            until(lambda: len(receiver.received) == 1)
    assert receiver.titles == [title]


def test_a_courier_whose_clock_was_set_back_asks_anew_whether_a_channel_is_still_its_own(
    room: Pressroom, book: SqlChannelBook
):
    titles, back = publish(room, 1), [timedelta()]
    with receiving() as receiver:
        channel = add(book, "desk", receiver.url)
        with couriering(room, name="one", clock=lambda: datetime.now(UTC) - back[0]):
            until(lambda: len(receiver.received) == 1)
            book.end_leases("one")
            back[0] = timedelta(days=365)
            now = datetime.now(UTC)
            assert book.lease(channel.id, "two", now, now + timedelta(minutes=1)) is not None
            titles += publish(room, 1, first=1)
            time.sleep(1)
            assert len(receiver.received) == 1, "it is with the other one"
            book.end_leases("two")
            until(lambda: len(receiver.received) == 2)
    assert receiver.titles == titles
