"""Courier processes: killed with 9, stopped, and started too early."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from storage.records import ChannelKind
from storage.sql.channels import SqlChannelBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.conftest import ROOT
from tests.integration.couriering import add, hang, publish, until
from tests.mailserver import taking_mail
from tests.pressroom import NOW, Pressroom, pressroom
from tests.receiver import Received, Receiver, receiving

_COURIER = (
    "from control.courier import run_courier; from control.settings import load_settings; "
    "from delivery.channels.pace import Pace; "
    "run_courier(load_settings(), pace=Pace(look_every_s=0.05, first_wait_s=0.1, longest_wait_s=0.5, timeout_s={timeout_s}))"
)


@contextmanager
def courier_process(
    url: str, folder: Path, timeout_s: float = 10.0, **further: str
) -> Iterator[subprocess.Popen[bytes]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    env |= {
        "PRESSWATCH_DATABASE_URL": url,
        "PRESSWATCH_DATA_DIR": str(folder),
        "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
        **further,
    }
    with (folder / "courier.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _COURIER.format(timeout_s=timeout_s)], cwd=ROOT, env=env, stdout=log, stderr=log
        )
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
    with receiving(hang) as receiver:
        add(book, "desk", receiver.url)
        with courier_process(sqlite_url, tmp_path, timeout_s=90.0) as process:
            until(lambda: bool(receiver.received), within_s=60)
            [listed] = room.library.status(datetime.now(UTC)).processes
            assert (listed.role, listed.pid) == ("courier", process.pid)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(80) == 0, (tmp_path / "courier.log").read_text()
            assert time.monotonic() - began < 45  # a request under way has three seconds, a receiver has ninety
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


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite_url", "postgres_url"])
def test_killed_at_twenty_random_moments_nothing_is_lost_on_any_channel(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
):
    """A webhook for all, one for a watchlist and e-mails, at once; what comes twice carries the same key."""
    url, chance = request.getfixturevalue(database), random.Random(20261122)

    async def dawdle(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
        await asyncio.sleep(chance.random() * 0.05)
        return web.Response(status=204)

    with pressroom(url, tmp_path) as room, receiving(dawdle) as receiver, taking_mail() as mails:
        room.open_outlets()
        book = SqlChannelBook(room.engine)
        watched = SqlWatchlistBook(room.engine).add(name="pieces", query="piece", token="w" * 32, now=NOW)
        add(book, "all", f"{receiver.url}/all")
        add(book, "watched", f"{receiver.url}/watched", watchlist_id=watched.id)
        add(book, "mails", "mailto:desk@example.org", kind=ChannelKind.EMAIL, watchlist_id=watched.id)
        titles: list[str] = []
        smtp = {"PRESSWATCH_SMTP_URL": f"smtp://127.0.0.1:{mails.port}", "PRESSWATCH_MAIL_FROM": "watch@example.org"}
        for number in range(20):
            titles += publish(room, 6, first=6 * number)
            with courier_process(url, tmp_path, **smtp) as process:
                until(lambda: book.channel("all").last_ok_at is not None, within_s=60)
                time.sleep(chance.random() * 4)
                process.send_signal(signal.SIGKILL)
                process.wait()
        with courier_process(url, tmp_path, **smtp):
            for name in ("all", "watched", "mails"):
                until(lambda name=name: len(book.deliveries(name, 999)) == len(titles), within_s=200)
        for path in ("/hook/all", "/hook/watched"):
            received = [each for each in receiver.received if each.path == path]
            keys: dict[str, set[str]] = {}
            for each in received:
                keys.setdefault(each.json["article"]["title"], set()).add(each.key)
            assert sorted(keys) == sorted(titles), f"lost at {path}"
            assert all(len(of_one) == 1 for of_one in keys.values()), "a repeat carried another key"
            assert len(received) <= len(titles) + 20
        subjects: dict[str, set[str]] = {}
        for mail in mails.mails:
            subjects.setdefault(mail["Subject"], set()).add(mail["Message-ID"])
        assert sorted(subjects) == sorted(f"pieces: {title}" for title in titles)
        assert all(len(of_one) == 1 for of_one in subjects.values())
