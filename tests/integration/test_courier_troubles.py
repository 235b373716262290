"""Receivers that are down, slow or rude: nothing is lost, nobody else waits."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from aiohttp import web

from storage.errors import StoreUnavailable
from storage.records import ChannelState, DeliveryState, EventKind
from storage.sql.channels import SqlChannelBook
from tests.integration.couriering import QUICK, add, couriering, hang, publish, until
from tests.pressroom import DOZEN, Pressroom
from tests.receiver import Received, Receiver, receiving, take


def test_a_receiver_that_is_down_gets_all_when_it_is_back(room: Pressroom, book: SqlChannelBook):
    with receiving() as once:
        port = once.port
    add(book, "desk", f"http://127.0.0.1:{port}/hook")
    titles = publish(room, 3)
    with couriering(room):
        until(lambda: book.channel("desk").failures >= 3)
        down = book.channel("desk")
        assert down.failing_since is not None
        assert down.next_try_at is not None
        assert "no connection to 127.0.0.1" in (down.last_error or "")
        assert (down.last_status, down.cursor) == (None, 0)
        with receiving(port=port) as receiver:
            until(lambda: len(receiver.received) == 3)
            until(lambda: book.channel("desk").last_ok_at is not None)
    assert receiver.titles == titles
    well = book.channel("desk")
    assert (well.failures, well.failing_since, well.last_error) == (0, None, None)
    assert book.deliveries("desk", 9)[-1].tries > 3


async def _fail_twice(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
    tries = sum(each.key == received.key for each in receiver.received)
    return web.Response(status=204) if tries == 3 else web.Response(status=500, text="\x1b[2Jout of  order")


def test_a_failed_try_is_repeated_with_the_same_key_and_words_before_anything_else(
    room: Pressroom, book: SqlChannelBook
):
    titles = publish(room, 2)
    with receiving(_fail_twice) as receiver:
        add(book, "desk", receiver.url)
        with couriering(room):
            until(lambda: book.channel("desk").failures == 1)
            assert book.channel("desk").last_error == "answered 500 Internal Server Error: \ufffd[2Jout of order"
            assert book.channel("desk").last_status == 500
            until(lambda: len(book.deliveries("desk", 9)) == 2)
    assert [each.json["article"]["title"] for each in receiver.received] == [t for t in titles for _ in range(3)]
    for number in range(0, 6, 3):
        tries = receiver.received[number : number + 3]
        assert len({each.key for each in tries}) == 1
        assert len({each.body for each in tries}) == 1
        waits = [later.monotonic_s - earlier.monotonic_s for earlier, later in pairwise(tries)]
        assert waits[0] >= 0.1
        assert waits[1] >= 0.2
    assert [each.tries for each in book.deliveries("desk", 9)] == [3, 3]


async def _drop(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
    """The first time it closes the connection instead of an answer; then it answers and breaks off the body."""
    assert request.transport is not None
    if len(receiver.received) == 1:
        request.transport.close()
        return web.Response()
    response = web.StreamResponse(status=200, headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"tha")
    request.transport.close()
    return response


def test_no_answer_is_repeated_and_an_answer_counts_even_when_it_breaks_off(room: Pressroom, book: SqlChannelBook):
    titles = publish(room, 3)
    with receiving(_drop) as receiver:
        add(book, "desk", receiver.url)
        with couriering(room):
            until(lambda: len(book.deliveries("desk", 9)) == 3)
    assert [each.json["article"]["title"] for each in receiver.received] == [titles[0], *titles]
    assert receiver.received[0].key == receiver.received[1].key


def test_one_receiver_thathangs_delays_nobody(room: Pressroom, book: SqlChannelBook):
    titles = publish(room, 20)
    with receiving(hang) as hanging, receiving() as well:
        for number in range(5):
            add(book, f"hanging {number}", hanging.url)
        add(book, "well", well.url)
        began = time.monotonic()
        with couriering(room, pace=replace(QUICK, timeout_s=30, end_within_s=0.2)):
            until(lambda: len(well.received) == 20, within_s=15)
            took_s = time.monotonic() - began
            until(lambda: len(hanging.received) == 5)
    assert well.titles == titles
    assert took_s < 15
    assert {book.channel(f"hanging {number}").cursor for number in range(5)} == {0}


def test_an_answer_that_never_ends_costs_its_time_limit_only(room: Pressroom, book: SqlChannelBook):
    async def pour(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    publish(room, 1)
    with receiving(pour) as receiver:
        add(book, "desk", receiver.url)
        with couriering(room):
            until(lambda: book.channel("desk").failures >= 2)
    assert len(book.channel("desk").last_error or "") < 300


def test_after_too_long_it_is_given_up_told_and_the_rest_kept(room: Pressroom, book: SqlChannelBook):
    async def refuse(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
        return web.Response(status=410, text="gone")

    titles = publish(room, 3)
    with receiving(refuse) as receiver:
        add(book, "desk", receiver.url)
        with couriering(room, pace=replace(QUICK, give_up_after=timedelta(seconds=0.5))):
            until(lambda: book.channel("desk").state is ChannelState.PAUSED)
            tries = len(receiver.received)
            time.sleep(0.3)
            assert len(receiver.received) == tries
            assert receiver.titles == titles[:1]
            [given_up] = book.deliveries("desk", 9)
            assert (given_up.state, given_up.status, given_up.tries) == (DeliveryState.GIVEN_UP, 410, tries)
            assert "answered 410 Gone: gone" in (book.channel("desk").paused_reason or "")
            told = [each for each in room.events.since(0, 99) if each.kind is EventKind.CHANNEL_CHANGED]
            assert told[-1].payload["what"] == "paused"
            receiver.behave = take
            book.set_paused("desk", False, datetime.now(UTC))
            until(lambda: len(receiver.received) == tries + 2)
    assert receiver.titles == titles


def test_a_channel_whose_message_cannot_be_made_waits_and_harms_nobody(room: Pressroom, book: SqlChannelBook):
    class Cracked:
        """The library, but one article cannot be read."""

        def article(self, article_id: int):
            if article_id == broken:
                raise RuntimeError("cracked")
            return room.library.article(article_id)

        def __getattr__(self, name: str):
            return getattr(room.library, name)

    broken = room.publish(DOZEN[4])
    fine = publish(room, 2)
    with receiving() as receiver:
        add(book, "broken", receiver.url + "/broken")
        add(book, "fine", receiver.url + "/fine", outlet_key="gazette")
        with couriering(room, library=Cracked()):
            until(lambda: book.channel("broken").failures >= 1 and len(receiver.received) == 2)
    assert receiver.titles == fine
    assert "internal error" in (book.channel("broken").last_error or "")


def test_an_answer_that_cannot_be_stored_at_once_is_stored_later_and_not_asked_for_again(
    room: Pressroom, book: SqlChannelBook
):
    class Away:
        """The book, but its database does not answer now and then."""

        def __getattr__(self, name: str):
            def call(*words, **named):
                calls.append(name)
                if calls.count(name) in {2, 3, 4}:
                    raise StoreUnavailable("the database does not answer")
                return getattr(book, name)(*words, **named)

            return call

    calls: list[str] = []
    titles = publish(room, 3)
    with receiving() as receiver:
        add(book, "desk", receiver.url)
        with couriering(room, channels=Away()):
            until(lambda: len(book.deliveries("desk", 9)) == 3)
    assert [each.json["article"]["title"] for each in receiver.received] == titles
    assert calls.count("delivered") == 6
