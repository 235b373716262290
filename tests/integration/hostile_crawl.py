"""Runs the worker's crawl in a process of its own: `python -m tests.integration.hostile_crawl OUTLET,...`.

Prints one line of JSON: Scrapy's statistics, how much the process grew while it crawled, and its listening ports.
With LIMITS_S=n downloads end after n seconds and extraction after half of that, so that tests of slow outlets do not take
minutes; with MEAN=1 the children are those of `tests.integration.mean_child`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler

import crawler.settings
from control.settings import load_settings
from control.worker import crawl
from crawler.pipelines import children
from crawler.pipelines.pool import ProcessPool


def listening_ports() -> list[str]:
    """Local addresses on which this process listens for TCP."""
    ours = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one that lists them is closed already
            ours.add(str(descriptor.readlink()))
    found = []
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, state, inode = (parts := line.split())[1], parts[3], parts[9]
            if state == "0A" and f"socket:[{inode}]" in ours:
                found.append(local)
    return found


def peak_mb() -> float:
    """The most memory that this process ever had; ru_maxrss would begin with that of the process that forked it."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


_LOOK_EVERY_S = 5.0


class Watch:
    """Looks at the process while it crawls."""

    def __init__(self) -> None:
        self.before_mb = 0.0
        self.ports: set[str] = set()
        self._looks_next = 0.0  # monotonic

    def __call__(self, crawler: Crawler) -> None:
        crawler.signals.connect(self.opened, signal=signals.spider_opened)
        crawler.signals.connect(self.scraped, signal=signals.item_scraped)

    def opened(self) -> None:
        self.before_mb = peak_mb()

    def scraped(self, item: Any) -> None:
        now = time.monotonic()
        if now >= self._looks_next:  # it takes 20 ms of the worker's loop, and more while others work
            self._looks_next = now + _LOOK_EVERY_S
            self.ports.update(listening_ports())


def main() -> None:
    if limits := os.environ.get("LIMITS_S"):
        crawler.settings.DOWNLOAD_TIMEOUT = float(limits)
    module = "tests.integration.mean_child" if os.environ.get("MEAN") else "crawler.pipelines.child"
    children.ProcessPool = lambda _, size, timeout_s, **options: ProcessPool(
        module, size, float(limits) / 2 if limits else timeout_s, **options
    )
    watch = Watch()
    stats = crawl(load_settings(), "hostile-crawl", sys.argv[1].split(","), watch)
    told = {name: value for name, value in stats.items() if isinstance(value, (int, float, str))}
    print(json.dumps({"stats": told, "grew_mb": peak_mb() - watch.before_mb, "ports": sorted(watch.ports)}))


if __name__ == "__main__":
    main()
