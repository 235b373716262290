"""The state of each source in SQL: examined with each visit, told to the operator once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select

from storage.ports import Examined, Examiner, VisitToExamine
from storage.records import EventKind, SourceState, VisitOutcome, VisitReport
from storage.sql.schema import sources

#: What a source's own answers showed, and only another of them can end.
_OF_ANSWERS = frozenset({SourceState.SLOW, SourceState.FLOOD, SourceState.MOVED})


def state_in(row: Any) -> SourceState:
    """The state of a source by its row."""
    if row.is_gone:
        return SourceState.GONE
    if not row.is_active:
        return SourceState.PAUSED
    if row.last_visit_at is None:
        return SourceState.NEW
    return _examined_state(row)


def states_in(connection: Connection) -> tuple[tuple[SourceState, int], ...]:
    """How many sources that are visited are in which state."""
    own = (sources.c.is_gone, sources.c.is_active, sources.c.state)
    query = (
        select(
            *own,
            func.max(sources.c.last_visit_at).label("last_visit_at"),
            func.max(sources.c.failures).label("failures"),
            func.count().label("number"),
        )
        .where(sources.c.is_active)
        .group_by(*own, sources.c.last_visit_at.is_(None), sources.c.failures > 0)
    )
    counts: Counter[SourceState] = Counter()
    for row in connection.execute(query):
        counts[state_in(row)] += row.number
    return tuple(sorted(counts.items()))


def examined(
    examiner: Examiner | None,
    report: VisitReport,
    row: Any,
    columns: Mapping[str, Any],
    *,
    is_new: bool,
    memory: bytes | None,
) -> Examined | None:
    """How a source is after a visit; None where that says nothing of it.

    `row` is the source as it was, `columns` what the visit changes of it.
    """
    if report.outcome is VisitOutcome.PUSHED and (row.failures or not is_new):
        return None  # it brings a silent source to life again; of one that fails its next visit tells
    if examiner is None:
        return _unexamined(report, row)
    found = examiner.examine(
        VisitToExamine(
            report=report,
            state=_examined_state(row) if row.last_visit_at else None,
            since=row.state_since,
            is_new=is_new,
            last_new_at=row.last_new_at,
            last_ok_at=row.last_ok_at,
            last_read_at=row.last_read_at,
            moved_to=columns.get("moved_to", row.moved_to),
            moved_answers=columns.get("moved_answers", row.moved_answers),
            memory=memory,
            owed=row.owed,
            longest_owed=row.longest_owed,
            owed_level=row.owed_level,
            usual_answer_s=row.usual_answer_s,
            answers=row.answers,
            slow_answers=row.slow_answers,
        )
    )
    if report.outcome is VisitOutcome.PUSHED and (state := _examined_state(row)) in _OF_ANSWERS:
        return replace(found, state=state, cause=row.cause, sentence=row.sentence, since=row.state_since)
    return found


def health_columns(found: Examined, report: VisitReport, *, is_new: bool) -> dict[str, Any]:
    """What an examination changes of a source's row."""
    columns: dict[str, Any] = {
        "state": found.state.value,
        "cause": found.cause,
        "sentence": found.sentence,
        "state_since": found.since,
        "owed": found.owed,
        "longest_owed": found.longest_owed,
        "owed_level": found.owed_level,
        "usual_answer_s": found.usual_answer_s,
        "answers": found.answers,
        "slow_answers": found.slow_answers,
    }
    if is_new:
        columns["last_new_at"] = report.finished_at
    if report.outcome is VisitOutcome.READ:
        columns["last_read_at"] = report.finished_at
    return columns


def state_events(found: Examined | None, report: VisitReport, row: Any) -> list[dict[str, Any]]:
    """An event when a source falls ill, is ill in another way, or is well again."""
    if found is None:
        return []
    before = _examined_state(row) if row.last_visit_at else SourceState.NEW
    if found.state.is_ill and found.state is not before:
        kind = EventKind.SOURCE_FAILED
    elif before.is_ill and not found.state.is_ill:
        kind = EventKind.SOURCE_RECOVERED
    else:
        return []
    payload = {
        "source_id": row.id,
        "url": row.url,
        "state": found.state.value,
        "cause": found.cause,
        "sentence": found.sentence,
        "reason": report.reason,
        "detail": report.detail,
    }
    event = {"at": report.finished_at, "kind": kind.value, "outlet_key": row.outlet_key, "article_id": None}
    return [event | {"payload": payload}]


def _examined_state(row: Any) -> SourceState:
    if row.state is None or row.state == SourceState.GONE.value:
        return SourceState.FAILING if row.failures else SourceState.OK
    return SourceState(row.state)


def _unexamined(report: VisitReport, row: Any) -> Examined:
    """Without an examiner only a failure is known."""
    is_failed = report.outcome is VisitOutcome.FAILED
    state = SourceState.FAILING if is_failed else SourceState.OK
    is_same = row.last_visit_at is not None and _examined_state(row) is state
    return Examined(
        state=state,
        cause=(report.reason or "failed") if is_failed else "ok",
        sentence=report.detail or report.reason or "as expected",
        since=row.state_since if is_same and row.state_since else report.finished_at,
        owed=row.owed,
        longest_owed=row.longest_owed,
        owed_level=row.owed_level,
        usual_answer_s=row.usual_answer_s,
        answers=row.answers,
        slow_answers=row.slow_answers,
    )
