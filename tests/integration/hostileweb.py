"""Outlets that misbehave below the level of HTTP libraries: each answer is the bytes a test chose, or code that writes them."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.newsweb.server import listen

TRAP = "127.0.0.1"
_WORDS = (
    "The ministry said on Monday that the talks would go on through the week, and that the two sides had drawn "
    "closer on the question of the harbour than at any time since the spring. Officials who took part spoke of a "
    "long night and of small steps. "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came in."""

    at: float  # monotonic
    path: str
    headers: Mapping[str, bytes]  # names in lower case


Route = bytes | Callable[[Asked, socket.socket], None]


@dataclass(kw_only=True)
class HostileOutlet:
    """One address. `routes` may change while it serves; what is not there is a 404."""

    address: str
    port: int
    routes: dict[str, Route] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    accepted: int = 0

    @property
    def base(self) -> str:
        return f"http://{self.address}:{self.port}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def times(self, path: str) -> int:
        return self.paths().count(path)


@contextmanager
def hostile_web(count: int) -> Iterator[dict[int, HostileOutlet]]:
    """Serves 127.0.0.2 and the following addresses, and listens on 127.0.0.1 as a trap (number 1), all on one port."""
    sockets = listen([f"127.0.0.{number}" for number in range(1, count + 2)], 0)
    port = sockets[0].getsockname()[1]
    outlets = {n: HostileOutlet(address=f"127.0.0.{n}", port=port) for n in range(1, count + 2)}
    is_over = threading.Event()
    for number, listener in enumerate(sockets, 1):
        listener.listen(128)
        threading.Thread(target=_serve, args=(listener, outlets[number], is_over), daemon=True).start()
    try:
        yield outlets
    finally:
        is_over.set()
        for listener in sockets:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def _serve(listener: socket.socket, outlet: HostileOutlet, is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        outlet.accepted += 1
        threading.Thread(target=_talk, args=(connection, outlet), daemon=True).start()


def _talk(connection: socket.socket, outlet: HostileOutlet) -> None:
    with connection, suppress(OSError):
        connection.settimeout(60)
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65536)
            if not more:
                return
            head += more
        lines = head.partition(b"\r\n\r\n")[0].split(b"\r\n")
        headers = {n.strip().lower().decode("latin-1"): v.strip() for n, _, v in (x.partition(b":") for x in lines[1:])}
        asked = Asked(at=time.monotonic(), path=lines[0].split(b" ")[1].decode("latin-1"), headers=headers)
        outlet.asked.append(asked)
        route = outlet.routes.get(asked.path, answer(404, b"nothing here"))
        if callable(route):
            route(asked, connection)
        else:
            connection.sendall(route)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)


def answer(
    status: int = 200, body: bytes = b"", kind: str = "text/html; charset=utf-8", **headers: str | bytes
) -> bytes:
    """A response as bytes; header names with - for _."""
    lines = {"content-type": kind, "content-length": str(len(body)), "connection": "close"} | headers
    head = [f"HTTP/1.1 {status} Said".encode()]
    for name, value in lines.items():
        head.append(name.replace("_", "-").encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def moved(to: str, status: int = 302) -> bytes:
    """A redirect."""
    return answer(status, location=to)


def page(title: str, extra: str = "") -> bytes:
    """The HTML of an article that is worth storing."""
    text = "".join(f"<p>{title}, part {n}. {_WORDS}</p>" for n in range(1, 6))
    head = f'<title>{title}</title><meta property="article:published_time" content="2026-11-20T10:00:00Z">'
    return (
        f"<!doctype html><html lang=en><head>{head}</head><body><article><h1>{title}</h1>{text}{extra}</article></body></html>"
    ).encode()


def article(title: str, extra: str = "") -> bytes:
    """An answer with an article."""
    return answer(200, page(title, extra))


def feed(*links: str) -> bytes:
    """The XML of a feed that lists these links."""
    items = "".join(
        f"<item><title>Story {n}</title><link><![CDATA[{link}]]></link></item>" for n, link in enumerate(links)
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Hostile Post</title>{items}</channel></rss>'.encode()
    )


def rss(*links: str, **headers: str | bytes) -> bytes:
    """An answer with a feed."""
    return answer(200, feed(*links), "application/rss+xml", **headers)


def drip(body: bytes, every_s: float = 0.2, head: bytes = b"") -> Route:
    """Sends the head at once, and the body a byte at a time."""

    def send(_: Asked, connection: socket.socket) -> None:
        connection.sendall(head)
        for byte in body:
            connection.sendall(bytes([byte]))
            time.sleep(every_s)

    return send


def endless(_: Asked, connection: socket.socket) -> None:
    """A body that never ends, as fast as it is taken."""
    connection.sendall(b"HTTP/1.1 200 Said\r\nContent-Type: text/html\r\n\r\n")
    while True:
        connection.sendall(b"<p>and so on</p>" * 4096)


def silence(_: Asked, connection: socket.socket) -> None:
    """Takes the request and never answers."""
    time.sleep(60)


def gzip_bomb(megabytes: int) -> bytes:
    """Gzip that grows a thousandfold."""
    return gzip.compress(b"\0" * 1024 * 1024) * megabytes
