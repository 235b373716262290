"""The coverage ledger: visits of a feed that had no item in common with the one before.

What was published between two such visits may have come and gone unseen. The gap is recorded with the visit, the
next visit comes sooner, and a backfill refills that time from the outlet's sitemaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, func, insert, literal_column, or_, select, update

from storage.backfills import BackfillStage, BackfillState
from storage.records import Gap, GapState, Reason, SourceKind, VisitOutcome, VisitReport
from storage.sql.backfill_tables import backfills, gaps
from storage.sql.engine import reading, writing
from storage.sql.schema import candidates, outlets, sightings, sources, visits

#: A feed of fewer items tells nothing: what it lists may all be new by design.
_FEW = 3
#: After so many visits in a row without an item in common the feed is one whose addresses always change.
_MOST_IN_A_ROW = 2
_SOONER = 4
_SOONEST = timedelta(minutes=1)
_DAY = timedelta(days=1)
_REFILLS_A_DAY = 4  # of an outlet
_AT_ONCE = 20
_CHUNK = 500


def note_overlap(connection: Connection, report: VisitReport, source: Any, visit_id: int) -> bool:
    """Records a gap where a visit of a feed has nothing in common with those before; True when there is one.

    `source` is its row. To be called before the visit's sightings are written. A first visit, a feed of one or two
    items, and a feed that never lists an item twice are no gaps.
    """
    if report.outcome is not VisitOutcome.READ or source.kind != SourceKind.FEED.value or report.listed < _FEW:
        return False
    if source.last_ok_at is None or not _listed_before(connection, source.id, visit_id):
        return False
    if _overlaps(connection, report, source):
        if source.misses:
            connection.execute(update(sources).where(sources.c.id == source.id).values(misses=0))
        return False
    misses = source.misses + 1
    connection.execute(update(sources).where(sources.c.id == source.id).values(misses=misses))
    if misses > _MOST_IN_A_ROW:
        return False
    values = {
        "source_id": source.id,
        "outlet_key": source.outlet_key,
        "since": source.last_ok_at,
        "until": report.started_at,
        "state": GapState.OPEN.value,
        "found": 0,
    }
    connection.execute(insert(gaps).values(**values))
    return True


def sooner(now: datetime, next_due_at: datetime) -> datetime:
    """When a source is visited next after a gap: in a quarter of the time."""
    return min(next_due_at, now + max(_SOONEST, (next_due_at - now) / _SOONER))


def close_gap(connection: Connection, gap_id: int, backfill_id: int, detail: str | None) -> None:
    """Ends the gap of a backfill that has ended; with a `detail` it found nothing of that time."""
    stored = select(func.count()).where(
        candidates.c.backfill_id == backfill_id, candidates.c.reason == Reason.STORED.value
    )
    state = GapState.REFILLED if detail is None else GapState.LOST
    values = {"state": state.value, "detail": detail, "found": connection.execute(stored).scalar_one()}
    connection.execute(update(gaps).where(gaps.c.id == gap_id).values(**values))


def give_up_gaps(connection: Connection, gap_ids: Iterable[int]) -> None:
    """Ends gaps whose backfills were stopped by hand."""
    stopped = {"state": GapState.LOST.value, "detail": "its backfill was stopped"}
    connection.execute(update(gaps).where(gaps.c.id.in_(list(gap_ids))).values(**stopped))


def gaps_in(
    connection: Connection, since: datetime, outlet_key: str | None, limit: int, before_id: int | None = None
) -> list[Gap]:
    """Gaps that ended after that moment, newest first; `before_id` goes on."""
    query = select(gaps, sources.c.url).join(sources, sources.c.id == gaps.c.source_id).where(gaps.c.until > since)
    if outlet_key is not None:
        query = query.where(gaps.c.outlet_key == outlet_key)
    if before_id is not None:
        ended = select(gaps.c.until).where(gaps.c.id == before_id).scalar_subquery()
        query = query.where(or_(gaps.c.until < ended, and_(gaps.c.until == ended, gaps.c.id < before_id)))
    return [
        Gap(
            id=row.id,
            outlet_key=row.outlet_key,
            source_url=row.url,
            since=row.since,
            until=row.until,
            state=GapState(row.state),
            found=row.found,
            detail=row.detail,
            backfill_id=row.backfill_id,
        )
        for row in connection.execute(query.order_by(gaps.c.until.desc(), gaps.c.id.desc()).limit(limit))
    ]


class SqlGapBook:
    """Implements `storage.ports.GapBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin_refills(self, now: datetime) -> int:
        """Begins a backfill for each open gap; see the port."""
        open_gaps = _open_gaps(now)
        with reading(self._engine) as connection:  # most looks find none: they must not wait for writers
            if connection.execute(open_gaps.limit(1)).first() is None:
                return 0
        with writing(self._engine) as connection:
            begun: Counter[str] = Counter()
            begun.update({row.outlet_key: row.number for row in connection.execute(_begun_of_a_day(now))})
            before = begun.total()
            for row in connection.execute(open_gaps).all():
                if begun[row.outlet_key] < _REFILLS_A_DAY:
                    begun[row.outlet_key] += _begin(connection, row, now)
            return begun.total() - before

    def gaps(
        self, since: datetime, outlet_key: str | None = None, limit: int = 1000, before_id: int | None = None
    ) -> list[Gap]:
        """Gaps that ended after that moment, newest first; `before_id` goes on."""
        with reading(self._engine) as connection:
            return gaps_in(connection, since, outlet_key, limit, before_id)


def _listed_before(connection: Connection, source_id: int, visit_id: int) -> bool:
    """Whether the newest visit that read the feed listed enough to have something in common with the next."""
    last = select(visits.c.listed).where(
        visits.c.source_id == source_id, visits.c.id < visit_id, visits.c.outcome == VisitOutcome.READ.value
    )
    listed = connection.execute(last.order_by(visits.c.id.desc()).limit(1)).scalar()
    return listed is not None and listed >= _FEW


def _overlaps(connection: Connection, report: VisitReport, source: Any) -> bool:
    """Whether a visit lists anything that an earlier one did; items that the fast scan knew are not among its own."""
    if report.listed > len(report.candidates):
        return True
    keys = [found.key for found in report.candidates]
    for start in range(0, len(keys), _CHUNK):
        there = (
            select(sightings.c.visit_id)
            .join(candidates, candidates.c.id == sightings.c.candidate_id)
            .where(
                sightings.c.source_id == source.id,
                candidates.c.outlet_key == source.outlet_key,
                candidates.c.key.in_(keys[start : start + _CHUNK]),
            )
        )
        if connection.execute(there.limit(1)).first() is not None:
            return True
    return False


def _open_gaps(now: datetime) -> Select[Any]:
    begun = _begun_of_a_day(now).having(func.count() >= _REFILLS_A_DAY)
    begun = begun.with_only_columns(begun.selected_columns.outlet_key)
    query = select(gaps).join(outlets, outlets.c.key == gaps.c.outlet_key)
    query = query.where(gaps.c.state == literal_column("'open'"), gaps.c.outlet_key.not_in(begun))
    return query.where(~outlets.c.is_paused, outlets.c.removed_at.is_(None)).order_by(gaps.c.id).limit(_AT_ONCE)


def _begun_of_a_day(now: datetime) -> Select[Any]:
    """How many refills each outlet had."""
    # Grouped by an expression, SQLite reads the day from its index; by the column, it would walk all outlets'.
    key: Any = literal_column("gaps.outlet_key || ''").label("outlet_key")
    counted = select(key, func.count().label("number")).where(gaps.c.begun_at > now - _DAY)
    return counted.group_by(key)


def _begin(connection: Connection, gap: Any, now: datetime) -> int:
    """Its articles are announced: but for the gap they would have come as new ones."""
    ours = update(gaps).where(gaps.c.id == gap.id, gaps.c.state == GapState.OPEN.value)
    if not connection.execute(ours.values(state=GapState.REFILLING.value, begun_at=now)).rowcount:
        return 0
    values = {
        "outlet_key": gap.outlet_key,
        "since": gap.since,
        "until": gap.until,
        "is_oldest_first": False,
        "is_announced": True,
        "is_dry": False,
        "state": BackfillState.RUNNING.value,
        "stage": BackfillStage.FRONT.value,
        "created_at": now,
        "patterns": [],
        "known": 0,
        "gap_id": gap.id,
    }
    number = connection.execute(insert(backfills).values(**values).returning(backfills.c.id)).scalar_one()
    connection.execute(update(gaps).where(gaps.c.id == gap.id).values(backfill_id=number))
    return 1
