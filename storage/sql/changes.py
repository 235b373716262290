"""Articles that their source says were modified since they were fetched: they are fetched again.

Many sources move that date with every rendering of a page, hence the bounds: once in a while, and only while
an article is young. What a person wants fetched again has a command of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from storage.records import Reason, VisitReport
from storage.sql.schema import candidates

#: Articles found longer ago are not fetched again because of a date.
YOUNG = timedelta(days=7)
_DAY = timedelta(days=1)
_CHUNK = 500
#: A date further ahead of our clock says nothing.
_CLOCK_SLACK = timedelta(minutes=5)

_REOPEN = (
    update(candidates)
    .where(
        and_(
            candidates.c.outlet_key == bindparam("outlet"),
            candidates.c.key == bindparam("fingerprint"),
            candidates.c.state == "done",
            candidates.c.article_id.is_not(None),
            candidates.c.reason.is_distinct_from(Reason.QUARANTINED.value),
            candidates.c.finished_at < bindparam("modified"),
            candidates.c.finished_at < bindparam("rested"),
            candidates.c.found_at > bindparam("young"),
        )
    )
    .values(state="pending", tries=0, not_before=None)
)


#: Ends that are none of the article itself: an outlet that was down or kept us out may let us in later.
_MAY_PASS = [
    reason.value
    for reason in (
        Reason.FAILED,
        Reason.REFUSED,
        Reason.CHALLENGE,
        Reason.CONSENT,
        Reason.LOGIN,
        Reason.UNREADABLE,  # three deaths put it in quarantine
    )
]


def reopen_failed(connection: Connection, report: VisitReport, outlet_key: str) -> list[int]:
    """Makes candidates pending again that could not be fetched a day ago or longer and are listed still.

    What kept them may have been ours (a network or a block that has passed); only while they are young.
    """
    now, keys = report.finished_at, [*(found.key for found in report.candidates), *report.known]
    reopened: list[int] = []
    for start in range(0, len(keys), _CHUNK):
        ended = update(candidates).where(
            candidates.c.outlet_key == outlet_key,
            candidates.c.key.in_(keys[start : start + _CHUNK]),
            candidates.c.state == "done",
            candidates.c.reason.in_(_MAY_PASS),
            candidates.c.finished_at < now - _DAY,
            candidates.c.found_at > now - YOUNG,
        )
        again = ended.values(state="pending", tries=0, not_before=None).returning(candidates.c.id)
        reopened.extend(connection.execute(again).scalars())
    return reopened


def reopen_modified(connection: Connection, report: VisitReport, outlet_key: str, again_after_s: int) -> list[int]:
    """Makes candidates pending again whose articles were modified since; returns their ids.

    An article is fetched again at most once in `again_after_s` seconds.
    """
    now = report.finished_at
    rows: list[dict[str, Any]] = [
        {
            "outlet": outlet_key,
            "fingerprint": found.key,
            "modified": found.hints.modified.at,
            "rested": now - timedelta(seconds=again_after_s),
            "young": now - YOUNG,
        }
        for found in report.candidates
        if found.hints.modified and found.hints.modified.at <= now + _CLOCK_SLACK
    ]
    if not rows:
        return []
    connection.execute(_REOPEN, rows)
    keys = [row["fingerprint"] for row in rows]
    reopened = select(candidates.c.id).where(
        candidates.c.outlet_key == outlet_key,
        candidates.c.key.in_(keys),
        candidates.c.state == "pending",
        candidates.c.article_id.is_not(None),
    )
    return list(connection.execute(reopened).scalars())
