"""Answers in the archive that are no page of an article: redirects, sources, not-found pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.sql.metadata import BigKey, Utc, Words

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Adds the table, and how far an order to delete has looked at it."""
    op.create_table(
        "answers",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("capture_id", sa.BigInteger()),
        sa.Column("source_id", sa.BigInteger()),
        sa.Column("url", Words, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("fetched_at", Utc, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("record_segment", Words),
        sa.Column("record_offset", sa.BigInteger()),
        sa.Column("record_length", sa.BigInteger()),
        sa.Column("deleted_by", sa.Integer()),
        sa.Column("deleted_at", Utc),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
    )
    op.create_index("ix_answers_record", "answers", ["record_segment", "record_offset"])
    for name, columns in (("capture", ["capture_id"]), ("deleted_by", ["deleted_by", "id"])):
        some = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(f"ix_answers_{name}", "answers", columns, sqlite_where=some, postgresql_where=some)
    op.add_column("retention_orders", sa.Column("answer_place", sa.BigInteger(), nullable=False, server_default="0"))
