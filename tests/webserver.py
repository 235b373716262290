"""The web application on a real socket, and a client that sends exactly what it is told to."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uvicorn
from fastapi import FastAPI

from control.console import StoreConsole
from control.serving import server_config
from delivery.web.app import create_app
from storage.sql.change_book import SqlChangeBook
from tests.pressroom import NOW, Pressroom, url_identity
from tests.searching import searcher_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    set_cookies: tuple[str, ...] = ()  # each whole line

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running application."""

    port: int
    app: FastAPI

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, target: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """One request; `target` goes out as it is, header names with - for _."""
        if body:
            headers = {"content_length": str(len(body))} | headers
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, target, skip_host="host" in headers)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            given = tuple(response.headers.get_all("set-cookie") or ())
            return Answer(status=response.status, headers=fields, body=response.read(), set_cookies=given)
        finally:
            connection.close()


def app_of(room: Pressroom, clock: Callable[[], datetime], **settings: Any) -> FastAPI:
    """The application over a store, served nowhere yet."""
    settings = {
        "backfills": room.backfills,
        "gaps": room.gaps,
        "stories": room.desk,
        "authors": room.authors,
        "changes": SqlChangeBook(room.engine),
        "fingerprint": url_identity,
        "console": StoreConsole(room, clock),
        "searcher": searcher_on(room.engine),
    } | settings
    return create_app(room.library, room.events, room.book, clock=clock, **settings)


@contextmanager
def serving(
    room: Pressroom, clock: Callable[[], datetime] = lambda: NOW, trusted_proxies: Sequence[str] = (), **settings: Any
) -> Iterator[Site]:
    """The application over a store, on a free port of 127.0.0.1, until the block ends."""
    app = app_of(room, clock, **settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(server_config(app, trusted_proxies))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield Site(port=listener.getsockname()[1], app=app)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
