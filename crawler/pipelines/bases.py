"""What a stored article is compared with: its newest revision as it is read now, where another extractor read it.

Like is compared with like, so that what only the reading changed is no revision.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Protocol

from crawler.pipelines.body import Unreadable, body_of_capture
from crawler.pipelines.children import LOST_TASK
from crawler.pipelines.knowledge import Knowledge
from crawler.pipelines.past import Past
from storage.errors import BodyMissing
from storage.ports import BodyStore, CaptureBook
from storage.records import Base, Extraction, Hints, Outlet


class Runs(Protocol):
    """Runs functions of `crawler.pipelines.child` in child processes."""

    async def run(self, name: str, *args: Any, owner: str) -> Any:
        """Raises LOST_TASK and PoolClosed."""


class Bases:
    """Reads newest revisions again."""

    def __init__(self, captures: CaptureBook, bodies: BodyStore, past: Past, children: Runs) -> None:
        self._captures = captures
        self._bodies = bodies
        self._past = past
        self._children = children

    async def of(self, article_id: int, outlet: Outlet, hints: Hints, extractor: str, at: datetime) -> Base | None:
        """That of an article beside what this extractor read of a page that came then; None where none is needed, for
        the extractor is the same or the revision is newer, and where its page cannot be read. Raises PoolClosed and
        StorageError.
        """
        last = await asyncio.to_thread(self._captures.read_last, article_id)
        if last is None or last.page is None or last.extractor == extractor or at < last.page.capture.fetched_at:
            return None
        capture = last.page.capture
        try:
            raw = await asyncio.to_thread(self._bodies.get, last.page.ref, capture.digest)
            repeated = await self._past.of(outlet.key, at)
            known = Knowledge(hints=hints, outlet=outlet, now=capture.fetched_at, repeated=repeated)
            read: Extraction | Unreadable = await self._children.run(
                "read_page", body_of_capture(capture, raw), capture.final_url, known, owner=outlet.key
            )
        except (BodyMissing, *LOST_TASK):
            return None
        if isinstance(read, Unreadable) or read.rejected or read.pagination is not None:
            return None
        return Base(extraction=read, article_id=article_id, revision=last.revision)
