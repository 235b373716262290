"""Who fetches: a worker of the service, or else the command itself."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from control.settings import Settings
from crawler.pipelines.forked import start_fork_server
from storage.store import Store

_ALIVE = timedelta(seconds=20)


def has_worker(store: Store) -> bool:
    """Whether a worker of the service has just been heard of."""
    now = datetime.now(UTC)
    processes = store.library.status(now).processes
    return any(process.role == "worker" and now - process.seen_at < _ALIVE for process in processes)


def crawl_here(
    settings: Settings,
    what: Literal["crawl", "backfill", "recrawl"],
    outlets: Sequence[str],
    watch: Callable[[Any], Any] | None = None,
) -> dict[str, Any]:
    """Visits these outlets in this process, or works on their backfills or re-crawls; see `control.worker.crawl`.

    Of what it logs only warnings are shown, as the command tells how far it is, unless another level was asked for.
    """
    start_fork_server()
    from control.worker import crawl  # noqa: PLC0415 (Scrapy is loaded only where something is fetched)

    return crawl(
        settings,
        f"{socket.gethostname()}-{what}-{os.getpid()}",
        list(outlets),
        watch,
        log_level="warning" if settings.log_level == "info" else settings.log_level,
        instead=None if what == "crawl" else what,
    )
