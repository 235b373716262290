"""What of a visit's answer makes the next one conditional, and where the next one goes: pure, rows in, columns out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from storage.records import MOVED_AFTER, Validators, VisitOutcome, VisitReport

#: What a source that has moved is no longer asked for where it moved to.
_NOT_THERE = frozenset({404, 410})


def validator_columns(report: VisitReport, row: Any) -> dict[str, Any]:
    """The validators of a source after a visit that went well.

    A 304 may bring new ones and never takes one away; but those of one URL never mix with those of another.
    """
    url = report.validators_url or row.url
    is_same_place = url == (row.validators_url or row.url)
    keeps = report.outcome is VisitOutcome.UNCHANGED and is_same_place
    return {
        "etag": (report.etag or row.etag) if keeps else report.etag,
        "last_modified": (report.last_modified or row.last_modified) if keeps else report.last_modified,
        "validators_url": None if url == row.url else url,
        "parts": row.parts if report.outcome is VisitOutcome.UNCHANGED else _parts(report),
    }


def _parts(report: VisitReport) -> list[list[str | None]] | None:
    return [[part.url, part.etag, part.last_modified] for part in report.parts] or None


def moved_columns(report: VisitReport, row: Any) -> dict[str, Any]:
    """Where a source has moved to, and how often in a row it said so.

    One that has moved is asked for at its named address again when it is not there any more, or moves on.
    """
    has_moved = row.moved_answers >= MOVED_AFTER
    if report.outcome is VisitOutcome.FAILED:
        is_lost = has_moved and report.status in _NOT_THERE
        return {"moved_to": None, "moved_answers": 0, "is_gone": False} if is_lost else {}
    if report.outcome not in {VisitOutcome.READ, VisitOutcome.UNCHANGED}:
        return {}
    if report.moved_to is not None:
        answers = row.moved_answers + 1 if report.moved_to == row.moved_to else 1
        return {"moved_to": report.moved_to, "moved_answers": answers}
    return {} if has_moved else {"moved_to": None, "moved_answers": 0}


def validators_in(url: str, headers: Iterable[Sequence[str]]) -> Validators | None:
    """The validators among the headers of a capture, None where there are none."""
    told = {name.lower(): value for name, value in headers}
    etag, last_modified = told.get("etag"), told.get("last-modified")
    return Validators(url=url, etag=etag, last_modified=last_modified) if etag or last_modified else None
