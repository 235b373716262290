"""The queue of visits, and the leases of domains."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from storage.records import VisitJob


class VisitQueue(Protocol):
    """Due sources, each given to one worker at a time, one registrable domain with one worker.

    A job is delivered until it is acknowledged (with the visit, `CrawlStore.record_visit`) or handed
    back. A lease that is not renewed runs out, and another worker gets the domain.
    """

    def put(self, due: Iterable[tuple[int, str, datetime]]) -> int:
        """Queues (source id, domain, due time); a source already queued stays as it is. Returns how many were new."""

    def take(
        self, worker: str, limit: int, now: datetime, lease: timedelta, only: Collection[int] | None = None
    ) -> list[VisitJob]:
        """Leases up to `limit` jobs (of the source ids `only`), the longest due first, of domains that no other
        worker holds.
        """

    def hold(self, worker: str, domains: Iterable[str], now: datetime, lease: timedelta) -> set[str]:
        """Leases domains for fetching candidates; returns those of them that the worker now holds."""

    def let_go(self, worker: str, domains: Iterable[str]) -> None:
        """Ends leases of domains on which the worker has nothing more to do."""

    def renew(self, worker: str, now: datetime, lease: timedelta) -> int:
        """Renews all leases of a worker; returns how many domains it still holds."""

    def hand_back(self, jobs: Iterable[VisitJob], now: datetime) -> None:
        """Makes jobs available again at once."""

    def forget_worker(self, worker: str) -> None:
        """Ends all leases of a worker that is known to be dead or has stopped."""

    def depth(self) -> int:
        """How many jobs are queued or leased."""

    def depth_of(self, source_ids: Collection[int]) -> int:
        """How many of these sources are queued or leased."""

    def drop(self, job: VisitJob) -> None:
        """Ends a job without a visit: its source was paused or removed meanwhile."""
