"""Whether the service is at work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage.store import Store

_ALIVE = timedelta(seconds=20)


def has_worker(store: Store) -> bool:
    """Whether a worker of the service has just been heard of."""
    now = datetime.now(UTC)
    processes = store.library.status(now).processes
    return any(process.role == "worker" and now - process.seen_at < _ALIVE for process in processes)
