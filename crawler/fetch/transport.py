"""HTTP/1.1 as Scrapy speaks it, with caps of our own.

Scrapy counts a body's bytes and no header's: a million header lines cost 20 s and 0.8 GB. Here a response may have
256 header lines and 64 KiB of them, interim answers (1xx) included; past that its connection is cut. A body that
nothing delimits is whole only when its connection was closed in order (RFC 9112 8).

A request whose meta says ANY_CERTIFICATE is sent over connections of their own, whose certificates nobody checks:
the operator's choice for one outlet, which no other outlet's request ever shares.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _RequestBodyProducer,
    _ScrapyAgent,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError, StopDownload
from scrapy.http import Headers, Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web.http import PotentialDataLoss, _ChunkedTransferDecoder, _DataLoss
from twisted.web.http_headers import Headers as TxHeaders

from crawler.discovery.urls import is_within
from crawler.fetch.errors import HeadersTooLarge
from crawler.fetch.limits import MAX_HEADER_BYTES, MAX_HEADER_LINES
from crawler.fetch.sender import PoolTimers, RequestClock, Sender
from crawler.fetch.tape import TAPE, Tape
from storage.records import Outlet

_GRACE_S = 5.0
_HEADERS = "presswatch_headers"  # on a response of Twisted's
#: In a request's meta: whatever certificate the server shows is taken.
ANY_CERTIFICATE = "presswatch_any_certificate"


def believes_any_certificate(outlet: Outlet, url: str) -> bool:
    """Whether the operator takes any certificate at this URL: of the outlet's own hosts, wherever a redirect leads."""
    return outlet.any_certificate and is_within(outlet, url)


class CappedHandler:
    """Scrapy's download handler for http and https."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._verifying = _Handler(crawler)
        self._trusting: _Handler | None = None
        # Scrapy's clock comes first; where ending a request fails in Twisted, it would be waited for without end.
        self._timeout_s = crawler.settings.getfloat("DOWNLOAD_TIMEOUT") + _GRACE_S

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CappedHandler:
        """One pool of connections for all outlets, and one more once an outlet needs no certificate."""
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Sends a request. Raises HeadersTooLarge, and what Scrapy's own handler raises."""
        handler = self._verifying
        if request.meta.get(ANY_CERTIFICATE):
            handler = self._trusting = self._trusting or _Handler(self._crawler, verifies=False)
        try:
            async with asyncio.timeout(self._timeout_s):
                with _told_apart():
                    return await handler.download_request(request)
        except TimeoutError:
            raise DownloadTimeoutError(
                f"not done after {self._timeout_s:g} s, and not ended by its own clock"
            ) from None

    async def close(self) -> None:
        """Closes idle connections."""
        await self._verifying.close()
        if self._trusting is not None:
            await self._trusting.close()


class _Agent(_ScrapyAgent):
    """One request. Of Scrapy's own it keeps what becomes of the answer."""

    def download_request(self, request: Request, sender: Sender, timeout_s: float) -> Deferred[Response]:  # type: ignore[override]  # what it would make anew for each
        """Sends it; after `timeout_s` it is given up."""
        url = request.url.partition("#")[0]
        body = _RequestBodyProducer(request.body) if request.body else None
        headers, sent_at = TxHeaders(request.headers), monotonic()
        answered: Deferred[Any] = sender.request(request.method.encode(), url.encode("ascii"), headers, body)
        answered.addCallback(self._cb_latency, request, sent_at)
        answered.addCallback(self._cb_bodyready, request)
        answered.addCallback(self._cb_bodydone, url)
        clock = RequestClock(answered, timeout_s)
        return answered.addBoth(self._in_time, clock, url)

    def _in_time(self, result: Any, clock: RequestClock, url: str) -> Any:
        if not clock.has_run_out:
            clock.stop()
            return result
        if self._txresponse:  # an encrypted connection tells its reader of no end otherwise
            self._txresponse._transport.stopProducing()  # noqa: SLF001 (as its parent does)
        raise DownloadTimeoutError(f"Getting {url} took longer than {clock.seconds:g} seconds.")

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        """Hands on, with the request, what was taped of its response."""
        request.meta[TAPE] = getattr(txresponse, TAPE, None)
        return super()._cb_bodyready(txresponse, request)

    @staticmethod
    def _headers_from_twisted_response(response: Any) -> Headers:
        """Read once: it is asked for when they are there, and when the body is."""
        headers: Headers | None = getattr(response, _HEADERS, None)
        if headers is None:
            headers = _ScrapyAgent._headers_from_twisted_response(response)  # noqa: SLF001 (its parent)
            setattr(response, _HEADERS, headers)
        return headers

    def _cb_bodydone(self, result: Any, url: str) -> Response:
        """The answer as bytes: what kind of page it is nobody asks here."""
        answer = result["txresponse"]
        stopped: StopDownload | None = result.get("stop_download")
        response = Response(
            url,
            status=int(answer.code),
            headers=self._headers_from_twisted_response(answer),
            body=result.get("body", b""),
            flags=result.get("flags"),
        )
        if stopped is not None and stopped.fail:
            raise stopped
        return response


class _Handler(HTTP11DownloadHandler):
    def __init__(self, crawler: Crawler, *, verifies: bool = True) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory  # noqa: SLF001 (as its parent sets it)
        self._timeout_s = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        if not verifies:
            factory: Any = self._contextFactory
            factory._verify_certificates = False  # noqa: SLF001 (Scrapy has one setting for all requests)
        from twisted.internet import reactor  # noqa: PLC0415 (importing it installs one: only once Scrapy has)

        self._sender = Sender(reactor, self._contextFactory, self._timeout_s, None, self._pool)
        self._pool._reactor = PoolTimers()  # noqa: SLF001 (it has no other way)

    async def download_request(self, request: Request) -> Response:
        """Raises what Scrapy's own handler raises."""
        agent = _Agent(
            contextFactory=self._contextFactory,
            pool=self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=True,
            crawler=self._crawler,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request, self._sender, self._timeout_s))


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _Protocol:  # noqa: N802 (Twisted's name)
        return _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _Protocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Any:
        answer = super().request(request)
        parser: Any = self._parser
        parser.__class__ = _Parser  # as its parent does: Twisted names the class in its code
        parser.tape = Tape(partial(_lines_of, request))
        return answer

    def _giveUp(self, reason: Failure) -> None:  # noqa: N802 (Twisted's name)
        """Cuts the connection of headers without end: Twisted's own farewell would go on taking what is sent."""
        transport: Any = self.transport
        super()._giveUp(reason)  # type: ignore[no-untyped-call]
        if reason.check(HeadersTooLarge):  # type: ignore[no-untyped-call]
            asyncio.get_running_loop().call_soon(_cut, transport)  # not from within what the transport calls


def _cut(transport: Any) -> None:
    with suppress(AttributeError):  # it is closed already, which Twisted's TLS does not expect here
        transport.abortConnection()


def _lines_of(request: Any) -> list[bytes]:
    """The lines that went out, from where they came."""
    sent = _Sent()
    request._writeHeaders(sent, None)  # noqa: SLF001 (it has no other way)
    return sent.lines


class _Sent:
    """Takes a request's lines as a transport would."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def writeSequence(self, lines: list[bytes]) -> None:  # noqa: N802 (Twisted's name)
        self.lines += lines


class _Parser(_LenientHTTPClientParser):
    MAX_LENGTH = MAX_HEADER_BYTES  # of one line; 16 KiB by default, which some policies of real outlets pass
    # On the class, for an object that changed its class has passed no __init__.
    _header_lines = 0
    _header_bytes = 0
    tape: Tape

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 (Twisted's name)
        if self.state == HEADER and line.strip():
            self._header_lines += 1
        self._header_bytes += len(line) + 1
        if self._header_lines > MAX_HEADER_LINES:
            raise HeadersTooLarge(f"more than {MAX_HEADER_LINES} header lines")
        if self._header_bytes > MAX_HEADER_BYTES:
            raise HeadersTooLarge(f"more than {MAX_HEADER_BYTES} bytes of headers")
        self.tape.head_line(line)
        if self._is_at(HEADER) and not line.removesuffix(b"\r"):  # whoever waits for the head gets it in this call
            proxy: Any = self.transport
            self.tape.connection(proxy._producer)  # noqa: SLF001 (the connection; before, it may not be encrypted yet)
            setattr(self.response, TAPE, self.tape)
        super().lineReceived(line)
        if self._is_at(STATUS):  # again: the answer was an interim one
            self.tape.forget_head()

    def _is_at(self, state: str) -> bool:
        return bool(self.state == state)

    def rawDataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Whoever waits for the body gets it in this call, if this is its end."""
        decoder: Any = self.bodyDecoder
        if isinstance(decoder, _ChunkedTransferDecoder):
            self.tape.framed(data)
        super().rawDataReceived(data)  # type: ignore[no-untyped-call]

    def _finished(self, rest: bytes) -> None:
        self.tape.end(len(rest))
        super()._finished(rest)  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802 (Twisted's name)
        raise HeadersTooLarge(f"more than {MAX_HEADER_BYTES} bytes of headers")

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802 (Twisted's name)
        """A body without a length ends with its connection; with one that broke, it has no known end."""
        error = getattr(reason, "value", reason)  # a failure, or an exception of Twisted's own
        if error is not None and not isinstance(error, ConnectionDone) and self.bodyDecoder is not None:
            self.bodyDecoder = _Broken(self.bodyDecoder)  # type: ignore[assignment]  # all that is asked of it
        super().connectionLost(reason)


class _Broken:
    """The decoder of a body whose connection broke: what was only possibly lost is lost."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder

    def noMoreData(self) -> None:  # noqa: N802 (Twisted's name)
        """Raises _DataLoss for what is not known to be whole."""
        try:
            self._decoder.noMoreData()
        except PotentialDataLoss as error:
            raise _DataLoss("the connection broke before the body's end") from error


@contextmanager
def _told_apart() -> Iterator[None]:
    """Raises a broken cap as what it is, out of what Twisted and Scrapy wrapped around it."""
    try:
        yield
    except DownloadFailedError as error:
        for reason in getattr(error.__cause__, "reasons", ()):
            if isinstance(reason.value, HeadersTooLarge):
                raise reason.value from error
        raise
