"""An outlet's own page for what is not there, learned by asking for an address that cannot exist.

re-visit at a host ─► asked there within N days? ─► a random address beside the article's ─► its page, as it is read

Some outlets answer with a page under 200 where an article was, in whatever words. What such a page says is known once
the outlet was asked for something that never was. It is asked under the lease of the re-visit that it is asked for,
with its robots rules, its host's clock and the cap of re-visits, and kept in the archive as what it is.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.fetch.accept import ACCEPT_PAGE
from crawler.fetch.asking import request_for
from crawler.fetch.capture import capture_of
from crawler.fetch.clocks import host_of
from crawler.fetch.headers import header
from crawler.fetch.limits import MAX_PAGE_BYTES
from crawler.fetch.revisits import A_DAY
from crawler.items import ArticleWork
from crawler.pipelines.body import Unreadable
from crawler.pipelines.children import Children
from crawler.pipelines.keeping import Keeper
from crawler.pipelines.knowledge import Knowledge
from crawler.pipelines.outgoing import body_of_response
from crawler.session import Session
from storage.errors import StorageError
from storage.folding import fold
from storage.records import Extraction, Hints, NotFoundPage, Outlet, Reason, RepeatedLines

log = structlog.get_logger(__name__)

#: What was learned is looked up again after this long: another worker may have asked.
_FRESH = timedelta(minutes=10)
_MAX_OUTLETS = 2_000
#: Of the lines of two pages together, the share that both have: then they are one page, shown twice.
_SAME_SHARE = 0.5
_NO_ANSWER_AGAIN = timedelta(days=1)
_PAGE_STATUS = 200


class NotFoundPages:
    """What the outlets of one crawl answer for what is not there."""

    def __init__(self, crawler: Crawler, session: Session, randomness: random.Random) -> None:
        self._crawler = crawler
        self._book = session.store.not_found
        self._every = timedelta(days=session.not_found_days)
        self._children = Children(crawler)
        self._keeper = Keeper(session)
        self._random = randomness
        self._known: OrderedDict[str, tuple[datetime, dict[str, NotFoundPage]]] = OrderedDict()

    async def learn(self, work: ArticleWork, url: str, now: datetime) -> None:
        """Asks the host of a re-visited article, if it is time. Whatever goes wrong costs no more than that."""
        if not self._every or not work.pending.is_again:
            return
        host = host_of(url)
        try:
            known = (await self._of(work.outlet.key, now)).get(host)
            if known is not None and now < known.asked_at + self._every:
                return
            asked = NotFoundPage(host=host, asked_at=now, url=self._address_beside(url), status=None)
            if await asyncio.to_thread(self._book.claim, work.outlet.key, asked, now - self._every):
                await self._ask(work, asked)
            self._known.pop(work.outlet.key, None)
        except Exception as error:  # noqa: BLE001 (a guess at what it answers is worth no article's re-visit)
            log.info("not_found_page_not_learned", outlet=work.outlet.key, host=host, error=str(error))

    async def is_one(self, work: ArticleWork, url: str, read: Extraction, now: datetime) -> str | None:
        """Why a page that was read is the outlet's own for what is not there; None: it is not, or that is not known."""
        if read.rejected_as not in {None, Reason.NOT_AN_ARTICLE} or not self._every:
            return None
        try:
            page = (await self._of(work.outlet.key, now)).get(host_of(url))
        except StorageError:
            return None
        if page is None or not page.is_telling or not _is_same(page, url, read, is_again=work.pending.is_again):
            return None
        return f"The outlet answers the same for {page.url}, which never was (asked {page.asked_at:%Y-%m-%d})."

    async def _of(self, outlet_key: str, now: datetime) -> dict[str, NotFoundPage]:
        known = self._known.get(outlet_key)
        if known is not None and known[0] <= now < known[0] + _FRESH:
            return known[1]
        pages = {page.host: page for page in await asyncio.to_thread(self._book.pages_of, outlet_key)}
        self._known[outlet_key] = now, pages
        self._known.move_to_end(outlet_key)
        while len(self._known) > _MAX_OUTLETS:
            self._known.popitem(last=False)
        return pages

    def _address_beside(self, url: str) -> str:
        """An address that cannot exist, where the article's is: in its folder, with its ending."""
        parts = urlsplit(url)
        folder, _, name = parts.path.rpartition("/")
        ending = found[0] if (found := _ENDING.search(name)) else ""
        own = f"presswatch-not-there-{self._random.getrandbits(80):020x}{ending}"
        return parts._replace(path=f"{folder}/{own}", query="", fragment="").geturl()

    async def _ask(self, work: ArticleWork, asked: NotFoundPage) -> None:
        """Asks, keeps the answer and notes what it says; where nothing comes, it is asked again a day later."""
        request = request_for(
            work.outlet,
            asked.url,
            accepted=ACCEPT_PAGE,
            max_bytes=MAX_PAGE_BYTES,
            meta={A_DAY: work.pending.a_day},
        )
        engine: Any = self._crawler.engine
        try:
            response: Response = await engine.download_async(request)
        except Exception:
            early = replace(asked, asked_at=asked.asked_at - self._every + _NO_ANSWER_AGAIN)
            await asyncio.to_thread(self._book.note, work.outlet.key, early, None)
            raise
        capture = capture_of(response, asked.asked_at)
        kept = await self._keeper.not_found(work.outlet.key, capture)
        page = replace(asked, status=response.status)
        if response.status == _PAGE_STATUS:
            page = _read_as(page, await self._read(work.outlet, response, asked.asked_at))
        await asyncio.to_thread(self._book.note, work.outlet.key, page, kept)
        log.info("not_found_page_asked", outlet=work.outlet.key, url=asked.url, status=response.status)

    async def _read(self, outlet: Outlet, response: Response, now: datetime) -> Extraction | Unreadable:
        known = Knowledge(hints=Hints(), outlet=outlet, now=now, repeated=RepeatedLines())
        body = body_of_response(response, MAX_PAGE_BYTES)
        if (kind := header(response, "Content-Type")) and "html" not in kind.lower():
            return Unreadable(detail=f"its type is {kind}", is_too_large=False)
        read: Extraction | Unreadable = await self._children.run(
            "read_page", body, response.url, known, owner=outlet.key
        )
        return read


def _read_as(page: NotFoundPage, read: Extraction | Unreadable) -> NotFoundPage:
    if isinstance(read, Unreadable) or read.rejected_as not in {None, Reason.NOT_AN_ARTICLE}:
        return page  # a challenge, or a page that says itself that nothing is there: that is seen without this
    title = _title_without_address(read.title, page.url)
    return replace(page, title=title, lines=read.lines, is_telling=bool(title))


def _is_same(page: NotFoundPage, url: str, read: Extraction, *, is_again: bool) -> bool:
    """Whether a page bears the same headline; of an address that never was an article it must say the same, too."""
    if _title_without_address(read.title, url) != page.title:
        return False
    if is_again:
        return True
    ours, theirs = set(read.lines), set(page.lines)
    return len(ours & theirs) >= _SAME_SHARE * max(1, len(ours | theirs)) or not (ours or theirs)


def _title_without_address(title: str, url: str) -> str:
    """A headline folded, without the last part of the address, which such pages like to repeat."""
    told = fold(urlsplit(url).path.rpartition("/")[2])
    return " ".join(fold(title).replace(told, " ").split()) if told else fold(title)


_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp|ece|shtml)$", re.IGNORECASE)
