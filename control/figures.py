"""What a worker has done since it started, for its heartbeat: counts that only grow, and how it is now."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping

from scrapy.crawler import Crawler

from control.memory import memory_of_all, resident_bytes
from storage.records import VISITING, Figures

#: Prefixes of the crawl's statistics, and the figure each belongs to.
_COUNTED = {
    "presswatch/visits/": "visits",
    "presswatch/failures/": "failures",
    "presswatch/candidates/": "candidates",
    "presswatch/delay_s/": "delay_s",
    "presswatch/pool/": "pool",
    "presswatch/process/": "process",
}
_STORED = "presswatch/candidates/stored"
_PACE_OVER_S = 60.0


class WorkerFigures:
    """Figures of the crawl that it watches. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._crawler: Crawler | None = None
        self._clock = clock
        self._stored = deque([(clock(), 0.0)])  # (when, articles until then), of the last minute

    def watch(self, crawler: Crawler) -> None:
        """The crawl to tell of; before it there is nothing to tell."""
        self._crawler = crawler

    def now(self) -> Figures:
        """The figures at this moment; called from another thread than the crawl's."""
        stats = self._crawler.stats if self._crawler is not None else None
        counted: Mapping[str, float] = dict(stats.get_stats()) if stats is not None else {}
        figures: dict[str, dict[str, float]] = {
            "process": {"resident_bytes": resident_bytes(), "memory_bytes": memory_of_all(os.getpid())},
            VISITING: self._visiting(),
            "work": {**self._work(), "articles_a_minute": self._pace(counted.get(_STORED, 0))},
        }
        for key, value in counted.items():
            for prefix, name in _COUNTED.items():
                if key.startswith(prefix):
                    figures.setdefault(name, {})[key.removeprefix(prefix)] = value
        return figures

    def _visiting(self) -> dict[str, float]:
        frontier = getattr(self._crawler.spider, "frontier", None) if self._crawler is not None else None
        begun = frontier.begun.copy() if frontier is not None else {}
        return {str(source_id): at for source_id, at in begun.items()}

    def _work(self) -> Mapping[str, float]:
        frontier = getattr(self._crawler.spider, "frontier", None) if self._crawler is not None else None
        return frontier.figures() if frontier is not None else {}

    def _pace(self, stored: float) -> float:
        now = self._clock()
        while len(self._stored) > 1 and now - self._stored[1][0] >= _PACE_OVER_S:
            self._stored.popleft()
        since, before = self._stored[0]
        self._stored.append((now, stored))
        return round((stored - before) * 60 / max(now - since, 1.0), 1)
