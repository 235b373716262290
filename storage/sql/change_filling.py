"""The types of revisions that were stored before types were: for the migration that adds them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, bindparam, select

from storage.diff.typed import differences
from storage.records import ChangeKind
from storage.sql.change_tables import article_changes
from storage.sql.schema import articles, revisions
from storage.sql.states import STATE_COLUMNS, state_in

#: Articles whose revisions are in memory at once.
_BATCH = 200

_REVISED = (
    select(articles.c.id, articles.c.outlet_key)
    .where(articles.c.revision_count > 1, articles.c.id > bindparam("after"))
    .order_by(articles.c.id)
    .limit(_BATCH)
)
_THEIRS = (
    select(revisions.c.article_id, revisions.c.number, revisions.c.capture_id, *STATE_COLUMNS)
    .where(revisions.c.article_id.in_(bindparam("ids", expanding=True)))
    .order_by(revisions.c.article_id, revisions.c.number)
)


def type_stored_revisions(connection: Connection) -> int:
    """Adds a change for each stored revision but an article's first; returns how many. Bounded in memory."""
    after = added = 0
    while found := connection.execute(_REVISED, {"after": after}).all():
        after = found[-1].id
        outlet_of = {row.id: row.outlet_key for row in found}
        rows = connection.execute(_THEIRS, {"ids": list(outlet_of)}).all()
        made = [
            _change(older, newer, outlet_of[newer.article_id])
            for older, newer in pairwise(rows)
            if older.article_id == newer.article_id
        ]
        if made:
            connection.execute(article_changes.insert(), made)
        added += len(made)
    return added


def _change(older: Any, newer: Any, outlet_key: str) -> dict[str, Any]:
    found = differences(state_in(older), state_in(newer))
    return {
        "at": newer.seen_at,
        "kind": ChangeKind.REVISED.value,
        "outlet_key": outlet_key,
        "article_id": newer.article_id,
        "number": newer.number,
        "revision": newer.number,
        "differences": list(found.kinds),
        "is_stealth": found.is_stealth,
        "capture_id": newer.capture_id,
    }
