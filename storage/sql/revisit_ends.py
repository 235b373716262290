"""What came of re-visits: read off their candidates once those have ended, whoever ended them and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import FADES, PRESENT, Reason, Revisit, absences_after
from storage.sql.revisit_plans import Policies
from storage.sql.revisit_tables import (
    IS_UNFINISHED,
    recrawl_articles,
    recrawls,
    revisit_outlets,
    revisit_plans,
    revisits_made,
    revisits_open,
)
from storage.sql.schema import candidates

_MOST = 500


def ended() -> Select[Any]:
    """Re-visits whose candidates are pending no more."""
    return (
        select(revisits_open, candidates.c.reason, candidates.c.detail, candidates.c.finished_at)
        .join(candidates, candidates.c.id == revisits_open.c.candidate_id)
        .where(candidates.c.state == "done")
        .limit(_MOST)
    )


def settle(connection: Connection, policies: Policies) -> int:
    """Notes what came of the re-visits that have ended, and when each article is due next; returns how many."""
    rows = connection.execute(ended().order_by(revisits_open.c.article_id)).all()
    if not rows:
        return 0
    plans = {
        row.article_id: row
        for row in connection.execute(
            select(revisit_plans).where(revisit_plans.c.article_id.in_([row.article_id for row in rows]))
        )
    }
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert
    connection.execute(insert(revisits_made).on_conflict_do_nothing(), [_made(row) for row in rows])
    _count_changes(connection, rows)
    planned = [_plan(row, plans[row.article_id], policies) for row in rows if row.article_id in plans]
    if planned:
        connection.execute(_PLAN, planned)
    finished = [{"article": row.article_id, "how": row.reason, "at": row.finished_at} for row in rows]
    connection.execute(_FINISH, finished)
    connection.execute(delete(revisits_open).where(revisits_open.c.candidate_id.in_([r.candidate_id for r in rows])))
    return len(rows)


def end_recrawls(connection: Connection) -> None:
    """Ends the re-crawls in which nothing is left to do."""
    left = exists().where(recrawl_articles.c.recrawl_id == recrawls.c.id, IS_UNFINISHED)
    for order in connection.execute(select(recrawls.c.id).where(recrawls.c.state == "running", ~left)).all():
        newest = (
            select(recrawl_articles.c.finished_at)
            .where(recrawl_articles.c.recrawl_id == order.id)
            .order_by(recrawl_articles.c.finished_at.desc())
            .limit(1)
        )
        at = connection.execute(newest).scalar()
        ours = recrawls.c.id == order.id
        connection.execute(update(recrawls).where(ours).values(state="done", ended_at=at or recrawls.c.created_at))


def revisits_of(connection: Connection, article_id: int, limit: int) -> list[Revisit]:
    """When an article was asked for again and what came of it, newest first."""
    newest_first = (
        select(revisits_made)
        .where(revisits_made.c.article_id == article_id)
        .order_by(revisits_made.c.at.desc())
        .limit(limit)
    )
    return [
        Revisit(at=row.at, reason=Reason(row.reason), detail=row.detail, recrawl_id=row.recrawl_id)
        for row in connection.execute(newest_first)
    ]


def _made(row: Row[Any]) -> dict[str, Any]:
    return {
        "article_id": row.article_id,
        "at": row.finished_at,
        "reason": row.reason,
        "detail": row.detail,
        "recrawl_id": row.recrawl_id,
    }


def _plan(row: Row[Any], plan: Row[Any], policies: Policies) -> dict[str, Any]:
    absences = absences_after(plan.absences, Reason(row.reason))
    policy, quickness = policies.of(row.outlet_key), policies.quickness(row.outlet_key)
    return {
        "article": row.article_id,
        "due": policy.next_due(plan.since, row.finished_at, quickness, absences),
        "at": row.finished_at,
        "absent": absences,
    }


def _count_changes(connection: Connection, rows: Sequence[Any]) -> None:
    """How often an outlet's re-visits find a change; what is long ago fades."""
    for key in sorted({row.outlet_key for row in rows}):
        own = [row for row in rows if row.outlet_key == key and row.reason in PRESENT]
        changed = sum(row.reason == Reason.REVISED for row in own)
        faded = FADES ** len(own)
        values = {
            "visits": revisit_outlets.c.visits * faded + len(own),
            "changes": revisit_outlets.c.changes * faded + changed,
        }
        connection.execute(update(revisit_outlets).where(revisit_outlets.c.outlet_key == key).values(**values))


_PLAN = (
    update(revisit_plans)
    .where(revisit_plans.c.article_id == bindparam("article"))
    .values(
        due_at=bindparam("due"),
        visited_at=bindparam("at"),
        visits=revisit_plans.c.visits + 1,
        absences=bindparam("absent"),
    )
)
#: One fetch answers every order that asked for the article.
_FINISH = (
    update(recrawl_articles)
    .where(and_(recrawl_articles.c.article_id == bindparam("article"), IS_UNFINISHED))
    .values(reason=bindparam("how"), finished_at=bindparam("at"))
)
