"""Pages of archives made by others, read in child processes as what was just fetched is; nothing is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from crawler.discovery.collector import NO_HINTS
from crawler.extract.optouts import in_headers
from crawler.fetch.limits import MAX_PAGE_BYTES
from crawler.pipelines.bases import Bases
from crawler.pipelines.body import Body, Unreadable
from crawler.pipelines.children import LOST_TASK
from crawler.pipelines.identity import identity, key_of
from crawler.pipelines.knowledge import Knowledge
from crawler.pipelines.obedience import forbidden_by, keeps_page
from crawler.pipelines.past import Past
from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.whole import whole_article
from storage.records import Base, Candidate, Capture, Extraction, Outlet, Reason
from storage.store import Store

#: Another page of the same archive by its URL; None where it holds none.
Others = Callable[[str], Awaitable[Capture | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A page that makes no article."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastArticle:
    """An article that a page of the past was read as."""

    extraction: Extraction
    url: str  # canonical
    key: int
    is_variant: bool  # it never revises
    is_kept: bool  # whether the page itself may be kept
    base: Base | None = None
    further: tuple[Capture, ...] = ()  # its other pages


class ImportReader:
    """Reads pages; `obeyed` are the opt-outs that keep a page or an article from being stored."""

    def __init__(self, pool: ProcessPool, store: Store, obeyed: Collection[str], clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._store = store
        self._past = Past(store.lines)
        self._bases = Bases(store.captures, store.bodies, self._past, pool)
        self._obeyed = obeyed
        self._clock = clock

    async def read(
        self, outlet: Outlet, candidate: Candidate, capture: Capture, others: Others
    ) -> PastArticle | LeftOut:
        """What a page is. Raises PoolClosed and StorageError."""
        own = await self._page(outlet, candidate, capture)
        if isinstance(own, LeftOut):
            return own
        if own.pagination is not None and own.pagination.number > 1:
            first = dict(own.pagination.others).get(1, "an article")
            return LeftOut(reason=Reason.SEEN, detail=f"page {own.pagination.number} of {first}")
        further: dict[int, Capture] = {}

        async def read_other(url: str) -> Extraction | str:
            other = await others(url)
            if other is None:
                return "it is not in the archive"
            read = await self._page(outlet, candidate, other)
            if isinstance(read, LeftOut):
                return read.detail
            further[id(other)] = other
            return read

        whole, problem = await whole_article(own, read_other)
        url, key = identity(outlet, candidate, capture.final_url, own)
        is_of_another = key not in (candidate.key, key_of(capture.final_url, outlet))
        is_variant = is_of_another or problem is not None  # a part of an article is no change of it
        return PastArticle(
            extraction=whole,
            url=url,
            key=key,
            is_variant=is_variant,
            base=None if is_variant or own.pagination else await self._base(outlet, key, own, capture),
            is_kept=keeps_page(own.opt_outs, self._obeyed),
            further=tuple(further.values()),
        )

    async def pictures(self, outlet: Outlet, capture: Capture) -> tuple[str, ...]:
        """Addresses of the pictures in a page. Raises PoolClosed."""
        try:
            found: tuple[str, ...] = await self._pool.run(
                "read_pictures", _body_of(capture), capture.final_url, owner=outlet.key
            )
        except LOST_TASK:
            return ()
        return found

    async def _base(self, outlet: Outlet, key: int, read: Extraction, capture: Capture) -> Base | None:
        article_id = (await asyncio.to_thread(self._store.crawl.known_articles, [key])).get(key)
        if article_id is None:
            return None
        return await self._bases.of(article_id, outlet, NO_HINTS, read.extractor, capture.fetched_at)

    async def _page(self, outlet: Outlet, candidate: Candidate, capture: Capture) -> Extraction | LeftOut:
        known = Knowledge(
            hints=candidate.hints,
            outlet=outlet,
            now=capture.fetched_at,
            repeated=await self._past.of(outlet.key, self._clock()),
            opt_outs=in_headers(capture.headers),
        )
        body = _body_of(capture)
        try:
            read: Extraction | Unreadable = await self._pool.run(
                "read_page", body, capture.final_url, known, owner=outlet.key
            )
        except LOST_TASK as error:
            return LeftOut(reason=Reason.UNREADABLE, detail=f"extraction: {error}")
        if isinstance(read, Unreadable):
            return LeftOut(reason=Reason.TOO_LARGE if read.is_too_large else Reason.FAILED, detail=read.detail)
        if read.rejected:
            return LeftOut(reason=read.rejected_as or Reason.NOT_AN_ARTICLE, detail=read.rejected)
        forbidden = forbidden_by(read.opt_outs, self._obeyed)
        if forbidden is not None:
            return LeftOut(reason=Reason.OPTED_OUT, detail=f"{forbidden.rule} says {forbidden.name}")
        return read


def _body_of(capture: Capture) -> Body:
    headers = {name.lower(): value for name, value in capture.headers}
    return Body(
        raw=capture.body,
        content_encoding=headers.get("content-encoding"),
        content_type=headers.get("content-type"),
        max_bytes=MAX_PAGE_BYTES,
    )
