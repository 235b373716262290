"""Addresses of sources by id, remembered: each capture names the source that led to it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from storage.errors import StorageError
from storage.ports import CrawlStore

_REMEMBERED = 10_000


class SourceUrls:
    """Asks the store once a source."""

    def __init__(self, crawl: CrawlStore) -> None:
        self._crawl = crawl
        self._known: OrderedDict[int, str] = OrderedDict()

    async def url_of(self, source_id: int | None) -> str | None:
        """The address of a source; None where it was removed, or the store does not answer."""
        if source_id is None:
            return None
        if source_id not in self._known:
            try:
                source = await asyncio.to_thread(self._crawl.source, source_id)
            except StorageError:
                return None  # what was found matters more than where
            if source is None:
                return None
            self._known[source_id] = source.url
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[source_id]
