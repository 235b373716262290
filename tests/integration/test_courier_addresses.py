"""No message goes to an address that it may not go to."""

from __future__ import annotations

import pytest
from aiohttp import web

from storage.sql.channels import SqlChannelBook
from tests.integration.couriering import add, couriering, publish, until
from tests.pressroom import Pressroom
from tests.receiver import Received, Receiver, receiving

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
