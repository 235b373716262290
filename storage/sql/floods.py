"""How many new addresses of an outlet are taken a day, so that no list, however long or new, makes a storm of fetches.

What was taken drains evenly over a day. A visit takes no more than half of what is left, the newest first, so that
news of the same day still find room after a flood. The rest is not stored: the source lists it at its next visits too,
which are read whole for that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from storage.records import Candidate, VisitReport
from storage.sql.schema import candidates, outlets

_DAY_S = 86_400.0
_CHUNK = 500
#: A source in flood is read whole each time, so it is visited no sooner.
_NEXT_AFTER = timedelta(hours=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def without_flood(
    connection: Connection, report: VisitReport, outlet_key: str, most_a_day: int, *, is_first: bool
) -> VisitReport:
    """The report with no more new candidates than may be taken now; `is_first`: the source was never read before."""
    undecided = [found for found in report.candidates if found.reason is None]
    if not undecided:
        return report
    left = most_a_day - _taken(connection, outlet_key, most_a_day, report.finished_at)
    room = max(0, int(left if is_first else left / 2))
    if len(undecided) <= room:
        return report
    known = _known(connection, outlet_key, [found.key for found in undecided])
    new = [found for found in undecided if found.key not in known]
    if len(new) <= room:
        return report
    dropped = {found.key for found in _newest_first(new, report.finished_at)[room:]}
    told = f"{len(dropped)} of {len(new)} new addresses were left for later: {most_a_day} a day are taken at most"
    return replace(
        report,
        candidates=tuple(found for found in report.candidates if found.key not in dropped),
        detail=f"{told}; {report.detail}" if report.detail else told,
        left_out=len(dropped),
        next_due_at=max(report.next_due_at, report.finished_at + _NEXT_AFTER),
        # Nothing that would keep the next visit from reading it whole.
        etag=None,
        last_modified=None,
        parts=(),
        body_digest=None,
        newest_lastmod=None,
        marks=None,
    )


def count_taken(
    connection: Connection, report: VisitReport, outlet_key: str, most_a_day: int, new: Collection[int]
) -> None:
    """Counts what was taken; `new` are the fingerprints that no visit had found before."""
    number = sum(found.reason is None and found.key in new for found in report.candidates)
    if not number:
        return
    taken = _taken(connection, outlet_key, most_a_day, report.finished_at) + number
    own = update(outlets).where(outlets.c.key == outlet_key)
    connection.execute(own.values(new_taken=taken, new_taken_at=report.finished_at))


def _taken(connection: Connection, outlet_key: str, most_a_day: int, now: datetime) -> float:
    """How many were taken and have not drained; a clock that was set back drains nothing."""
    query = select(outlets.c.new_taken, outlets.c.new_taken_at).where(outlets.c.key == outlet_key)
    row = connection.execute(query).one()
    if row.new_taken_at is None:
        return 0.0
    passed_s = max(0.0, (now - row.new_taken_at).total_seconds())
    drained: float = most_a_day * passed_s / _DAY_S
    return max(0.0, float(row.new_taken) - drained)


def _known(connection: Connection, outlet_key: str, keys: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(keys), _CHUNK):
        there = select(candidates.c.key).where(
            candidates.c.outlet_key == outlet_key, candidates.c.key.in_(keys[start : start + _CHUNK])
        )
        found.update(connection.execute(there).scalars())
    return found


def _newest_first(new: Sequence[Candidate], now: datetime) -> list[Candidate]:
    """By the date that was told; what bears none, or one to come, in the order of the list after those."""

    def published(found: Candidate) -> datetime:
        told = found.hints.published
        return told.at if told is not None and told.at <= now else _LONG_AGO

    return sorted(new, key=published, reverse=True)
