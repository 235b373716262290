"""Revisions as the states that are compared."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from storage.diff.typed import State
from storage.sql.mapping import moment_from_columns
from storage.sql.schema import revisions

#: What a row must have for `state_in`.
STATE_COLUMNS = (
    revisions.c.title,
    revisions.c.body,
    revisions.c.authors,
    revisions.c.seen_at,
    *(
        revisions.c[f"{name}_{part}"]
        for name in ("published", "modified")
        for part in ("at", "precision", "rule", "zone")
    ),
)


def state_in(row: Row[Any]) -> State:
    """The state that a row of revisions holds."""
    return State(
        title=row.title,
        body=row.body,
        authors=tuple(row.authors),
        published=moment_from_columns(row, "published"),
        modified=moment_from_columns(row, "modified"),
        seen_at=row.seen_at,
    )
