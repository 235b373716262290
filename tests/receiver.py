"""A real webhook receiver on a loopback port, which behaves as a test tells it to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Behaviour = Callable[["Receiver", web.Request, "Received"], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    monotonic_s: float

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """As a receiver checks it, from the documentation alone."""
        stamp, digest = (part.partition("=")[2] for part in self.headers["X-Presswatch-Signature"].split(","))
        signed = hmac.new(secret.encode(), stamp.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(signed, digest) and abs(time.time() - int(stamp)) < 300


async def take(receiver: Receiver, request: web.Request, received: Received) -> web.StreamResponse:
    """Answers 204."""
    return web.Response(status=204)


@dataclass(eq=False)
class Receiver:
    """What came, and how the next request is answered."""

    port: int = 0
    behave: Behaviour = take
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def titles(self) -> list[str]:
        """Titles of the articles told of, each where it came first."""
        return list(dict.fromkeys(each.json["article"]["title"] for each in self.received))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        received = Received(
            path=request.path, headers=dict(request.headers), body=await request.read(), monotonic_s=time.monotonic()
        )
        self.received.append(received)
        return await self.behave(self, request, received)


@contextmanager
def receiving(behave: Behaviour = take, port: int = 0) -> Iterator[Receiver]:
    """A receiver that runs, in a thread of its own, until the block ends."""
    receiver = Receiver(behave=behave)
    stopped, ready = asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        server = web.Server(receiver.handle, access_log=None)

        def connected() -> asyncio.Protocol:
            receiver.connections += 1
            return server()

        loops.append(asyncio.get_running_loop())
        listener = await loops[0].create_server(connected, "127.0.0.1", port)
        receiver.port = listener.sockets[0].getsockname()[1]
        ready.set()
        await stopped.wait()
        listener.close()
        await server.shutdown(0.1)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10), "the receiver did not start"
    try:
        yield receiver
    finally:
        loops[0].call_soon_threadsafe(stopped.set)
        thread.join(10)
