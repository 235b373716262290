"""Couriers in threads of their own, on a pressroom's store."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web

from crawler.fetch.policy import AddressPolicy
from delivery.channels.pace import Pace
from delivery.channels.parcels import Packer
from delivery.channels.poster import Poster
from delivery.channels.sender import Sender
from storage.records import Channel, ChannelKind
from storage.sql.channels import SqlChannelBook
from storage.sql.matches import SqlMatchBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.pressroom import Piece, Pressroom
from tests.receiver import Received, Receiver

QUICK = Pace(look_every_s=0.05, first_wait_s=0.1, longest_wait_s=0.4, timeout_s=1.0, store_wait_s=0.05)
LOOPBACK = ("127.0.0.0/8",)


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
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
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
                packer=Packer(
                    room.events,
                    library or room.library,
                    watchlists=SqlWatchlistBook(room.engine),
                    matches=SqlMatchBook(room.engine),
                ),
                poster=poster,
                pace=pace,
                clock=clock,
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


async def hang(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()
