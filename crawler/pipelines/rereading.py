"""Kept pages read again, as today's extractor reads them: from the archive alone, nothing is fetched.

revision's pages ─► bodies from the archive ─► child processes ─► joined, if of several pages ─► reading, or why not
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fingerprint
from crawler.extract.optouts import in_headers
from crawler.pipelines.body import Unreadable, body_of_capture
from crawler.pipelines.children import LOST_TASK
from crawler.pipelines.knowledge import Knowledge
from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.whole import whole_article
from storage.errors import BodyMissing, BodyOutOfReach
from storage.records import Extraction, KeptPage, Outlet, ReadAgain, RepeatedLines, RevisionToRead, Unread

#: The body of a kept page as it came over the wire. Raises BodyMissing.
Bodies = Callable[[KeptPage], bytes]


class Rereader:
    """Reads the revisions of one outlet again, with its rules of today and what is known today of what it repeats."""

    def __init__(self, pool: ProcessPool, outlet: Outlet, repeated: RepeatedLines) -> None:
        self._pool = pool
        self._outlet = outlet
        self._repeated = repeated

    async def read(self, revision: RevisionToRead, bodies: Mapping[str, bytes]) -> ReadAgain:
        """Reads a revision from the bodies of its pages, by digest; those that are not there count as lost.

        Raises PoolClosed.
        """
        if revision.page is None:
            return ReadAgain(revision_id=revision.id, unread=Unread.NO_PAGE)
        if revision.page.capture.digest not in bodies:
            return ReadAgain(revision_id=revision.id, unread=Unread.DAMAGED)
        pages = {self._key(page.capture.url): page for page in revision.further}
        pages |= {self._key(page.capture.final_url): page for page in (*revision.further, revision.page)}

        async def read_page(page: KeptPage) -> Extraction | str:
            return await self._read_page(revision, page, bodies)

        async def read_other(url: str) -> Extraction | str:
            page = pages.get(self._key(url))
            return "it was not kept" if page is None else await read_page(page)

        own = await read_page(revision.page)
        if isinstance(own, str):
            return ReadAgain(revision_id=revision.id, unread=Unread.FAILED)
        if own.rejected:
            return ReadAgain(revision_id=revision.id, unread=Unread.REJECTED)
        place = own.pagination
        if place is not None and place.number > 1:  # the article began at a page that was read for it
            first = await read_other(dict(place.others)[1])
            own = own if isinstance(first, str) or first.rejected else first
        whole, _ = await whole_article(own, read_other) if revision.further else (own, None)
        return ReadAgain(revision_id=revision.id, extraction=whole)

    async def _read_page(
        self, revision: RevisionToRead, page: KeptPage, bodies: Mapping[str, bytes]
    ) -> Extraction | str:
        raw = bodies.get(page.capture.digest)
        if raw is None:
            return "it is not in the archive any more"
        known = Knowledge(
            hints=revision.hints,
            outlet=self._outlet,
            now=page.capture.fetched_at,
            repeated=self._repeated,
            opt_outs=in_headers(page.capture.headers) + revision.opt_outs,
        )
        body = body_of_capture(page.capture, raw)
        try:
            read: Extraction | Unreadable = await self._pool.run(
                "read_page", body, page.capture.final_url, known, owner=self._outlet.key
            )
        except LOST_TASK as error:
            return str(error)
        return read.detail if isinstance(read, Unreadable) else read

    def _key(self, url: str) -> int | None:
        try:
            return fingerprint(canonical_url(url, outlet=self._outlet))
        except BadUrl:
            return None


def bodies_of(revisions: Iterable[RevisionToRead], get: Bodies) -> dict[str, bytes]:
    """The bodies of all pages of these revisions, by digest; those that are missing or damaged are left out.

    Raises BodyOutOfReach: what cannot be asked for just now is read when the order is run again.
    """
    found: dict[str, bytes] = {}
    for revision in revisions:
        for page in (*([revision.page] if revision.page else []), *revision.further):
            if page.capture.digest not in found:
                try:
                    found[page.capture.digest] = get(page)
                except BodyOutOfReach:
                    raise
                except BodyMissing:
                    continue
    return found
