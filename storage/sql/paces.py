"""The pace of each source in SQL: what was ordered, said and learned, and when it is visited next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, exists, func, select, update

from storage.ports import Paced, Pacer
from storage.records import (
    Pace,
    PaceTotals,
    SiteTotals,
    Source,
    VisitOutcome,
    VisitReport,
)
from storage.sql.clocks import CLOCK_SLACK, end_channel_waits, note_change, settle_past, shift
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.job_tables import domain_leases, visit_jobs
from storage.sql.mapping import (
    pace_to_json,
    source_from_row,
)
from storage.sql.orders import BY_COMMAND, order_event
from storage.sql.row_locks import locked
from storage.sql.schema import IS_PENDING, candidates, outlets, paces, sources, visits
from storage.sql.visit_pacing import keep_pace, keep_plan, look_up

_DAY_S = 86_400
#: The longest wait that the settings allow a candidate.
_LONGEST_RETRY = timedelta(days=31)


class SqlPaceBook:
    """Implements `storage.ports.PaceBook`."""

    def __init__(self, engine: Engine, pacer: Pacer | None, interval_s: int) -> None:
        self._engine = engine
        self._pacer = pacer
        self._interval_s = interval_s

    def order(self, source_id: int, pace: Pace, now: datetime, by: str = BY_COMMAND) -> Source:
        """Orders how a source is visited; see the port."""
        with writing(self._engine) as connection:
            before = self._source(connection, source_id).ordered
            keep_pace(connection, source_id, {"ordered": pace_to_json(pace)})
            self._plan(connection, source_id, now)
            told = {"pace": pace_to_json(pace), "before": pace_to_json(before)}
            append_events(connection, [order_event(connection, source_id, "pace", by, now, **told)])
            return self._source(connection, source_id)

    def pause(self, source_id: int, until: datetime | None, now: datetime, by: str = BY_COMMAND) -> Source:
        """No visits until then; see the port."""
        with writing(self._engine) as connection:
            keep_pace(connection, source_id, {"paused_until": until})
            if until is None:
                _set_due(connection, source_id, now, "no longer paused")
            else:
                row = connection.execute(select(sources.c.next_due_at).where(sources.c.id == source_id)).one()
                _set_due(connection, source_id, max(until, row.next_due_at), "paused until then")
            what, told = ("pause", {"until": until.isoformat()}) if until else ("resume", {})
            append_events(connection, [order_event(connection, source_id, what, by, now, **told)])
            return self._source(connection, source_id)

    def make_due(self, source_id: int, now: datetime, by: str = BY_COMMAND) -> Source:
        """Makes a source due now; see the port."""
        with writing(self._engine) as connection:
            connection.execute(update(sources).where(sources.c.id == source_id).values(is_gone=False))
            _set_due(connection, source_id, now, "asked for by hand")
            append_events(connection, [order_event(connection, source_id, "visit", by, now)])
            return self._source(connection, source_id)

    def memories(self, outlet_key: str) -> list[bytes]:
        """What is remembered of the sources of an outlet; see the port."""
        query = select(paces.c.memory).join(sources, sources.c.id == paces.c.source_id)
        query = query.where(sources.c.outlet_key == outlet_key, sources.c.is_active, paces.c.memory.is_not(None))
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def totals(self) -> PaceTotals:
        """What the price of a visit is set by."""
        adaptive = (
            select(
                func.coalesce(func.sum(paces.c.demand), 0.0).label("demands"),
                func.coalesce(func.sum(paces.c.visits), 0).label("visits"),
                func.coalesce(func.sum(float(_DAY_S) / paces.c.share_s), 0.0).label("a_day"),
            )
            .join(sources, sources.c.id == paces.c.source_id)
            .where(paces.c.share_s > 0, sources.c.is_active, ~sources.c.is_gone)
        )
        with reading(self._engine) as connection:
            row = connection.execute(adaptive).one()
        return PaceTotals(demands=float(row.demands), visits=int(row.visits), a_day=float(row.a_day))

    def totals_of_sites(self) -> Mapping[str, SiteTotals]:
        """The same of each registrable domain."""
        adaptive = (
            select(
                sources.c.domain,
                func.sum(paces.c.demand).label("demands"),
                func.count().label("number"),
                func.sum(float(_DAY_S) / paces.c.share_s).label("a_day"),
            )
            .join(sources, sources.c.id == paces.c.source_id)
            .where(paces.c.share_s > 0, sources.c.is_active, ~sources.c.is_gone)
            .group_by(sources.c.domain)
        )
        with reading(self._engine) as connection:
            return {
                row.domain: SiteTotals(demands=float(row.demands), sources=row.number, a_day=float(row.a_day))
                for row in connection.execute(adaptive)
            }

    def visits_since(self, since: datetime) -> Mapping[str, int]:
        """How many visits each registrable domain had."""
        counted = (
            select(sources.c.domain, func.count())
            .join(visits, visits.c.source_id == sources.c.id)
            .where(visits.c.finished_at >= since, visits.c.outcome != VisitOutcome.PUSHED.value)
            .group_by(sources.c.domain)
        )
        with reading(self._engine) as connection:
            return {row.domain: row[1] for row in connection.execute(counted)}

    def made_ahead(self, now: datetime) -> list[int]:
        """Sources whose last visit lies in the future; see the port."""
        ahead = select(sources.c.id).where(sources.c.last_visit_at > now + CLOCK_SLACK)
        with reading(self._engine) as connection:
            return list(connection.execute(ahead).scalars())

    def overdue(self, now: datetime) -> list[int]:
        """Sources visited before that are due and not queued, the longest due first."""
        due = (
            select(sources.c.id)
            .where(sources.c.is_active, ~sources.c.is_gone, sources.c.next_due_at <= now)
            .where(sources.c.last_visit_at.is_not(None), ~exists().where(visit_jobs.c.source_id == sources.c.id))
            .order_by(sources.c.next_due_at)
        )
        with reading(self._engine) as connection:
            return list(connection.execute(due).scalars())

    def set_due(self, due: Mapping[int, datetime], why: str, now: datetime) -> None:
        """Sets due times."""
        with writing(self._engine) as connection:
            for source_id, at in sorted(due.items()):
                _set_due(connection, source_id, at, why)

    def replan(self, due: Mapping[int, datetime], why: str, now: datetime) -> None:
        """Plans sources anew; see the port."""
        with writing(self._engine) as connection:
            settle_past(connection, now)
            for source_id, at in sorted(due.items()):
                planned = self._planned(connection, source_id, now)
                if planned is None or planned.share_s:
                    _set_due(connection, source_id, at, why)
                else:
                    _set_due(connection, source_id, planned.next_due_at, planned.why)

    def follow_clock(self, jump: timedelta, now: datetime) -> bool:
        """Moves what is planned by what the clock was moved; see the port."""
        with writing(self._engine) as connection:
            if not note_change(connection, jump, now):
                return False
            shift(connection, jump, now)
            steady = select(paces.c.source_id).join(sources, sources.c.id == paces.c.source_id)
            steady = steady.where(paces.c.share_s == 0, sources.c.is_active, ~sources.c.is_gone)
            for source_id in connection.execute(steady).scalars().all():
                planned = self._planned(connection, source_id, now)
                if planned is not None and planned.is_by_calendar:
                    _set_due(connection, source_id, planned.next_due_at, planned.why)
            return True

    def mend_clock(self, now: datetime) -> None:
        """Ends waits that only a clock that was ahead can have made; see the port."""
        with writing(self._engine) as connection:
            leases = locked(connection, domain_leases.c.domain, domain_leases.c.expires_at > now + CLOCK_SLACK)
            connection.execute(update(domain_leases).where(leases).values(expires_at=now + CLOCK_SLACK))
            jobs = locked(connection, visit_jobs.c.source_id, visit_jobs.c.due_at > now)
            connection.execute(update(visit_jobs).where(jobs).values(due_at=now))
            waits = update(candidates).where(IS_PENDING, candidates.c.not_before > now + _LONGEST_RETRY)
            connection.execute(waits.values(not_before=now))
            end_channel_waits(connection, now)

    def _plan(self, connection: Connection, source_id: int, now: datetime) -> None:
        paced = self._planned(connection, source_id, now)
        if paced is None:
            return
        keep_plan(connection, source_id, paced, {"demand": paced.demand}, visits_more=0)
        connection.execute(update(sources).where(sources.c.id == source_id).values(next_due_at=paced.next_due_at))

    def _planned(self, connection: Connection, source_id: int, now: datetime) -> Paced | None:
        """When a source would be due had it been visited now; None without a pacer."""
        if self._pacer is None:
            return None
        source = connection.execute(select(sources).where(sources.c.id == source_id)).one()
        report = VisitReport(
            source_id=source_id, started_at=now, finished_at=now, outcome=VisitOutcome.UNCHANGED, next_due_at=now
        )
        return self._pacer.plan(look_up(connection, report, source, ()))

    def _source(self, connection: Connection, source_id: int) -> Source:
        query = select(sources, outlets.c.spec, *PACE_COLUMNS).join(outlets, outlets.c.key == sources.c.outlet_key)
        row = connection.execute(query.outerjoin(paces).where(sources.c.id == source_id)).one()
        return source_from_row(row, row.spec.get("interval_s") or self._interval_s)


#: What a source's row shows of its pace, in a query that joins `paces`.
PACE_COLUMNS = (paces.c.why.label("due_why"), paces.c.ordered, paces.c.paused_until)


def _set_due(connection: Connection, source_id: int, at: datetime, why: str) -> None:
    connection.execute(update(sources).where(sources.c.id == source_id).values(next_due_at=at))
    keep_pace(connection, source_id, {"why": why})
