"""Requests onto open connections: what Twisted's agent works out anew for each request is worked out once.

Twisted reads a request's address, makes an endpoint of it (a name is encoded and decoded for that), copies the headers,
and keeps a list of timers that it sorts itself. Most requests need none of it: a connection to their host is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from scrapy.core.downloader.handlers.http11 import _BindAddressAgent
from twisted.internet.defer import Deferred
from twisted.web.client import URI, _ensureValidURI  # type: ignore[attr-defined]  # Twisted names what it exports nowhere
from twisted.web.http_headers import Headers as TxHeaders

#: Addresses that are read once while they are asked for again and again.
_ADDRESSES = 4_096


class RequestClock:
    """Cancels what is waited for when its time has run out."""

    __slots__ = ("_awaited", "_timer", "has_run_out", "seconds")

    def __init__(self, awaited: Deferred[Any], seconds: float) -> None:
        self._awaited = awaited
        self.seconds = seconds
        self.has_run_out = False
        self._timer = asyncio.get_running_loop().call_later(seconds, self._end)

    def stop(self) -> None:
        """It came in time."""
        self._timer.cancel()

    def _end(self) -> None:
        self.has_run_out = True
        self._awaited.cancel()


class PoolTimers:
    """Of Twisted's reactor what a pool of connections asks of it, without the reactor's own list of what is due."""

    @staticmethod
    def callLater(delay_s: float, act: Callable[..., object], *what: object) -> asyncio.TimerHandle:  # noqa: N802
        """As the reactor's."""
        return asyncio.get_running_loop().call_later(delay_s, act, *what)


class Sender(_BindAddressAgent):
    """Sends requests over the connections of one pool. What follows from an address alone is read from it once."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._read = lru_cache(maxsize=_ADDRESSES)(self._reading)

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: TxHeaders | None = None,
        bodyProducer: Any = None,  # noqa: N803
    ) -> Any:
        """As its parent's."""
        parsed, path, host = self._read(uri)
        if headers is not None and not headers.hasHeader(b"Host"):
            headers.addRawHeader(b"Host", host)
        key = (parsed.scheme, parsed.host, parsed.port)
        endpoint: Any = _Endpoint(self, parsed)
        return self._requestWithEndpoint(key, endpoint, method, parsed, headers, bodyProducer, path)

    def _reading(self, uri: bytes) -> tuple[URI, bytes, bytes]:
        parsed = URI.fromBytes(_ensureValidURI(uri.strip()))  # type: ignore[no-untyped-call]
        return parsed, parsed.originForm, self._computeHostValue(parsed.scheme, parsed.host, parsed.port)  # type: ignore[no-untyped-call]

    def connect(self, uri: URI, factory: Any) -> Any:
        """A new connection."""
        return self._getEndpoint(uri).connect(factory)  # type: ignore[no-untyped-call]


class _Endpoint:
    """Where a request goes: looked into only where no open connection leads there."""

    __slots__ = ("_sender", "_uri")

    def __init__(self, sender: Sender, uri: URI) -> None:
        self._sender = sender
        self._uri = uri

    def connect(self, factory: Any) -> Any:
        """A connection there."""
        return self._sender.connect(self._uri, factory)
