"""Scrapy's downloader without its queues: the host clocks say when a request goes out, and one a host goes at a time.

Scrapy's own has a slot a host, in which requests wait for each other and for delays, and wakes its event loop at each
step. Here a request passes the middlewares and is sent.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from weakref import WeakValueDictionary

from scrapy import Request
from scrapy.core.downloader import Downloader
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from crawler.fetch.clocks import host_of


class DirectDownloader(Downloader):
    """Scrapy's `DOWNLOADER`. Who asks for something waits for it in `fetched`, or, as Scrapy does, in `fetch`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._chain = _Chain(self.middleware)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def fetch(self, request: Request) -> Deferred[Response | Request]:  # type: ignore[override]  # `spider` is no more
        """The answer to a request, for Scrapy's engine."""
        return deferred_from_coro(self.fetched(request))

    async def fetched(self, request: Request) -> Response | Request:
        """The answer, as the middlewares hand it on. Raises what they and the handler raise."""
        self.active.add(request)
        try:
            return await self._chain.passed(request, self._sent)
        finally:
            self.active.remove(request)

    async def _sent(self, request: Request) -> Response:
        """A second guard behind the clocks: while a host answers, it is asked nothing else."""
        host = host_of(request.url)
        turn = self._turns.get(host)
        if turn is None:
            turn = self._turns[host] = asyncio.Lock()
        async with turn:
            return await self.handlers.download_request_async(request)


class _Chain:
    """The downloader middlewares, whose kinds are looked at once and not with each request."""

    def __init__(self, manager: DownloaderMiddlewareManager) -> None:
        self._manager = manager
        self._before = _steps(manager.methods["process_request"])
        self._after = _steps(manager.methods["process_response"])

    async def passed(self, request: Request, send: Callable[[Request], Awaitable[Response]]) -> Response | Request:
        """The answer, after all middlewares; an answer of one of them comes in place of the server's."""
        try:
            answer = await self._asked(request, send)
        except Exception as error:  # noqa: BLE001 (whatever it is, the middlewares are told)
            answer = await self._manager._process_exception(error, request)  # noqa: SLF001 (raises it, by default)
        for step, is_async in self._after:
            if isinstance(answer, Request):
                break
            told = step(request=request, response=answer)
            answer = await told if is_async else told
        return answer

    async def _asked(self, request: Request, send: Callable[[Request], Awaitable[Response]]) -> Response | Request:
        for step, is_async in self._before:
            told = step(request=request)
            answer: Response | Request | None = await told if is_async else told
            if answer is not None:
                return answer
        return await send(request)


def _steps(methods: Iterable[Any]) -> tuple[tuple[Callable[..., Any], bool], ...]:
    """Methods of middlewares, and whether each is to be awaited."""
    return tuple((method, inspect.iscoroutinefunction(method)) for method in methods)
