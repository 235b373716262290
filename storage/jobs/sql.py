"""The visit queue in SQL, for one machine or for several workers on one PostgreSQL.

A worker owns a registrable domain through a lease; jobs belong to whoever owns their domain. A job is taken
with a token that grows with each taking, and acknowledged only with that token, so what a worker finished
after its lease went to another is not stored a second time. Takings that did not end are counted, until the job ends
or is handed back: what kills its workers is found so (`storage.jobs.deliveries`).

Rows are locked in one order everywhere, domains before jobs and each by its key, and no statement changes a row that
it did not lock in that order: two writers in opposite orders would wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.jobs.deliveries import MOST_DELIVERIES, killer_detail
from storage.jobs.tokens import token_at
from storage.records import VisitJob, VisitOutcome
from storage.sql.engine import reading, writing
from storage.sql.job_tables import domain_leases, visit_jobs
from storage.sql.quarantine import MOST_DEATHS, SOURCE, count_deaths
from storage.sql.row_locks import locked
from storage.sql.schema import sources

_CHUNK = 500
_FREE: Mapping[str, Any] = {"worker": None, "token": visit_jobs.c.token + 1}
_NOT_COUNTED: Mapping[str, Any] = {
    "deliveries": case((visit_jobs.c.deliveries > 0, visit_jobs.c.deliveries - 1), else_=0)
}


class SqlVisitQueue:
    """Implements `storage.ports.VisitQueue`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def put(self, due: Iterable[tuple[int, str, datetime]]) -> int:
        """Queues due sources; see the port."""
        return len(self.add(due))

    def add(self, due: Iterable[tuple[int, str, datetime]]) -> list[tuple[int, str]]:
        """Queues due sources; returns (source id, domain) of those that were new."""
        rows = [{"source_id": source_id, "domain": domain, "due_at": at} for source_id, domain, at in sorted(due)]
        if not rows:
            return []
        insert = self._insert(visit_jobs).on_conflict_do_nothing()
        with writing(self._engine) as connection:
            added = connection.execute(insert.returning(visit_jobs.c.source_id, visit_jobs.c.domain), rows)
            return [(row.source_id, row.domain) for row in added]

    def take(
        self, worker: str, limit: int, now: datetime, lease: timedelta, only: Collection[int] | None = None
    ) -> list[VisitJob]:
        """Leases jobs; see the port."""
        query = self._free_jobs(worker, now).limit(limit)
        if only is not None:
            query = query.where(visit_jobs.c.source_id.in_(list(only)))
        with reading(self._engine) as connection:  # most looks find nothing: they must not wait for writers
            if connection.execute(query.limit(1)).first() is None:
                return []
            killers = connection.execute(query.where(visit_jobs.c.deliveries >= MOST_DELIVERIES)).all()
        self._quarantine(sorted(row.source_id for row in killers), now)
        with writing(self._engine) as connection:
            fresh = connection.execute(query.where(visit_jobs.c.deliveries < MOST_DELIVERIES - 1)).all()
            rows = [*self._suspect(connection, worker, query), *fresh][:limit]
            held = self._lease(connection, worker, {row.domain for row in rows}, now, now + lease)
            return self._assign(connection, worker, [row for row in rows if row.domain in held], now)

    def begin(self, job: VisitJob) -> bool:
        """Notes that the visit of a suspect begins; see the port."""
        mine = and_(visit_jobs.c.source_id == job.source_id, visit_jobs.c.token == job.token)
        counted = update(visit_jobs).where(mine).values(deliveries=visit_jobs.c.deliveries + 1)
        with writing(self._engine) as connection:
            return connection.execute(counted).rowcount == 1

    def mine(self, worker: str, domains: Iterable[str]) -> list[str]:
        """All of them: who comes first has them."""
        return list(domains)

    def partitions_of(self, worker: str) -> int | None:
        """None: they are not shared out."""
        return None

    def hold(self, worker: str, domains: Iterable[str], now: datetime, lease: timedelta) -> set[str]:
        """Leases domains; see the port."""
        wanted = sorted(set(domains))
        ours = self._renewed(worker, wanted, now + lease) if wanted else set()  # most of them, at a renewal
        others = [domain for domain in wanted if domain not in ours]
        if not others:
            return ours
        with writing(self._engine) as connection:  # of its own: rows are locked in one order in each transaction
            return ours | self._lease(connection, worker, others, now, now + lease)

    def let_go(self, worker: str, domains: Iterable[str]) -> None:
        """Ends leases of domains."""
        wanted = list(domains)
        if wanted:
            with writing(self._engine) as connection:
                mine = and_(domain_leases.c.worker == worker, domain_leases.c.domain.in_(wanted))
                connection.execute(delete(domain_leases).where(locked(connection, domain_leases.c.domain, mine)))

    def renew(self, worker: str, now: datetime, lease: timedelta) -> int:
        """Renews all leases of a worker that have not gone to another."""
        with writing(self._engine) as connection:
            mine = locked(connection, domain_leases.c.domain, domain_leases.c.worker == worker)
            return connection.execute(update(domain_leases).where(mine).values(expires_at=now + lease)).rowcount

    def hand_back(self, jobs: Iterable[VisitJob], now: datetime) -> None:
        """Makes jobs available again at once."""
        with writing(self._engine) as connection:
            for job in sorted(jobs, key=lambda job: job.source_id):
                mine = and_(visit_jobs.c.source_id == job.source_id, visit_jobs.c.token == job.token)
                connection.execute(update(visit_jobs).where(mine).values(**_FREE, **_NOT_COUNTED))

    def take_back(self, worker: str, in_hand: Collection[int], now: datetime) -> int:
        """Makes available again what did not reach its worker; see the port."""
        with writing(self._engine) as connection:
            given = select(visit_jobs.c.source_id).where(visit_jobs.c.worker == worker)
            lost = sorted(set(connection.execute(given).scalars()) - set(in_hand))
            for number in lost:
                mine = and_(visit_jobs.c.source_id == number, visit_jobs.c.worker == worker)
                connection.execute(update(visit_jobs).where(mine).values(**_FREE, **_NOT_COUNTED))
        return len(lost)

    def forget_worker(self, worker: str, *, has_stopped: bool = False) -> None:
        """Ends all leases of a worker; see the port."""
        values = {**_FREE, **(_NOT_COUNTED if has_stopped else {})}
        with writing(self._engine) as connection:
            leases = locked(connection, domain_leases.c.domain, domain_leases.c.worker == worker)
            connection.execute(delete(domain_leases).where(leases))
            jobs = locked(connection, visit_jobs.c.source_id, visit_jobs.c.worker == worker)
            connection.execute(update(visit_jobs).where(jobs).values(**values))

    def depth(self) -> int:
        """How many jobs are queued or leased."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(visit_jobs)).scalar_one()

    def depth_of(self, source_ids: Collection[int]) -> int:
        """How many of these sources are queued or leased."""
        query = select(func.count()).select_from(visit_jobs).where(visit_jobs.c.source_id.in_(list(source_ids)))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def known(self, source_ids: Collection[int]) -> set[int]:
        """Which of these sources are queued or leased."""
        wanted, found = sorted(source_ids), set[int]()
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), _CHUNK):
                query = select(visit_jobs.c.source_id)
                query = query.where(visit_jobs.c.source_id.in_(wanted[start : start + _CHUNK]))
                found.update(connection.execute(query).scalars())
        return found

    def late(self, worker: str, now: datetime, limit: int) -> list[tuple[int, str]]:
        """(source id, domain) of what has been due since `now` and may be taken, the longest due first."""
        with reading(self._engine) as connection:
            rows = connection.execute(self._free_jobs(worker, now).limit(limit))
            return [(row.source_id, row.domain) for row in rows]

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
        wanted = sorted(domains)
        connection.execute(takeover, [{"domain": d, "worker": worker, "expires_at": until} for d in wanted])
        held: set[str] = set()
        for start in range(0, len(wanted), _CHUNK):
            ours = _held_by(worker, wanted[start : start + _CHUNK])
            held.update(connection.execute(select(domain_leases.c.domain).where(ours)).scalars())
        return held

    def _renewed(self, worker: str, domains: Sequence[str], until: datetime) -> set[str]:
        """Renews those of these domains (in order) that the worker holds; returns them."""
        held: set[str] = set()
        with writing(self._engine) as connection:
            for start in range(0, len(domains), _CHUNK):
                ours = locked(connection, domain_leases.c.domain, _held_by(worker, domains[start : start + _CHUNK]))
                renewed = update(domain_leases).where(ours).values(expires_at=until)
                held.update(connection.execute(renewed.returning(domain_leases.c.domain)).scalars())
        return held

    def _assign(
        self, connection: Connection, worker: str, rows: Sequence[Row[int, str, int]], now: datetime
    ) -> list[VisitJob]:
        """Gives jobs of domains that the worker holds to it, but for those that were ended or taken meanwhile."""
        if not rows:
            return []
        suspects = {row.source_id: row.deliveries > 0 for row in rows}
        least = token_at(now)
        token = case((visit_jobs.c.token >= least, visit_jobs.c.token + 1), else_=least)
        counted = case((visit_jobs.c.deliveries == 0, 1), else_=visit_jobs.c.deliveries)
        these = visit_jobs.c.source_id.in_(list(suspects))
        wanted = locked(connection, visit_jobs.c.source_id, these, _not_with(worker))
        values = {"worker": worker, "token": token, "deliveries": counted}
        taken = connection.execute(update(visit_jobs).where(wanted).values(**values).returning(visit_jobs))
        jobs = [
            VisitJob(
                source_id=row.source_id,
                domain=row.domain,
                token=row.token,
                due_at=row.due_at,
                is_suspect=suspects[row.source_id],
            )
            for row in taken
        ]
        return sorted(jobs, key=lambda job: (job.due_at, job.source_id))

    @staticmethod
    def _suspect(connection: Connection, worker: str, query: Select[int, str, int]) -> Sequence[Any]:
        """One job that may have killed its workers, where this worker has none such."""
        found = connection.execute(query.where(visit_jobs.c.deliveries == MOST_DELIVERIES - 1).limit(1)).all()
        with_us = and_(visit_jobs.c.worker == worker, visit_jobs.c.deliveries >= MOST_DELIVERIES - 1)
        if found and connection.execute(select(visit_jobs.c.source_id).where(with_us)).first() is not None:
            return []
        return found

    def _quarantine(self, killers: Sequence[int], now: datetime) -> None:
        """Ends jobs that workers do not come back from, and keeps their sources out of the queue."""
        for source_id in killers:
            with writing(self._engine) as connection:  # of its own: jobs are locked in one order in each transaction
                _quarantine(connection, source_id, now)

    @staticmethod
    def _free_jobs(worker: str, now: datetime) -> Select[int, str, int]:
        """Jobs that this worker may take, the longest due first."""
        free = or_(
            domain_leases.c.domain.is_(None), domain_leases.c.worker == worker, domain_leases.c.expires_at <= now
        )
        return (
            select(visit_jobs.c.source_id, visit_jobs.c.domain, visit_jobs.c.deliveries)
            .outerjoin(domain_leases, domain_leases.c.domain == visit_jobs.c.domain)
            .where(free, _not_with(worker), visit_jobs.c.due_at <= now)
            .order_by(visit_jobs.c.due_at, visit_jobs.c.source_id)
        )


def _quarantine(connection: Connection, source_id: int, now: datetime) -> None:
    used_up = and_(visit_jobs.c.source_id == source_id, visit_jobs.c.deliveries >= MOST_DELIVERIES)
    if not connection.execute(delete(visit_jobs).where(used_up)).rowcount:
        return
    values = {"last_outcome": VisitOutcome.FAILED.value, "last_reason": "quarantined", "last_detail": killer_detail()}
    change = update(sources).where(sources.c.id == source_id).values(**values)
    row = connection.execute(change.returning(sources.c.outlet_key, sources.c.url)).first()
    if row is not None:
        count_deaths(
            connection,
            kind=SOURCE,
            outlet_key=row.outlet_key,
            url=row.url,
            deaths=MOST_DEATHS,
            at=now,
            detail=killer_detail(),
        )


def _held_by(worker: str, domains: Sequence[str]) -> ColumnElement[bool]:
    return and_(domain_leases.c.worker == worker, domain_leases.c.domain.in_(domains))


def _not_with(worker: str) -> ColumnElement[bool]:
    return or_(visit_jobs.c.worker.is_(None), visit_jobs.c.worker != worker)


def acknowledge(connection: Connection, job: VisitJob) -> bool:
    """Ends a job in the transaction that stores its visit; False when another worker has taken it over."""
    mine = delete(visit_jobs).where(visit_jobs.c.source_id == job.source_id, visit_jobs.c.token == job.token)
    return connection.execute(mine).rowcount == 1
