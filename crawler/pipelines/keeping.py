"""Answers put into the archive with what led to them, however long its disk is full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog

from crawler.items import VisitWork
from crawler.pipelines.source_urls import SourceUrls
from crawler.session import Session
from storage.errors import StorageError
from storage.records import Answer, AnswerKind, BodyRef, Capture, PendingCandidate, Provenance

log = structlog.get_logger(__name__)

_Place = TypeVar("_Place")
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0


class Keeper:
    """The archive of one crawl."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._source_urls = SourceUrls(session.store.crawl)

    async def page(self, pending: PendingCandidate, capture: Capture) -> BodyRef | None:
        """Where a page lies now; None when the worker is stopped before there was room."""
        found = await self._found(pending)
        known = await self._known(capture.digest) if pending.is_again else None
        return await self._written(lambda: self._session.store.bodies.put(capture, found, known))

    async def unchanged(self, pending: PendingCandidate, capture: Capture) -> tuple[Capture, BodyRef] | None:
        """A "not modified" with the digest of what it confirms, and where both lie; None where that is not kept."""
        page = await asyncio.to_thread(self._session.store.captures.last_good, pending.id)
        if page is None:
            return None
        confirmed, found = replace(capture, digest=page.capture.digest), await self._found(pending)
        bodies = self._session.store.bodies
        ref = await self._written(lambda: bodies.put_unchanged(confirmed, found, page.ref))
        return (confirmed, ref) if ref else None

    async def hops(self, pending: PendingCandidate, trail: Sequence[Capture]) -> tuple[Answer, ...] | None:
        """The redirects that led to a page, kept; None when the worker is stopped before there was room."""
        if not trail:
            return ()
        found = replace(await self._found(pending), kept_as=AnswerKind.HOP.value)
        kept = []
        for capture in trail:
            place = await self._written(partial(self._session.store.bodies.put_answer, capture, found))
            if place is None:
                return None
            kept.append(Answer(kind=AnswerKind.HOP, capture=capture, record=place))
        return tuple(kept)

    async def source(self, work: VisitWork, capture: Capture) -> tuple[Answer, ...]:
        """What a source answered, kept where the operator wants that."""
        if not self._session.keeps_sources or not capture.body:
            return ()
        found = Provenance(
            outlet_key=work.outlet.key,
            source_id=work.source.id,
            source_url=work.source.url,
            kept_as=AnswerKind.SOURCE.value,
        )
        place = await self._written(lambda: self._session.store.bodies.put_answer(capture, found))
        return (Answer(kind=AnswerKind.SOURCE, capture=capture, record=place),) if place else ()

    async def not_found(self, outlet_key: str, capture: Capture) -> Answer | None:
        """What an outlet answered for an address that cannot exist, kept as that."""
        kind = AnswerKind.NOT_FOUND
        found = Provenance(outlet_key=outlet_key, kept_as=kind.value)
        place = await self._written(lambda: self._session.store.bodies.put_answer(capture, found))
        return Answer(kind=kind, capture=capture, record=place) if place else None

    async def _found(self, pending: PendingCandidate) -> Provenance:
        return Provenance(
            outlet_key=pending.outlet_key,
            candidate_id=pending.id,
            candidate_url=pending.candidate.found_url,
            source_id=pending.source_id,
            source_url=await self._source_urls.url_of(pending.source_id),
        )

    async def _known(self, digest: str) -> BodyRef | None:
        """Where the same body lies already; it is written once more where the store does not answer."""
        try:
            return await asyncio.to_thread(self._session.store.captures.body_of, digest)
        except StorageError:
            return None

    async def _written(self, write: Callable[[], _Place]) -> _Place | None:
        """What writing gives, however long there is no room; None when the worker is stopped meanwhile."""
        wait = _FIRST_WAIT_S
        while not self._session.clocks.is_stopping:
            try:
                # Some 30 KB into the page cache: cheaper than the hop to a thread. The commit waits for the disk.
                return write()
            except OSError as error:
                log.warning("archive_cannot_be_written", error=str(error), tries_again_in_s=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
        return None
