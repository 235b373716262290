"""Visits that found their sources unchanged, many in one transaction: nine of ten, so what one costs counts.

Each is stored as `SqlCrawlStore.record_visit` stores any other, by the same rules; only the questions are asked, and
the rows written, of all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Text, and_, bindparam, cast, delete, insert, select, update

from storage.ports import Examiner, Paced, Pacer, VisitToPace
from storage.records import SubscriptionState, VisitJob, VisitReport
from storage.sql.answers import answer_row, write_answers
from storage.sql.events import append_events
from storage.sql.health import state_events
from storage.sql.job_tables import visit_jobs
from storage.sql.mapping import outlet_from_text
from storage.sql.prices import prices_in
from storage.sql.schema import outlets, paces, sources, visits
from storage.sql.source_states import source_columns
from storage.sql.subscription_tables import subscriptions
from storage.sql.visit_pacing import keep_paces, to_pace
from storage.sql.visit_rows import visit_row


@dataclass(frozen=True, slots=True)
class _Visit:
    """A visit of a batch: the row of its source as it was, and when that is visited next."""

    report: VisitReport
    source: Any
    paced: Paced


def record_quiet(
    connection: Connection, reports: Sequence[VisitReport], pacer: Pacer | None, examiner: Examiner | None
) -> list[bool]:
    """Stores them; False where the job of one went to another worker, and nothing of it is stored.

    They are of different sources, and `VisitReport.is_quiet`.
    """
    ours = _acknowledge(connection, [report.job for report in reports if report.job is not None])
    kept = [report for report in reports if report.job is None or report.source_id in ours]
    if kept:
        _record(connection, sorted(kept, key=lambda report: report.source_id), pacer, examiner)
    return [report.job is None or report.source_id in ours for report in reports]


def _record(
    connection: Connection, reports: Sequence[VisitReport], pacer: Pacer | None, examiner: Examiner | None
) -> None:
    rows = {row.id: row for row in connection.execute(_LOCK_SOURCES, {"ids": [report.source_id for report in reports]})}
    done = _paced(connection, reports, rows, pacer)
    connection.execute(insert(visits), [visit_row(visit.report, visit.source.outlet_key, 0) for visit in done])
    kept = [(visit.source, answer) for visit in done for answer in visit.report.answers]
    write_answers(connection, [answer_row(each, source.outlet_key, source_id=source.id) for source, each in kept])
    usual, changed, events = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    for visit in done:
        values, found = source_columns(visit.report, visit.source, None, visit.paced, examiner, is_new=False)
        is_usual = all(value == getattr(visit.source, name) for name, value in values.items() if name not in _USUAL)
        names, rows_of = (_USUAL, usual) if is_usual else (_CHANGED, changed)
        row = {f"new_{name}": values.get(name, getattr(visit.source, name)) for name in names}
        rows_of.append(row | {"source": visit.source.id})
        events += state_events(found, visit.report, visit.source)
    if usual:
        connection.execute(_UPDATE_USUAL, usual)
    if changed:
        connection.execute(_UPDATE_SOURCES, changed)
    append_events(connection, events)


def _acknowledge(connection: Connection, jobs: Sequence[VisitJob]) -> set[int]:
    """Ends jobs; returns the sources of those that were still ours."""
    if not jobs:
        return set()
    tokens = {job.source_id: job.token for job in jobs}
    rows = connection.execute(_LOCK_JOBS, {"ids": sorted(tokens)})
    ours = {row.source_id for row in rows if row.token == tokens[row.source_id]}
    if ours:
        connection.execute(_END_JOBS, {"ids": sorted(ours)})
    return ours


def _paced(
    connection: Connection, reports: Sequence[VisitReport], rows: Mapping[int, Any], pacer: Pacer | None
) -> list[_Visit]:
    """When each source is due next; what the pacer has learned is kept."""
    if pacer is None:
        return [_Visit(report, rows[report.source_id], _as_reported(report)) for report in reports]
    asked = _asked(connection, reports, rows)
    paced = [(visit, pacer.pace(visit)) for visit in asked]
    keep_paces(connection, paced)
    return [_Visit(visit.report, rows[visit.source_id], answer) for visit, answer in paced]


def _asked(connection: Connection, reports: Sequence[VisitReport], rows: Mapping[int, Any]) -> list[VisitToPace]:
    """What the pacer is told."""
    ids = list(rows)
    known = {row.source_id: row for row in connection.execute(_PACES, {"ids": ids})}
    keys = {row.outlet_key for row in rows.values()}
    owners = {
        row.key: outlet_from_text(row.spec) for row in connection.execute(_OUTLETS, {"outlet_keys": sorted(keys)})
    }
    pushed_until: dict[int, datetime] = {}
    for row in connection.execute(_PUSHED, {"ids": ids}):
        pushed_until[row.source_id] = max(row.lease_until, pushed_until.get(row.source_id, row.lease_until))
    prices = prices_in(connection)
    return [
        to_pace(
            report,
            rows[report.source_id],
            (),
            row=known.get(report.source_id),
            outlet=owners[rows[report.source_id].outlet_key],
            is_pushed=report.source_id in known
            and report.source_id in pushed_until
            and pushed_until[report.source_id] > report.finished_at,
            prices=prices,
        )
        for report in reports
    ]


def _as_reported(report: VisitReport) -> Paced:
    return Paced(next_due_at=report.next_due_at, why="", memory=None, demand=0.0, share_s=0)


# --------------------------------------------------------------------------------- statements

#: What each quiet visit changes of its source, and most change no more.
_USUAL = ("next_due_at", "last_visit_at", "last_ok_at", "owed", "usual_answer_s", "answers")
#: All that one may change. Of those that change more all of it is written, so that one statement serves them.
_CHANGED = (
    *_USUAL, "last_outcome", "last_reason", "last_detail", "is_gone", "failures", "failed_visit_id", "etag",
    "last_modified", "validators_url", "moved_to", "moved_answers", "state", "cause", "sentence", "state_since",
    "longest_owed", "owed_level", "slow_answers",
)  # fmt: skip
_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_LOCK_JOBS = (
    select(visit_jobs.c.source_id, visit_jobs.c.token)
    .where(visit_jobs.c.source_id.in_(_IDS))
    .order_by(visit_jobs.c.source_id)
    .with_for_update()
)
_END_JOBS = delete(visit_jobs).where(visit_jobs.c.source_id.in_(_IDS))
_LOCK_SOURCES = select(sources).where(sources.c.id.in_(_IDS)).order_by(sources.c.id).with_for_update(key_share=True)
_PACES = select(paces.c.source_id, paces.c.ordered, paces.c.paused_until, paces.c.words, paces.c.memory).where(
    paces.c.source_id.in_(_IDS)
)
_OUTLETS = select(outlets.c.key, cast(outlets.c.spec, Text).label("spec")).where(
    outlets.c.key.in_(bindparam("outlet_keys", expanding=True))
)
_PUSHED = select(subscriptions.c.source_id, subscriptions.c.lease_until).where(
    and_(
        subscriptions.c.source_id.in_(_IDS),
        subscriptions.c.state == SubscriptionState.ACTIVE.value,
        subscriptions.c.lease_until.is_not(None),
        subscriptions.c.proved_at.is_not(None),
    )
)
_THIS_SOURCE = update(sources).where(sources.c.id == bindparam("source"))
_UPDATE_USUAL = _THIS_SOURCE.values({name: bindparam(f"new_{name}") for name in _USUAL})
_UPDATE_SOURCES = _THIS_SOURCE.values({name: bindparam(f"new_{name}") for name in _CHANGED})
