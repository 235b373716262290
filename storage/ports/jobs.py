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

    A job that its worker neither ended nor handed back may be what killed it. The third time it is given out alone: no
    worker has two such jobs at once. When it does not come back from that either, its source goes into quarantine.
    """

    def put(self, due: Iterable[tuple[int, str, datetime]]) -> int:
        """Queues (source id, domain, due time); a source already queued stays as it is. Returns how many were new."""

    def take(
        self, worker: str, limit: int, now: datetime, lease: timedelta, only: Collection[int] | None = None
    ) -> list[VisitJob]:
        """Leases up to `limit` jobs (of the source ids `only`), the longest due first, of domains that no other
        worker holds.
        """

    def begin(self, job: VisitJob) -> bool:
        """Notes that the visit of a suspect begins: a death of its worker counts against it only from here on. False
        when another worker has taken the job over.
        """

    def mine(self, worker: str, domains: Iterable[str]) -> list[str]:
        """Those of these domains that this worker is to serve, as the work is shared out now, in the order given.

        A hint that keeps workers out of each other's way; whether a domain may be fetched from is `hold`'s to say.
        """

    def partitions_of(self, worker: str) -> int | None:
        """How many parts of the domains are this worker's; None where they are not shared out."""

    def hold(self, worker: str, domains: Iterable[str], now: datetime, lease: timedelta) -> set[str]:
        """Leases domains for fetching candidates; returns those of them that the worker now holds."""

    def let_go(self, worker: str, domains: Iterable[str]) -> None:
        """Ends leases of domains on which the worker has nothing more to do."""

    def renew(self, worker: str, now: datetime, lease: timedelta) -> int:
        """Renews all leases of a worker; returns how many domains it still holds."""

    def hand_back(self, jobs: Iterable[VisitJob], now: datetime) -> None:
        """Makes jobs available again at once."""

    def take_back(self, worker: str, in_hand: Collection[int], now: datetime) -> int:
        """Makes available again what was given to a worker and did not reach it, since the answer of `take` was lost:
        all its jobs but those of the source ids `in_hand`. Returns how many.
        """

    def forget_worker(self, worker: str, *, has_stopped: bool = False) -> None:
        """Ends all leases of a worker that is known to be dead, or that `has_stopped` in order: none of its jobs is
        then suspected to have killed it.
        """

    def depth(self) -> int:
        """How many jobs are queued or leased."""

    def depth_of(self, source_ids: Collection[int]) -> int:
        """How many of these sources are queued or leased."""

    def drop(self, job: VisitJob) -> None:
        """Ends a job without a visit: its source was paused or removed meanwhile."""
