"""A real SMTP server on loopback: in the clear, with STARTTLS, or in TLS from the start; it refuses as told."""

from __future__ import annotations

import asyncio
import base64
import email
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from email.policy import default
from pathlib import Path


@dataclass(kw_only=True)
class MailServer:
    """What it was told and took. `refusals` are answers to the next recipients, one each."""

    port: int = 0
    certificate: Path | None = None
    is_tls: bool = False  # from the start; else with a certificate STARTTLS is offered
    refusals: list[str] = field(default_factory=list)
    mails: list[Message] = field(default_factory=list)
    logins: list[tuple[str, str, bool]] = field(default_factory=list)  # user, password, whether over TLS
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to its end."""
        self.connections += 1
        with suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_secret = self.is_tls

        async def say(*lines: str) -> None:
            writer.write("".join(f"{line}\r\n" for line in lines).encode())
            await writer.drain()

        await say("220 post.test ESMTP")
        while line := (await reader.readline()).decode().strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    offers = ["AUTH PLAIN"] if is_secret else ["STARTTLS"] if self.certificate else []
                    told = ["post.test", *offers]
                    await say(*(f"250-{each}" for each in told[:-1]), f"250 {told[-1]}")
                case "STARTTLS":
                    await say("220 go on")
                    await writer.start_tls(self.context())
                    is_secret = True
                case "AUTH":
                    _, user, password = base64.b64decode(rest.split()[-1]).decode().split("\0")
                    self.logins.append((user, password, is_secret))
                    await say("235 welcome" if password == "right" else "535 no")
                case "RCPT" if self.refusals:
                    await say(self.refusals.pop(0))
                case "DATA":
                    await say("354 go on")
                    raw = (await reader.readuntil(b"\r\n.\r\n"))[:-5]
                    self.mails.append(email.message_from_bytes(raw, policy=default))
                    await say("250 taken")
                case "QUIT":
                    await say("221 bye")
                    return
                case _:
                    await say("250 fine")

    def context(self) -> ssl.SSLContext:
        """Of its certificate."""
        assert self.certificate is not None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        return context


@contextmanager
def taking_mail(
    certificate: Path | None = None, *, is_tls: bool = False, refusals: tuple[str, ...] = (), port: int = 0
) -> Iterator[MailServer]:
    """A mail server that runs, in a thread of its own, until the block ends."""
    server = MailServer(certificate=certificate, is_tls=is_tls, refusals=list(refusals))
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stopped = asyncio.Event()

    async def run() -> None:
        listener = await asyncio.start_server(server.serve, "127.0.0.1", port, ssl=server.context() if is_tls else None)
        server.port = listener.sockets[0].getsockname()[1]
        ready.set()
        await stopped.wait()
        listener.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert ready.wait(10), "the mail server did not start"
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
        loop.close()
