"""Hubs that are told of changed feeds, and chats through apprise, over a real sender."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

from aiohttp import web
from click.testing import CliRunner, Result

from control.cli_channels import channels_group
from control.settings import Settings
from control.watching import watcher_from
from crawler.fetch.policy import AddressPolicy
from delivery.channels.carriers import Carriers
from delivery.channels.chat import Chatter
from delivery.channels.pace import Pace
from delivery.channels.parcels import Packer
from delivery.channels.poster import Poster
from delivery.channels.sender import Sender
from delivery.channels.topics import Topics
from storage.records import ChannelKind
from storage.sql.channels import SqlChannelBook
from storage.sql.reader_feeds import SqlReaderFeedBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.conftest import ROOT
from tests.integration.couriering import QUICK, add, publish, until
from tests.pressroom import NOW, Pressroom
from tests.receiver import Received, Receiver, receiving, take
from tests.watching import WatchStore

HOME = "https://press.example.org"
LOOPBACK = ("127.0.0.0/8",)


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def couriering(room: Pressroom, pace: Pace = QUICK, networks: tuple[str, ...] = LOOPBACK) -> Iterator[None]:
    """A courier that reaches hubs and chats, in a thread of its own."""
    loop, stopped = asyncio.new_event_loop(), asyncio.Event()

    async def send() -> None:
        allows = AddressPolicy(networks).allows
        async with Poster(is_allowed=allows, user_agent="Presswatch/test", timeout_s=5.0, clock=utc_now) as poster:
            sender = Sender(
                name="courier",
                channels=SqlChannelBook(room.engine),
                events=room.events,
                library=room.library,
                poster=Carriers(poster, None, Chatter("control.chatting", networks, 5.0, HOME)),
                pace=pace,
                clock=utc_now,
                packer=Packer(
                    room.events,
                    room.library,
                    topics=Topics(SqlWatchlistBook(room.engine), SqlReaderFeedBook(room.engine), HOME),
                    watchlists=SqlWatchlistBook(room.engine),
                ),
            )
            await sender.run(stopped)

    thread = threading.Thread(target=lambda: loop.run_until_complete(send()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(20)
        loop.close()


def watched(room: Pressroom) -> int:
    added = SqlWatchlistBook(room.engine).add(name="pieces", query="piece", token="w" * 32, now=NOW)
    return added.id


def hold_against_watchlists(room: Pressroom) -> None:
    watcher = watcher_from(Settings(), WatchStore(room), utc_now)
    while watcher.step():
        continue


def topics(receiver: Receiver) -> list[str]:
    return [parse_qs(each.body.decode())["hub.url"][0] for each in receiver.received]


# ------------------------------------------------------------------------------------------ hubs


def test_a_hub_is_told_of_the_feeds_that_changed_and_of_no_others(room: Pressroom, book: SqlChannelBook):
    feeds = SqlReaderFeedBook(room.engine)
    for name, key in (("of it", "gazette"), ("of another", "ledger"), ("of a search", None)):
        feeds.add(name=name, token=name.replace(" ", "-") * 4, now=NOW, outlet_key=key, words=None if key else "piece")
    watched(room)
    with receiving() as receiver:
        add(book, "hub", receiver.url, kind=ChannelKind.HUB, now=NOW - timedelta(hours=1))
        publish(room, 2)
        hold_against_watchlists(room)
        with couriering(room):
            until(lambda: len(book.deliveries("hub", 9)) == 1)
        told = topics(receiver)
        tokens = {"watchlists/" + "w" * 32, "saved/" + "of-it" * 4, "saved/" + "of-a-search" * 4}
        expected = {f"{HOME}/feeds/{token}.{form}" for token in tokens for form in ("rss", "atom", "json")}
        assert sorted(told) == sorted(expected), "each once, though two articles came"
        first = receiver.received[0]
        assert first.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert parse_qs(first.body.decode())["hub.mode"] == ["publish"]


def test_a_hub_that_fails_is_told_again_and_one_that_was_told_rests(room: Pressroom, book: SqlChannelBook):
    async def refuse_once(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
        receiver.behave = take
        return web.Response(status=503)

    SqlReaderFeedBook(room.engine).add(name="all", token="a" * 32, now=NOW)
    with receiving(refuse_once) as receiver:
        add(book, "hub", receiver.url, kind=ChannelKind.HUB, now=NOW - timedelta(hours=1))
        publish(room, 1)
        with couriering(room, replace(QUICK, announce_every_s=600.0)):
            until(lambda: len(book.deliveries("hub", 9)) == 1)
            assert len(receiver.received) == 1 + 3
            publish(room, 1, first=1)
            threading.Event().wait(0.4)
            assert len(receiver.received) == 1 + 3, "it is told twice a minute at most"
        with couriering(room, replace(QUICK, announce_every_s=0.0)):
            until(lambda: len(book.deliveries("hub", 9)) == 2)
        assert len(receiver.received) == 1 + 3 + 3


# ------------------------------------------------------------------------------------------ chats


def test_a_story_arrives_in_a_chat_as_a_text_that_says_what_and_why(room: Pressroom, book: SqlChannelBook):
    number = watched(room)
    with receiving() as receiver:
        chat = f"json://127.0.0.1:{receiver.port}/room"
        add(book, "chat", chat, kind=ChannelKind.CHAT, watchlist_id=number)
        publish(room, 1)
        hold_against_watchlists(room)
        with couriering(room):
            until(lambda: len(book.deliveries("chat", 9)) == 1)
        [told] = [each.json for each in receiver.received]
        assert told["title"] == "pieces: Piece 0"
        assert "https://gazette.example/piece/0" in told["message"]
        [delivery] = book.deliveries("chat", 9)
        assert told["message"].rstrip().endswith(f"#{delivery.key[:8]}")


def test_a_chat_at_a_private_address_gets_no_connection(room: Pressroom, book: SqlChannelBook):
    number = watched(room)
    with receiving() as receiver:
        for name, host in (("number", "127.0.0.1"), ("name", "localhost")):
            add(book, name, f"json://{host}:{receiver.port}/", kind=ChannelKind.CHAT, watchlist_id=number)
        publish(room, 1)
        hold_against_watchlists(room)
        with couriering(room, networks=()):
            until(lambda: all(book.channel(name).last_error for name in ("number", "name")))
        assert receiver.connections == 0
        for name in ("number", "name"):
            assert "is not a public address" in (book.channel(name).last_error or "")


def test_a_chat_that_redirects_to_a_private_address_is_not_followed_there(room: Pressroom, book: SqlChannelBook):
    """The network that is allowed is that of the first receiver alone."""

    async def elsewhere(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": f"http://127.0.0.2:{receiver.port}/in"})

    number = watched(room)
    with receiving(elsewhere) as receiver:
        add(book, "chat", f"json://127.0.0.1:{receiver.port}/", kind=ChannelKind.CHAT, watchlist_id=number)
        publish(room, 1)
        hold_against_watchlists(room)
        with couriering(room, networks=("127.0.0.1/32",)):
            until(lambda: bool(book.channel("chat").last_error))
        assert "127.0.0.2 is not a public address" in (book.channel("chat").last_error or "")


_ATTEMPTS = """
import json, os, socket, subprocess
from delivery.channels.confinement import Confinement
confinement = Confinement(lambda address: address == "127.0.0.1")
confinement.begin()
def holds(attempt):
    try:
        attempt()
    except OSError as error:
        return type(error).__name__ == "Refused"
    return False
attempts = {
    "a private address": lambda: socket.socket().connect(("127.0.0.2", 9)),
    "a name": lambda: socket.socket().connect(("localhost", 9)),
    "a private address in IPv6": lambda: socket.socket(socket.AF_INET6).connect(("::1", 9)),
    "a datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.2", 9)),
    "a socket in the file system": lambda: socket.socket(socket.AF_UNIX).connect("/run/some.sock"),
    "a program": lambda: subprocess.Popen(["true"]),
    "a shell": lambda: os.system("true"),
    "a file": lambda: open("written", "w"),
    "a file's descriptor": lambda: os.open("written", os.O_CREAT | os.O_WRONLY),
    "a folder": lambda: os.mkdir("made"),
}
print(json.dumps([name for name, attempt in attempts.items() if not holds(attempt)]))
try:
    socket.socket().connect(("127.0.0.1", 9))
except ConnectionRefusedError:
    print("asked")
"""


def test_a_confined_process_connects_where_it_may_and_does_nothing_else(tmp_path: Path):
    ran = subprocess.run(
        [sys.executable, "-c", _ATTEMPTS], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True
    )
    got_through, asked = ran.stdout.decode().splitlines()
    assert json.loads(got_through) == []
    assert asked == "asked", "an allowed address is reached"
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------- commands


def test_hubs_and_chats_are_added_and_tried_by_command(room: Pressroom, sqlite_url: str, tmp_path: Path):
    watched(room)
    settings = Settings(database_url=sqlite_url, data_dir=tmp_path, allow_networks=LOOPBACK, public_url=HOME)

    def run(*words: str) -> Result:
        return CliRunner().invoke(channels_group, list(words), obj=settings)

    with receiving() as receiver:
        assert run("add", "hub", receiver.url, "--hub").exit_code == 0
        assert run("test", "hub").exit_code == 0
        assert len(receiver.received) == 3, "all feeds that there are"
        chat = f"json://127.0.0.1:{receiver.port}/room"
        assert run("add", "chat", chat, "--chat", "--watchlist", "pieces").exit_code == 0
        assert run("test", "chat").exit_code == 0
        assert receiver.received[-1].json["title"] == "Presswatch: a test message"
    assert "watchlist pieces" in run("list").output
    for listed in (run("list").output, run("list", "--json").output):
        assert chat not in listed, "its address holds its tokens"
    assert "feeds that changed" in run("list").output
    assert "no address of a chat" in run("add", "x", "nonsense://", "--chat", "--alerts").output
    assert "choose a watchlist" in run("add", "x", chat, "--chat").output
    assert "no choice of articles" in run("add", "x", receiver.url, "--hub", "--language", "en").output
