"""What each outlet repeats over its articles, as the store knows it: learned anew now and then."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

from crawler.extract.repeats import repeated_in
from storage.ports import LineBook
from storage.records import RepeatedLines

_FRESH = timedelta(minutes=10)
_FRESH_AT_FIRST = timedelta(minutes=1)
_FEW_ARTICLES = 50  # of an outlet: until it has so many, each tells much
_MAX_OUTLETS = 2000


class Past:
    """Repeated lines by outlet, kept for ten minutes; for one while few of an outlet's articles are stored."""

    def __init__(self, lines: LineBook) -> None:
        self._lines = lines
        self._known: OrderedDict[str, tuple[datetime, RepeatedLines]] = OrderedDict()

    async def of(self, outlet_key: str, now: datetime) -> RepeatedLines:
        """The lines that an outlet repeats. Raises StoreUnavailable."""
        known = self._known.get(outlet_key)
        if known is not None and now < known[0]:
            return known[1]
        fresh_for, repeated = await asyncio.to_thread(self._learn, outlet_key)
        self._known[outlet_key] = now + fresh_for, repeated
        self._known.move_to_end(outlet_key)
        while len(self._known) > _MAX_OUTLETS:
            self._known.popitem(last=False)
        return repeated

    def _learn(self, outlet_key: str) -> tuple[timedelta, RepeatedLines]:
        articles = self._lines.lines_of(outlet_key)
        return (_FRESH if len(articles) >= _FEW_ARTICLES else _FRESH_AT_FIRST), repeated_in(articles)
