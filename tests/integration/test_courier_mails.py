"""Alerts by e-mail through a real courier and a real mail server: in the clear, with STARTTLS, in TLS; refused, down."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_certificates import own_certificate

from delivery.channels.carriers import Carriers
from delivery.channels.mailer import Mailer
from delivery.channels.pace import Pace
from delivery.channels.parcels import Packer
from delivery.channels.poster import Poster
from delivery.channels.sender import Sender
from storage.records import ChannelKind, DeliveryState
from storage.sql.alerts import SqlAlertBook
from storage.sql.channels import SqlChannelBook
from storage.sql.matches import SqlMatchBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.mailserver import taking_mail
from tests.pressroom import Pressroom

QUICK = Pace(look_every_s=0.05, first_wait_s=0.1, longest_wait_s=0.4, timeout_s=3.0, store_wait_s=0.05)


@contextmanager
def couriering(room: Pressroom, smtp_url: str) -> Iterator[None]:
    """A courier that sends mail there, in a thread of its own."""
    loop, stopped = asyncio.new_event_loop(), asyncio.Event()

    def now() -> datetime:
        return datetime.now(UTC)

    async def send() -> None:
        mailer = Mailer(smtp_url, "watch@example.org", QUICK.timeout_s, now)
        async with Poster(is_allowed=lambda _: False, user_agent="Presswatch/test", timeout_s=3.0, clock=now) as poster:
            sender = Sender(
                name="courier",
                channels=SqlChannelBook(room.engine),
                events=room.events,
                library=room.library,
                packer=Packer(
                    room.events,
                    room.library,
                    watchlists=SqlWatchlistBook(room.engine),
                    matches=SqlMatchBook(room.engine),
                ),
                poster=Carriers(poster, mailer),
                pace=QUICK,
                clock=now,
            )
            await sender.run(stopped)

    thread = threading.Thread(target=lambda: loop.run_until_complete(send()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
        loop.close()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def raise_alert(room: Pressroom) -> SqlChannelBook:
    """A channel for alerts, and an alert."""
    book, now = SqlChannelBook(room.engine), datetime.now(UTC)
    book.add(kind=ChannelKind.EMAIL, name="desk", url="mailto:desk@example.org", secret="", now=now, alerts=True)
    assert SqlAlertBook(room.engine).set_layout("gazette", "0 of the newest 5 articles have a byline", now)
    return book


WAYS = {
    "in the clear": ("smtp", "", False),
    "with STARTTLS and a password": ("smtp", "me:right@", True),
    "in TLS from the start": ("smtps", "me:right@", True),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_alert_arrives_once_though_it_was_refused_twice(
    room: Pressroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: tuple[str, str, bool]
):
    scheme, login, has_certificate = way
    certificate = own_certificate(tmp_path, "127.0.0.1") if has_certificate else None
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate or ""))
    refusals = ("451 busy, come again", "452 no room just now")
    with taking_mail(certificate, is_tls=scheme == "smtps", refusals=refusals) as server:
        book = raise_alert(room)
        with couriering(room, f"{scheme}://{login}127.0.0.1:{server.port}"):
            until(lambda: bool(server.mails))
            until(lambda: bool(book.deliveries("desk", 9)))
            time.sleep(0.5)
        (mail,) = server.mails
        assert (mail["To"], mail["From"]) == ("desk@example.org", "watch@example.org")
        assert "layout" in mail["Subject"]
        assert "byline" in mail.get_body(("plain",)).get_content()
        assert server.connections == 3
        assert all(each == ("me", "right", True) for each in server.logins)
        assert bool(server.logins) is bool(login)
        (delivery,) = book.deliveries("desk", 9)
        assert (delivery.state, delivery.tries) == (DeliveryState.DELIVERED, 3)


def test_a_server_whose_certificate_is_not_believed_gets_neither_password_nor_mail(room: Pressroom, tmp_path: Path):
    with taking_mail(own_certificate(tmp_path, "127.0.0.1"), is_tls=True) as server:
        book = raise_alert(room)
        with couriering(room, f"smtps://me:right@127.0.0.1:{server.port}"):
            until(lambda: bool(book.channel("desk").last_error))
        assert "certificate" in (book.channel("desk").last_error or "").lower()
        assert (server.logins, server.mails) == ([], [])


def test_a_server_that_is_down_is_tried_until_it_is_back(room: Pressroom):
    book = raise_alert(room)
    with taking_mail() as gone:
        port = gone.port
    with couriering(room, f"smtp://127.0.0.1:{port}"):
        until(lambda: bool(book.channel("desk").last_error))
        with taking_mail(port=port) as server:
            until(lambda: bool(server.mails))
            until(lambda: book.channel("desk").last_error is None)
