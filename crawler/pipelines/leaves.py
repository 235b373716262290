"""Further pages of an article, fetched for its candidate: under the same lease, robots rules, clocks and caps.

Nothing of them is stored before the candidate's verdict is: a worker that dies half-way leaves the candidate pending.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fingerprint
from crawler.extract.optouts import in_headers
from crawler.fetch.accept import ACCEPT_PAGE
from crawler.fetch.asking import request_for
from crawler.fetch.capture import capture_of
from crawler.fetch.clocks import host_of
from crawler.fetch.errors import Stopping, UrlRefused
from crawler.fetch.headers import header
from crawler.fetch.limits import MAX_PAGE_BYTES
from crawler.fetch.revisits import A_DAY
from crawler.fetch.robots import SIGNALS
from crawler.fetch.statuses import REDIRECTS
from crawler.items import PageAnswer
from storage.errors import StorageError
from storage.records import BodyRef, Capture, Extraction, Outlet

_MAX_HOPS = 3

#: Reads a page: its place in the archive (None where it is not kept) and what was read, or a sentence on why not.
ReadAnswer = Callable[[PageAnswer], Awaitable[tuple[BodyRef | None, Extraction | str]]]


class Leaves:
    """The pages of one candidate's article besides the one in `answer`, which was read as `own`."""

    def __init__(self, crawler: Crawler, answer: PageAnswer, own: Extraction, read_answer: ReadAnswer) -> None:
        self._crawler = crawler
        self._work = answer.work
        self._host = host_of(answer.capture.final_url)
        self._read_answer = read_answer
        self._read: dict[int, Extraction] = {key_of(answer.capture.final_url, answer.work.outlet): own}
        self.kept: list[tuple[Capture, BodyRef]] = []
        self.places: dict[str, str] = {}  # where each address that was asked for answered

    async def read(self, url: str) -> Extraction | str:
        """Fetches and reads a page, each once; a sentence where it cannot be had.

        Raises Stopping, PoolClosed and StorageError.
        """
        try:
            found = await self._fetch(url)
        except (Stopping, StorageError):
            raise
        except Exception as error:  # noqa: BLE001 (whatever keeps one page from being fetched costs only it)
            return str(error) or type(error).__name__
        if isinstance(found, Extraction):
            return found
        if not 200 <= found.status < 300:  # noqa: PLR2004
            return f"answered {found.status}"
        answer = self._answer(found)
        ref, read = await self._read_answer(answer)
        if ref is not None:
            self.kept.append((answer.capture, ref))
        if isinstance(read, Extraction):
            self._read[key_of(found.url, self._work.outlet)] = read
            self.places[url] = found.url
        return read

    async def _fetch(self, url: str) -> Response | Extraction:
        """Follows redirects within the host; what was read before is not fetched again. Raises UrlRefused."""
        for _ in range(_MAX_HOPS + 1):
            if host_of(url) != self._host:
                raise UrlRefused(f"leads to another host: {url}")
            if (known := self._read.get(key_of(url, self._work.outlet))) is not None:
                return known
            request = request_for(
                self._work.outlet,
                url,
                accepted=ACCEPT_PAGE,
                max_bytes=MAX_PAGE_BYTES,
                meta={A_DAY: self._work.pending.a_day},
            )
            engine: Any = self._crawler.engine
            response: Response = await engine.download_async(request)
            location = header(response, "Location")
            if response.status not in REDIRECTS or not location:
                return response
            url = absolute_url(location, base=response.url).partition("#")[0]
        raise UrlRefused(f"more than {_MAX_HOPS} redirects")

    def _answer(self, response: Response) -> PageAnswer:
        capture = capture_of(response, datetime.now(UTC))
        signals = in_headers(response.meta.get(SIGNALS, ()), "robots.txt")
        return PageAnswer(
            work=self._work,
            capture=capture,
            content_encoding=header(response, "Content-Encoding"),
            content_type=header(response, "Content-Type"),
            opt_outs=in_headers(capture.headers) + signals,
        )


def key_of(url: str, outlet: Outlet) -> int:
    """Fingerprint of an outlet's address. Raises UrlRefused for what cannot be fetched."""
    try:
        return fingerprint(canonical_url(url, outlet=outlet))
    except BadUrl as error:
        raise UrlRefused(f"no URL that can be fetched: {error}") from error
