"""What a worker has done since it started, for its heartbeat: counts that only grow, and how it is now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from scrapy.crawler import Crawler

from storage.records import Figures

#: Prefixes of the crawl's statistics, and the figure each belongs to.
_COUNTED = {
    "presswatch/visits/": "visits",
    "presswatch/failures/": "failures",
    "presswatch/candidates/": "candidates",
    "presswatch/delay_s/": "delay_s",
    "presswatch/pool/": "pool",
    "presswatch/process/": "process",
}
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class WorkerFigures:
    """Figures of the crawl that it watches."""

    def __init__(self) -> None:
        self._crawler: Crawler | None = None

    def watch(self, crawler: Crawler) -> None:
        """The crawl to tell of; before it there is nothing to tell."""
        self._crawler = crawler

    def now(self) -> Figures:
        """The figures at this moment; called from another thread than the crawl's."""
        stats = self._crawler.stats if self._crawler is not None else None
        counted: Mapping[str, float] = dict(stats.get_stats()) if stats is not None else {}
        figures: dict[str, dict[str, float]] = {"process": {"resident_bytes": resident_bytes()}}
        for key, value in counted.items():
            for prefix, name in _COUNTED.items():
                if key.startswith(prefix):
                    figures.setdefault(name, {})[key.removeprefix(prefix)] = value
        return figures


def resident_bytes() -> int:
    """Memory of this process, without its children."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
