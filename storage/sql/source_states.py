"""What a visit changes of its source's row: pure, a row in, columns out."""

from __future__ import annotations

from typing import Any

from storage.ports import Examined, Examiner, Paced
from storage.records import VisitOutcome, VisitReport
from storage.sql.health import examined, health_columns
from storage.sql.validation import moved_columns, validator_columns


def source_columns(
    report: VisitReport, row: Any, visit_id: int | None, paced: Paced, examiner: Examiner | None, *, is_new: bool
) -> tuple[dict[str, Any], Examined | None]:
    """The columns, and how the source is now; None where the visit says nothing of that.

    `row` is the source as it was, `visit_id` what a failure is noted under; `is_new`: it lists what it never listed.
    """
    is_push = report.outcome is VisitOutcome.PUSHED  # says nothing of the source's own answers
    due = max(paced.next_due_at, report.next_due_at) if report.left_out else paced.next_due_at
    values: dict[str, Any] = {} if is_push else {"next_due_at": due}
    if not is_push:
        values |= {
            "last_visit_at": report.finished_at,
            "last_outcome": report.outcome.value,
            "last_reason": report.reason,
            "last_detail": report.detail,
            "is_gone": report.is_gone,
        }
    if report.outcome is VisitOutcome.FAILED:
        values |= {"failures": row.failures + 1, "failed_visit_id": visit_id}
    elif report.outcome in {VisitOutcome.READ, VisitOutcome.UNCHANGED}:
        values |= {"failures": 0, "failed_visit_id": None, "last_ok_at": report.finished_at}
        values |= validator_columns(report, row)
    if report.outcome is VisitOutcome.READ:
        values |= {
            "body_digest": report.body_digest,
            "newest_lastmod": report.newest_lastmod or row.newest_lastmod,
        }
    values |= moved_columns(report, row)
    found = examined(examiner, report, row, values, is_new=is_new, memory=paced.memory)
    if found is not None:
        values |= health_columns(found, report, is_new=is_new)
    return values, found
