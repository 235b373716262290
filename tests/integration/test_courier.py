"""The courier over a real store and real sockets: receivers that are down, slow, rude or dangerous; and kill -9."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from crawler.fetch.guard import AddressPolicy
from delivery.channels.pace import Pace
from delivery.channels.poster import Poster
from delivery.channels.sender import Sender
from storage.errors import StoreUnavailable
from storage.records import Channel, ChannelKind, ChannelState, DeliveryState, EventKind
from storage.sql.alerts import SqlAlertBook
from storage.sql.channels import SqlChannelBook
from tests.pressroom import DOZEN, Piece, Pressroom, pressroom
from tests.receiver import Received, Receiver, receiving, take

ROOT = Path(__file__).resolve().parents[2]
QUICK = Pace(look_every_s=0.05, first_wait_s=0.1, longest_wait_s=0.4, timeout_s=1.0, store_wait_s=0.05)
LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture
def room(sqlite_url: str, tmp_path: Path) -> Iterator[Pressroom]:
    with pressroom(sqlite_url, tmp_path) as room:
        room.open_outlets()
        yield room


@pytest.fixture
def book(room: Pressroom) -> SqlChannelBook:
    return SqlChannelBook(room.engine)


def add(book: SqlChannelBook, name: str, url: str, **changes) -> Channel:
    given = {"kind": ChannelKind.WEBHOOK, "secret": f"secret of {name}", "now": datetime.now(UTC)}
    return book.add(name=name, url=url, **(given | {"is_from_start": True} | changes))


def publish(room: Pressroom, count: int, first: int = 0, **changes) -> list[str]:
    """So many articles; their titles in order."""
    pieces = [
        Piece(
            outlet="gazette",
            url=f"https://gazette.example/piece/{number}",
            title=f"Piece {number}",
            body=f"Words of piece {number}, in a paragraph.",
            minutes_ago=5_000 - number,
        )
        for number in range(first, first + count)
    ]
    for piece in pieces:
        room.publish(replace(piece, **changes))
    return [piece.title for piece in pieces]


@contextmanager
def couriering(
    room: Pressroom,
    allowed: tuple[str, ...] = LOOPBACK,
    pace: Pace = QUICK,
    library=None,
    channels=None,
    *,
    name: str = "courier",
) -> Iterator[None]:
    """A courier in a thread of its own until the block ends."""
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()

    async def send() -> None:
        poster = Poster(
            is_allowed=AddressPolicy(allowed).allows,
            user_agent="Presswatch/test",
            timeout_s=pace.timeout_s,
            clock=lambda: datetime.now(UTC),
        )
        async with poster:
            sender = Sender(
                name=name,
                channels=channels or SqlChannelBook(room.engine),
                events=room.events,
                library=library or room.library,
                poster=poster,
                pace=pace,
                clock=lambda: datetime.now(UTC),
            )
            await sender.run(stopped)

    thread = threading.Thread(target=lambda: loop.run_until_complete(send()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(20)
        assert not thread.is_alive(), "the courier did not stop"
        loop.close()


def until(holds: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


# ----------------------------------------------------------------------------------- what is sent


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
            until(lambda: len(receiver.received) >= 2 + 2 + 6)
            time.sleep(0.3)
    told = {
        path: [each.json["article"]["title"] for each in receiver.received if each.path == f"/hook/{path}"]
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


# ---------------------------------------------------------------------------- receivers in trouble


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


async def _hang(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


def test_one_receiver_that_hangs_delays_nobody(room: Pressroom, book: SqlChannelBook):
    titles = publish(room, 20)
    with receiving(_hang) as hanging, receiving() as well:
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


def test_two_couriers_repeat_but_lose_nothing_and_record_each_once(room: Pressroom, book: SqlChannelBook):
    titles = publish(room, 30)
    with receiving() as receiver:
        add(book, "desk", receiver.url)
        with couriering(room), couriering(room):
            until(lambda: len(book.deliveries("desk", 99)) == 30)
    assert receiver.titles == titles
    assert len({each.key for each in receiver.received}) == 30


# -------------------------------------------------------------------------------------- addresses

TRAPS = (
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://2130706433:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
)


def test_a_private_address_is_never_connected_to_however_it_is_written(room: Pressroom, book: SqlChannelBook):
    publish(room, 1)
    with receiving() as trap:
        for number, url in enumerate(TRAPS):
            add(book, f"trap {number}", url.format(port=trap.port))
        with couriering(room, allowed=()):
            until(lambda: all(book.channel(f"trap {n}").failures for n in range(len(TRAPS))))
    assert trap.connections == 0
    troubles = [book.channel(f"trap {number}").last_error or "" for number in range(len(TRAPS))]
    assert ["not a public address" in trouble or "cannot be resolved" in trouble for trouble in troubles] == [
        True for _ in TRAPS
    ], troubles


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(room: Pressroom, book: SqlChannelBook, status: int):
    publish(room, 1)
    with receiving() as trap:

        async def redirect(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
            return web.Response(status=status, headers={"Location": trap.url})

        with receiving(redirect) as receiver:
            add(book, "desk", receiver.url)
            with couriering(room):
                until(lambda: book.channel("desk").failures >= 2)
    assert trap.connections == 0
    assert "a redirect to 127.0.0.1, which is not followed" in (book.channel("desk").last_error or "")


def test_no_proxy_of_the_environment_is_used(room: Pressroom, book: SqlChannelBook, monkeypatch: pytest.MonkeyPatch):
    titles = publish(room, 1)
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        add(book, "desk", receiver.url)
        with couriering(room):
            until(lambda: len(receiver.received) == 1)
    assert receiver.titles == titles
    assert proxy.connections == 0


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


# --------------------------------------------------------------------------------- real processes

_COURIER = (
    "from control.courier import run_courier; from control.settings import load_settings; "
    "from delivery.channels.pace import Pace; "
    "run_courier(load_settings(), pace=Pace(look_every_s=0.05, first_wait_s=0.1, longest_wait_s=0.5))"
)


@contextmanager
def courier_process(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    env |= {
        "PRESSWATCH_DATABASE_URL": url,
        "PRESSWATCH_DATA_DIR": str(folder),
        "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
    }
    with (folder / "courier.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-c", _COURIER], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kill_9_at_random_moments_loses_nothing_and_repeats_with_the_same_key(
    room: Pressroom, book: SqlChannelBook, sqlite_url: str, tmp_path: Path
):
    chance = random.Random(20260730)

    async def dawdle(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
        await asyncio.sleep(chance.random() * 0.02)
        return web.Response(status=204)

    titles = publish(room, 200)
    with receiving(dawdle) as receiver:
        add(book, "desk", receiver.url)
        for kill_at in sorted(chance.sample(range(1, 195), 6)):
            with courier_process(sqlite_url, tmp_path) as process:
                until(lambda kill_at=kill_at: len(receiver.received) >= kill_at, within_s=60)
                time.sleep(chance.random() * 0.02)
                process.send_signal(signal.SIGKILL)
                process.wait()
        with courier_process(sqlite_url, tmp_path) as process:
            until(lambda: len(book.deliveries("desk", 999)) == 200, within_s=90)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert process.wait(20) == 0, (tmp_path / "courier.log").read_text()
            assert time.monotonic() - began < 5
    assert receiver.titles == titles, "lost, or out of order"
    keys: dict[str, set[str]] = {}
    for each in receiver.received:
        keys.setdefault(each.json["article"]["title"], set()).add(each.key)
        assert each.is_signed_with("secret of desk")
    assert all(len(of_one) == 1 for of_one in keys.values()), "a repeat carried another key"
    assert len({key for of_one in keys.values() for key in of_one}) == 200
    assert len(receiver.received) <= 200 + 6, "more than the one in flight was repeated"


@pytest.mark.slow
def test_kill_9_loses_nothing_on_postgresql(postgres_url: str, tmp_path: Path):
    with pressroom(postgres_url, tmp_path) as room, receiving() as receiver:
        room.open_outlets()
        book = SqlChannelBook(room.engine)
        add(book, "desk", receiver.url)
        titles = publish(room, 60)
        for kill_at in (7, 31):
            with courier_process(postgres_url, tmp_path):
                until(lambda kill_at=kill_at: len(receiver.received) >= kill_at, within_s=60)
        with courier_process(postgres_url, tmp_path):
            until(lambda: len(book.deliveries("desk", 99)) == 60, within_s=60)
    assert receiver.titles == titles
    assert len({each.key for each in receiver.received}) == 60


@pytest.mark.slow
def test_what_was_received_but_not_answered_when_the_courier_was_killed_comes_again(
    room: Pressroom, book: SqlChannelBook, sqlite_url: str, tmp_path: Path
):
    arrived, may_answer = threading.Event(), threading.Event()

    async def hold(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
        arrived.set()
        await asyncio.to_thread(may_answer.wait, 60)
        return web.Response(status=204)

    titles = publish(room, 2)
    with receiving(hold) as receiver:
        add(book, "desk", receiver.url)
        with courier_process(sqlite_url, tmp_path):
            assert arrived.wait(60)
        may_answer.set()
        with courier_process(sqlite_url, tmp_path):
            until(lambda: len(book.deliveries("desk", 9)) == 2, within_s=60)
    assert [each.json["article"]["title"] for each in receiver.received] == [titles[0], *titles]
    assert receiver.received[0].key == receiver.received[1].key


@pytest.mark.slow
def test_a_stop_waits_for_no_receiver_and_the_process_is_listed_while_it_runs(
    room: Pressroom, book: SqlChannelBook, sqlite_url: str, tmp_path: Path
):
    publish(room, 1)
    with receiving(_hang) as receiver:
        add(book, "desk", receiver.url)
        with courier_process(sqlite_url, tmp_path) as process:
            until(lambda: bool(receiver.received), within_s=60)
            [listed] = room.library.status(datetime.now(UTC)).processes
            assert (listed.role, listed.pid) == ("courier", process.pid)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0, (tmp_path / "courier.log").read_text()
            assert time.monotonic() - began < 5
    assert room.library.status(datetime.now(UTC)).processes == ()
    assert "Traceback" not in (tmp_path / "courier.log").read_text()
    assert book.channel("desk").cursor == 0


@pytest.mark.slow
def test_a_courier_started_before_its_database_answers_waits_for_it(tmp_path: Path):
    with courier_process("postgresql://nobody@127.0.0.1:9/none", tmp_path) as process:
        log = tmp_path / "courier.log"
        until(lambda: log.read_text().count("store_unavailable") >= 2, within_s=60)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(20) == 0
        assert time.monotonic() - began < 5


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
