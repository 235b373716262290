"""Answers put into the archive with what led to them, however long its disk is full."""

from __future__ import annotations

import asyncio

import structlog

from crawler.items import VisitWork
from crawler.pipelines.source_urls import SourceUrls
from crawler.session import Session
from storage.errors import StorageError
from storage.records import BodyRef, Capture, PendingCandidate, Provenance

log = structlog.get_logger(__name__)

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0


class Keeper:
    """The archive of one crawl."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._source_urls = SourceUrls(session.store.crawl)

    async def page(self, pending: PendingCandidate, capture: Capture) -> BodyRef | None:
        """Where a page lies now; None when the worker is stopped before there was room."""
        found = Provenance(
            outlet_key=pending.outlet_key,
            candidate_id=pending.id,
            candidate_url=pending.candidate.found_url,
            source_id=pending.source_id,
            source_url=await self._source_urls.url_of(pending.source_id),
        )
        return await self._keep(capture, found, await self._known(capture.digest) if pending.is_again else None)

    async def source(self, work: VisitWork, capture: Capture) -> None:
        """Keeps what a source answered, where the operator wants that."""
        if self._session.keeps_sources and capture.body:
            found = Provenance(outlet_key=work.outlet.key, source_id=work.source.id, source_url=work.source.url)
            await self._keep(capture, found, None)

    async def _known(self, digest: str) -> BodyRef | None:
        """Where the same body lies already; it is written once more where the store does not answer."""
        try:
            return await asyncio.to_thread(self._session.store.captures.body_of, digest)
        except StorageError:
            return None

    async def _keep(self, capture: Capture, found: Provenance, known: BodyRef | None) -> BodyRef | None:
        wait = _FIRST_WAIT_S
        while not self._session.clocks.is_stopping:
            try:
                # Some 30 KB into the page cache: cheaper than the hop to a thread. The commit waits for the disk.
                return self._session.store.bodies.put(capture, found, known)
            except OSError as error:
                log.warning("archive_cannot_be_written", error=str(error), tries_again_in_s=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
        return None
