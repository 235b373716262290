"""The visit queue in SQL, for one machine or for several workers on one PostgreSQL.

A worker owns a registrable domain through a lease; jobs belong to whoever owns their domain. A job is taken
with a token that grows with each taking, and acknowledged only with that token, so what a worker finished
after its lease went to another is not stored a second time.

Rows are locked in one order everywhere, domains before jobs and each by its key: two writers in opposite
orders would wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.jobs.tokens import token_at
from storage.records import VisitJob
from storage.sql.engine import reading, writing
from storage.sql.schema import domain_leases, visit_jobs

_CHUNK = 500


class SqlVisitQueue:
    """Implements `storage.ports.VisitQueue`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def put(self, due: Iterable[tuple[int, str, datetime]]) -> int:
        """Queues due sources; see the port."""
        rows = [{"source_id": source_id, "domain": domain, "due_at": at} for source_id, domain, at in sorted(due)]
        if not rows:
            return 0
        insert = self._insert(visit_jobs).on_conflict_do_nothing().returning(visit_jobs.c.source_id)
        with writing(self._engine) as connection:
            return len(connection.execute(insert, rows).all())

    def take(
        self, worker: str, limit: int, now: datetime, lease: timedelta, only: Collection[int] | None = None
    ) -> list[VisitJob]:
        """Leases jobs; see the port."""
        free = or_(
            domain_leases.c.domain.is_(None), domain_leases.c.worker == worker, domain_leases.c.expires_at <= now
        )
        query = (
            select(visit_jobs.c.source_id, visit_jobs.c.domain)
            .outerjoin(domain_leases, domain_leases.c.domain == visit_jobs.c.domain)
            .where(free, _not_with(worker), visit_jobs.c.due_at <= now)
            .order_by(visit_jobs.c.due_at, visit_jobs.c.source_id)
            .limit(limit)
        )
        if only is not None:
            query = query.where(visit_jobs.c.source_id.in_(list(only)))
        with reading(self._engine) as connection:  # most looks find nothing: they must not wait for writers
            if connection.execute(query.limit(1)).first() is None:
                return []
        with writing(self._engine) as connection:
            rows = connection.execute(query).all()
            held = self._lease(connection, worker, {row.domain for row in rows}, now, now + lease)
            return self._assign(connection, worker, [row.source_id for row in rows if row.domain in held], now)

    def hold(self, worker: str, domains: Iterable[str], now: datetime, lease: timedelta) -> set[str]:
        """Leases domains; see the port."""
        wanted = set(domains)
        if not wanted:
            return set()
        with writing(self._engine) as connection:
            return self._lease(connection, worker, wanted, now, now + lease)

    def let_go(self, worker: str, domains: Iterable[str]) -> None:
        """Ends leases of domains."""
        wanted = list(domains)
        if wanted:
            with writing(self._engine) as connection:
                mine = and_(domain_leases.c.worker == worker, domain_leases.c.domain.in_(wanted))
                _lock_in_order(connection, domain_leases.c.domain, mine)
                connection.execute(delete(domain_leases).where(mine))

    def renew(self, worker: str, now: datetime, lease: timedelta) -> int:
        """Renews all leases of a worker that have not gone to another."""
        with writing(self._engine) as connection:
            mine = domain_leases.c.worker == worker
            _lock_in_order(connection, domain_leases.c.domain, mine)
            return connection.execute(update(domain_leases).where(mine).values(expires_at=now + lease)).rowcount

    def hand_back(self, jobs: Iterable[VisitJob], now: datetime) -> None:
        """Makes jobs available again at once."""
        with writing(self._engine) as connection:
            for job in sorted(jobs, key=lambda job: job.source_id):
                mine = and_(visit_jobs.c.source_id == job.source_id, visit_jobs.c.token == job.token)
                connection.execute(update(visit_jobs).where(mine).values(worker=None, token=visit_jobs.c.token + 1))

    def forget_worker(self, worker: str) -> None:
        """Ends all leases of a worker that is known to be dead or has stopped."""
        with writing(self._engine) as connection:
            leases, jobs = domain_leases.c.worker == worker, visit_jobs.c.worker == worker
            _lock_in_order(connection, domain_leases.c.domain, leases)
            connection.execute(delete(domain_leases).where(leases))
            _lock_in_order(connection, visit_jobs.c.source_id, jobs)
            connection.execute(update(visit_jobs).where(jobs).values(worker=None, token=visit_jobs.c.token + 1))

    def depth(self) -> int:
        """How many jobs are queued or leased."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(visit_jobs)).scalar_one()

    def depth_of(self, source_ids: Collection[int]) -> int:
        """How many of these sources are queued or leased."""
        query = select(func.count()).select_from(visit_jobs).where(visit_jobs.c.source_id.in_(list(source_ids)))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def drop(self, job: VisitJob) -> None:
        """Ends a job without a visit: its source was paused or removed meanwhile."""
        with writing(self._engine) as connection:
            acknowledge(connection, job)

    def _lease(
        self, connection: Connection, worker: str, domains: Collection[str], now: datetime, until: datetime
    ) -> set[str]:
        """Leases those domains that are free or ours: decided by the conflict clause, so by one worker only."""
        if not domains:
            return set()
        insert = self._insert(domain_leases)
        takeover = insert.on_conflict_do_update(
            index_elements=["domain"],
            set_={"worker": insert.excluded.worker, "expires_at": insert.excluded.expires_at},
            where=or_(domain_leases.c.worker == insert.excluded.worker, domain_leases.c.expires_at <= now),
        )
        connection.execute(takeover, [{"domain": d, "worker": worker, "expires_at": until} for d in sorted(domains)])
        held: set[str] = set()
        wanted = sorted(domains)
        for start in range(0, len(wanted), _CHUNK):
            mine = select(domain_leases.c.domain).where(
                domain_leases.c.worker == worker, domain_leases.c.domain.in_(wanted[start : start + _CHUNK])
            )
            held.update(connection.execute(mine).scalars())
        return held

    def _assign(
        self, connection: Connection, worker: str, source_ids: Collection[int], now: datetime
    ) -> list[VisitJob]:
        """Gives jobs of domains that the worker holds to it, but for those that were ended or taken meanwhile."""
        least = token_at(now)
        token = case((visit_jobs.c.token >= least, visit_jobs.c.token + 1), else_=least)
        taken = update(visit_jobs).where(_not_with(worker)).values(worker=worker, token=token).returning(visit_jobs)
        jobs = []
        for source_id in sorted(source_ids):
            row = connection.execute(taken.where(visit_jobs.c.source_id == source_id)).first()
            if row is not None:
                jobs.append(VisitJob(source_id=source_id, domain=row.domain, token=row.token, due_at=row.due_at))
        return sorted(jobs, key=lambda job: (job.due_at, job.source_id))


def _lock_in_order(connection: Connection, key: ColumnElement[Any], where: ColumnElement[bool]) -> None:
    """Locks rows by their key (SQLite has one writer anyway), so that no two writers wait for each other."""
    connection.execute(select(key).where(where).order_by(key).with_for_update())


def _not_with(worker: str) -> ColumnElement[bool]:
    return or_(visit_jobs.c.worker.is_(None), visit_jobs.c.worker != worker)


def acknowledge(connection: Connection, job: VisitJob) -> bool:
    """Ends a job in the transaction that stores its visit; False when another worker has taken it over."""
    mine = delete(visit_jobs).where(visit_jobs.c.source_id == job.source_id, visit_jobs.c.token == job.token)
    return connection.execute(mine).rowcount == 1
