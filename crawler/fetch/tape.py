"""What one request and its response looked like on the wire, as they went over it.

Scrapy hands on a response's headers as it understood them: renamed, put in order, without those of the connection. A
tape has them byte for byte; so it has the chunks in which a body came.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.ssl import Certificate

from crawler.fetch.limits import MAX_PAGE_BYTES
from storage.records import HttpExchange, Tls

#: In a request's meta: the tape of what it was answered with.
TAPE = "presswatch_tape"
#: A chunk of one byte may have an extension of a thousand: past so many bytes, chunks are not kept as they came.
_MOST_FRAMED = MAX_PAGE_BYTES + 1024 * 1024
#: Headers by which others could pass for the operator. An archive is handed on.
_SECRET = (b"authorization:", b"proxy-authorization:", b"cookie:")
_WITHHELD = b" withheld\r\n"


class Tape:
    """Filled by the connection; read once the response is whole."""

    __slots__ = ("_framed", "_framed_bytes", "_head", "_lines", "ip", "tls")

    def __init__(self, lines: Callable[[], list[bytes]]) -> None:
        """`lines` gives those of the request as they went out: most tapes are never read."""
        self._lines = lines
        self._head: list[bytes] = []
        self._framed: list[bytes] = []
        self._framed_bytes = 0
        self.ip: str | None = None
        self.tls: Tls | None = None

    def head_line(self, line: bytes) -> None:
        """A line of the response's head, without its line feed."""
        self._head.append(line + b"\n")

    def forget_head(self) -> None:
        """What came was an interim answer (RFC 9110 15.2)."""
        self._head.clear()

    def framed(self, data: bytes) -> None:
        """Bytes of a body in chunks."""
        self._framed_bytes += len(data)
        if self._framed_bytes > _MOST_FRAMED:
            self._framed.clear()
        else:
            self._framed.append(data)

    def end(self, rest: int) -> None:
        """The response is whole; so many of the last bytes were no part of it."""
        if rest and self._framed:
            self._framed[-1] = self._framed[-1][:-rest]

    def connection(self, transport: Any) -> None:
        """Who is at the other end, and how it is encrypted."""
        with suppress(AttributeError):
            self.ip = transport.getPeer().host
        with suppress(AttributeError):  # not encrypted
            handle = transport.getHandle()
            certificate: Any = _certificate(transport.getPeerCertificate())
            self.tls = Tls(
                version=handle.get_protocol_version_name(),
                cipher=handle.get_cipher_name() or "",
                certificate=certificate.digest("sha256").replace(b":", b"").decode().lower(),
            )

    def exchange(self) -> HttpExchange:
        """All of it."""
        return HttpExchange(
            request=b"".join(_withheld(line) for line in b"".join(self._lines()).splitlines(keepends=True)),
            response_head=b"".join(self._head),
            framed=b"".join(self._framed) if self._framed else None,
            ip=self.ip,
            tls=self.tls,
        )


_certificate: Any = Certificate  # Twisted has no types


def _withheld(line: bytes) -> bytes:
    name = line.partition(b":")[0] + b":"
    return name + _WITHHELD if name.lower() in _SECRET else line
