"""The visit queue in memory: the twin of `storage.jobs.sql` for tests and for one process."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.jobs.tokens import token_at
from storage.records import VisitJob


@dataclass(slots=True)
class _Job:
    domain: str
    due_at: datetime
    worker: str | None = None
    token: int = 0


@dataclass(frozen=True, slots=True)
class _Lease:
    worker: str
    expires_at: datetime


class MemoryVisitQueue:
    """Implements `storage.ports.VisitQueue`. What it holds ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[int, _Job] = {}
        self._leases: dict[str, _Lease] = {}

    def put(self, due: Iterable[tuple[int, str, datetime]]) -> int:
        """Queues due sources; see the port."""
        with self._lock:
            before = len(self._jobs)
            for source_id, domain, due_at in due:
                self._jobs.setdefault(source_id, _Job(domain, due_at))
            return len(self._jobs) - before

    def take(
        self, worker: str, limit: int, now: datetime, lease: timedelta, only: Collection[int] | None = None
    ) -> list[VisitJob]:
        """Leases jobs; see the port."""
        with self._lock:
            free = [
                (source_id, job)
                for source_id, job in self._jobs.items()
                if job.worker != worker
                and job.due_at <= now
                and self._is_free(job.domain, worker, now)
                and (only is None or source_id in only)
            ]
            free.sort(key=lambda found: (found[1].due_at, found[0]))
            return [self._assign(worker, source_id, job, now, lease) for source_id, job in free[:limit]]

    def hold(self, worker: str, domains: Iterable[str], now: datetime, lease: timedelta) -> set[str]:
        """Leases domains; see the port."""
        with self._lock:
            held = {domain for domain in domains if self._is_free(domain, worker, now)}
            self._leases |= dict.fromkeys(held, _Lease(worker, now + lease))
            return held

    def let_go(self, worker: str, domains: Iterable[str]) -> None:
        """Ends leases of domains."""
        wanted = set(domains)
        with self._lock:
            self._end_leases(worker, wanted)

    def renew(self, worker: str, now: datetime, lease: timedelta) -> int:
        """Renews all leases of a worker that have not gone to another."""
        with self._lock:
            mine = [domain for domain, held in self._leases.items() if held.worker == worker]
            self._leases |= dict.fromkeys(mine, _Lease(worker, now + lease))
            return len(mine)

    def hand_back(self, jobs: Iterable[VisitJob], now: datetime) -> None:
        """Makes jobs available again at once."""
        with self._lock:
            for job in jobs:
                kept = self._jobs.get(job.source_id)
                if kept is not None and kept.token == job.token:
                    kept.worker = None
                    kept.token += 1

    def forget_worker(self, worker: str) -> None:
        """Ends all leases of a worker that is known to be dead or has stopped."""
        with self._lock:
            self._end_leases(worker, set(self._leases))
            for job in self._jobs.values():
                if job.worker == worker:
                    job.worker = None
                    job.token += 1

    def depth(self) -> int:
        """How many jobs are queued or leased."""
        with self._lock:
            return len(self._jobs)

    def acknowledge(self, job: VisitJob) -> bool:
        """Ends a job; False when another worker has taken it over."""
        with self._lock:
            kept = self._jobs.get(job.source_id)
            if kept is None or kept.token != job.token:
                return False
            del self._jobs[job.source_id]
            return True

    def _is_free(self, domain: str, worker: str, now: datetime) -> bool:
        held = self._leases.get(domain)
        return held is None or held.worker == worker or held.expires_at <= now

    def _end_leases(self, worker: str, domains: Collection[str]) -> None:
        self._leases = {
            domain: held for domain, held in self._leases.items() if held.worker != worker or domain not in domains
        }

    def _assign(self, worker: str, source_id: int, job: _Job, now: datetime, lease: timedelta) -> VisitJob:
        self._leases[job.domain] = _Lease(worker, now + lease)
        job.worker = worker
        job.token = max(job.token + 1, token_at(now))
        return VisitJob(source_id=source_id, domain=job.domain, token=job.token, due_at=job.due_at)
