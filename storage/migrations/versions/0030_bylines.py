"""Authors and their articles: a row for each name over each article."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.sql.authors import byline_rows

revision = "0030"
down_revision = "0029"

_BATCH = 2_000


def upgrade() -> None:
    """Adds the table, and fills it from the newest revisions, a batch at a time."""
    op.create_table(
        "bylines",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_bylines_article_id")),
        sa.PrimaryKeyConstraint("key", "article_id", name=op.f("pk_bylines")),
        sqlite_with_rowid=False,
    )
    connection, last = op.get_bind(), 0
    while rows := connection.execute(_NEXT, {"last": last, "most": _BATCH}).all():
        found = byline_rows((row.id, row.outlet_key, _names(row.authors)) for row in rows)
        if found:
            connection.execute(_ADD, found)
        last = rows[-1].id
    op.create_index("ix_bylines_article_id", "bylines", ["article_id"])


def _names(authors: Any) -> list[str]:
    """SQLite gives JSON as it was written."""
    return list(json.loads(authors) if isinstance(authors, str) else authors)


_NEXT = sa.text(
    "SELECT a.id, a.outlet_key, r.authors FROM articles a "
    "JOIN revisions r ON r.article_id = a.id AND r.number = a.revision_count "
    "WHERE a.id > :last ORDER BY a.id LIMIT :most"
)
_ADD = sa.text("INSERT INTO bylines (key, article_id, name, outlet_key) VALUES (:key, :article_id, :name, :outlet_key)")
