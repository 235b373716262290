"""The visit queue in memory: the twin of `storage.jobs.sql` for tests and for one process."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.jobs.deliveries import MOST_DELIVERIES
from storage.jobs.tokens import token_at
from storage.records import VisitJob


@dataclass(slots=True)
class _Job:
    domain: str
    due_at: datetime
    worker: str | None = None
    token: int = 0
    deliveries: int = 0


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
            chosen = self._without_suspects(worker, free[:limit])
            return [self._assign(worker, source_id, job, now, lease) for source_id, job in chosen]

    def begin(self, job: VisitJob) -> bool:
        """Notes that the visit of a suspect begins; see the port."""
        with self._lock:
            kept = self._jobs.get(job.source_id)
            if kept is None or kept.token != job.token:
                return False
            kept.deliveries += 1
            return True

    def mine(self, worker: str, domains: Iterable[str]) -> list[str]:
        """All of them: nobody else is here."""
        return list(domains)

    def partitions_of(self, worker: str) -> int | None:
        """None: they are not shared out."""
        return None

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
                    _free(kept, is_counted=False)

    def take_back(self, worker: str, in_hand: Collection[int], now: datetime) -> int:
        """Makes available again what did not reach its worker; see the port."""
        with self._lock:
            lost = [job for number, job in self._jobs.items() if job.worker == worker and number not in in_hand]
            for job in lost:
                _free(job, is_counted=False)
            return len(lost)

    def forget_worker(self, worker: str, *, has_stopped: bool = False) -> None:
        """Ends all leases of a worker; see the port."""
        with self._lock:
            self._end_leases(worker, set(self._leases))
            for job in self._jobs.values():
                if job.worker == worker:
                    _free(job, is_counted=not has_stopped)

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

    def _without_suspects(self, worker: str, free: list[tuple[int, _Job]]) -> list[tuple[int, _Job]]:
        """Leaves out what may have killed its workers, but for one such job, and ends what has used up its tries."""
        is_busy = any(job.worker == worker and job.deliveries >= MOST_DELIVERIES - 1 for job in self._jobs.values())
        chosen = []
        for source_id, job in free:
            if job.deliveries >= MOST_DELIVERIES:
                del self._jobs[source_id]
            elif job.deliveries < MOST_DELIVERIES - 1 or not is_busy:
                is_busy = is_busy or job.deliveries == MOST_DELIVERIES - 1
                chosen.append((source_id, job))
        return chosen

    def _assign(self, worker: str, source_id: int, job: _Job, now: datetime, lease: timedelta) -> VisitJob:
        self._leases[job.domain] = _Lease(worker, now + lease)
        job.worker = worker
        is_suspect = job.deliveries > 0
        job.deliveries = max(job.deliveries, 1)
        job.token = max(job.token + 1, token_at(now))
        return VisitJob(
            source_id=source_id, domain=job.domain, token=job.token, due_at=job.due_at, is_suspect=is_suspect
        )


def _free(job: _Job, *, is_counted: bool) -> None:
    job.worker = None
    job.token += 1
    if not is_counted:
        job.deliveries = max(0, job.deliveries - 1)
