"""Where a webhook may go, how long is waited, and how troubles are told."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from delivery.channels.guard import GuardedResolver, RefusedAddress
from delivery.channels.pace import Pace
from delivery.channels.target import BadTarget, host_of, literal_address, webhook_target
from delivery.channels.threads import Threads
from delivery.channels.trouble import answer_told, error_told, printable
from delivery.channels.wishes import is_wanted
from storage.records import Channel, ChannelKind, ChannelState, Event, EventKind

NOW = datetime(2026, 7, 30, tzinfo=UTC)

LITERALS = {
    "http://127.0.0.1/": "127.0.0.1",
    "http://127.1/": "127.0.0.1",
    "http://0x7f.1:8080/x": "127.0.0.1",
    "http://0177.0.0.1/": "127.0.0.1",
    "http://2130706433/": "127.0.0.1",
    "http://127.0.0.1./": "127.0.0.1",
    "http://１２７.0.0.1/": "127.0.0.1",
    "http://%31%32%37.0.0.1/": "127.0.0.1",
    "http://[::1]/": "::1",
    "http://[::ffff:127.0.0.1]/": "::ffff:7f00:1",
    "http://[0:0:0:0:0:0:0:1]:81/": "::1",
    "https://93.184.216.34/": "93.184.216.34",
    "https://hooks.example/127.0.0.1": None,
    "https://127.0.0.1.nip.example/": None,
    "http://localhost/": None,  # a name: the resolver judges it
}


@pytest.mark.parametrize("url", LITERALS)
def test_an_address_in_any_spelling_is_seen(url: str):
    assert literal_address(webhook_target(url)) == LITERALS[url]


REFUSED = {
    "hooks.example/in": "no URL",
    "": "no URL",
    "https://": "no URL",
    "http://[fe80::1%25eth0]/": "no URL",
    "http://h:99999/": "no URL",
    "ftp://hooks.example/": "ftp://",
    "file:///etc/passwd": "file://",
    "https://me:pw@hooks.example/": "password",
    "https://me@hooks.example/": "user name",
    "https://hooks.example/" + "x" * 2048: "2048",
}


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_webhook_is_refused_in_words(url: str):
    with pytest.raises(BadTarget, match=REFUSED[url]):
        webhook_target(url)


def test_a_target_has_one_spelling():
    assert webhook_target(" HTTPS://Hooks.Example:443/a b?x=%2F#part ") == "https://hooks.example/a%20b?x=%2F"
    assert host_of("https://hooks.example/secret") == "hooks.example"


# -------------------------------------------------------------------------------------- resolver


def resolve(host: str, is_allowed) -> list[str]:
    async def ask() -> list[str]:
        return [found["host"] for found in await GuardedResolver(is_allowed).resolve(host, 80)]

    return asyncio.run(ask())


def test_a_name_at_refused_addresses_only_is_refused():
    with pytest.raises(RefusedAddress, match="PRESSWATCH_ALLOW_NETWORKS"):
        resolve("localhost", lambda _: False)


def test_only_allowed_addresses_are_passed_on():
    asked: list[str] = []

    def is_allowed(address: str) -> bool:
        asked.append(address)
        return address == "127.0.0.1"

    assert set(resolve("localhost", is_allowed)) == {"127.0.0.1"}
    assert "127.0.0.1" in asked


# ------------------------------------------------------------------------------------------ pace


def test_waits_double_from_ten_seconds_to_an_hour():
    waits = [Pace().wait_after(failures).total_seconds() for failures in (1, 2, 3, 9, 10, 1000)]
    assert waits == [10, 20, 40, 2560, 3600, 3600]


# ----------------------------------------------------------------------------------------- wishes

CHANNEL = Channel(
    id=1,
    kind=ChannelKind.WEBHOOK,
    name="desk",
    url="https://h.example/",
    secret="x",
    state=ChannelState.ACTIVE,
    created_at=NOW,
    cursor=0,
    outlet_key="jpost",
    language="en",
)


def event(kind: EventKind, outlet: str | None = "jpost", language: str | None = "en") -> Event:
    return Event(seq=1, at=NOW, kind=kind, outlet_key=outlet, article_id=1, payload={"language": language})


def test_a_channel_wants_articles_of_its_outlet_and_language_only():
    wanted = [
        is_wanted(CHANNEL, made)
        for made in (
            event(EventKind.ARTICLE_STORED),
            event(EventKind.ARTICLE_REVISED),
            event(EventKind.ARTICLE_STORED, outlet="ruz"),
            event(EventKind.ARTICLE_STORED, language="fa"),
            event(EventKind.ARTICLE_STORED, language=None),
            event(EventKind.SOURCE_FAILED),
            event(EventKind.OUTLET_CHANGED),
            event(EventKind.CHANNEL_CHANGED, outlet=None, language=None),
        )
    ]
    assert wanted == [True, True, False, False, False, False, False, False]


# --------------------------------------------------------------------------------------- troubles


def test_a_redirect_says_where_it_leads_and_what_to_do():
    told = answer_told(302, "Found", "https://other.example/secret/path", "")
    assert told.startswith("answered 302 Found: a redirect to other.example,")
    assert "secret" not in told
    assert "a redirect, which" in answer_told(307, None, None, "")
    assert "a redirect, which" in answer_told(308, None, "http://[", "")


def test_a_refusal_shows_the_beginning_of_the_answer():
    assert answer_told(400, "Bad Request", None, "no such channel") == "answered 400 Bad Request: no such channel"
    assert answer_told(599, "", None, "") == "answered 599"


def test_what_a_receiver_says_cannot_control_a_terminal():
    assert printable("a\x1b[2Jb\r\n  c\u202e") == "a\ufffd[2Jb c\ufffd"
    assert len(printable("x" * 100_000)) == 200


def test_every_trouble_has_words():
    told = [
        error_told(error, "hooks.example")
        for error in (
            TimeoutError(),
            aiohttp.ServerTimeoutError(),
            aiohttp.ServerDisconnectedError(),
            ConnectionResetError(104, "Connection reset by peer"),
            aiohttp.ClientPayloadError(),
            ValueError("odd"),
        )
    ]
    assert told == [
        "hooks.example did not answer in time",
        "hooks.example did not answer in time",
        "hooks.example closed the connection before it answered",
        "hooks.example closed the connection before it answered",
        "nothing could be sent to hooks.example: ClientPayloadError",
        "nothing could be sent to hooks.example: odd",
    ]


# ---------------------------------------------------------------------------------------- threads


def test_calls_give_what_they_return_or_raise():
    async def calls() -> tuple[int, str]:
        threads = Threads("test", 2)
        with pytest.raises(KeyError):
            await threads.call(lambda: {}["missing"])
        return await threads.call(lambda: 7), await threads.call(lambda: threading.current_thread().name)

    assert asyncio.run(calls()) == (7, "test")


def test_calls_that_hang_hold_up_neither_others_nor_the_end():
    released = threading.Event()

    async def calls() -> int:
        threads = Threads("test", 2)
        hanging = asyncio.ensure_future(threads.call(lambda: released.wait(20)))
        await asyncio.sleep(0)
        answer = await threads.call(lambda: 7)
        hanging.cancel()
        return answer

    began = time.monotonic()
    assert asyncio.run(calls()) == 7
    assert time.monotonic() - began < 10
    released.set()


def test_no_more_calls_run_at_once_than_allowed():
    running, most = 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with guard:
            running -= 1

    async def calls() -> None:
        threads = Threads("test", 3)
        await asyncio.gather(*(threads.call(work) for _ in range(12)))

    asyncio.run(calls())
    assert most == 3


def test_giving_up_waits_long_enough_for_a_weekend():
    assert Pace().give_up_after == timedelta(days=3)
