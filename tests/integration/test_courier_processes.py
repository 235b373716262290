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

from storage.sql.channels import SqlChannelBook
from tests.conftest import ROOT
from tests.integration.couriering import add, hang, publish, until
from tests.pressroom import Pressroom, pressroom
from tests.receiver import Received, Receiver, receiving

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
    with receiving(hang) as receiver:
        add(book, "desk", receiver.url)
        with courier_process(sqlite_url, tmp_path) as process:
            until(lambda: bool(receiver.received), within_s=60)
            [listed] = room.library.status(datetime.now(UTC)).processes
            assert (listed.role, listed.pid) == ("courier", process.pid)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0, (tmp_path / "courier.log").read_text()
            assert time.monotonic() - began < 8  # within ten seconds; a request under way has three
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
