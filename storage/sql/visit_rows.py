"""Between visits and their rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from storage.records import VisitOutcome, VisitReport, VisitSummary


def visit_row(report: VisitReport, outlet_key: str, new: int) -> dict[str, Any]:
    """The columns of a visit that found `new` addresses nobody had seen."""
    return {
        "source_id": report.source_id,
        "outlet_key": outlet_key,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "outcome": report.outcome.value,
        "reason": report.reason,
        "detail": report.detail,
        "status": report.status,
        "bytes_received": report.bytes_received,
        "listed": report.listed,
        "new": new,
        "took_ms": None if report.took_s is None else round(1000 * report.took_s),
    }


def visit_from_row(row: Row[Any]) -> VisitSummary:
    """A row of `visits` joined with its source's URL (as `source_url`)."""
    return VisitSummary(
        id=row.id,
        source_id=row.source_id,
        outlet_key=row.outlet_key,
        source_url=row.source_url,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=VisitOutcome(row.outcome),
        reason=row.reason,
        detail=row.detail,
        status=row.status,
        bytes_received=row.bytes_received,
        listed=row.listed,
        new=row.new,
        took_ms=row.took_ms,
    )
