"""Retention: legal holds, orders to delete, and what was deleted by which of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.sql.metadata import BigKey, Structure, Utc, Words

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Adds tables, columns and the indexes by which captures of a body, and all of a file, are found."""
    op.add_column("bodies", sa.Column("deleted_by", sa.Integer()))
    op.add_column("bodies", sa.Column("deleted_at", Utc))
    op.add_column("revisions", sa.Column("erased_by", sa.Integer()))
    op.add_column("revisions", sa.Column("erased_at", Utc))
    op.create_index("ix_bodies_segment", "bodies", ["segment", "offset"])
    op.create_index("ix_captures_digest", "captures", ["digest"])
    op.create_index("ix_captures_record", "captures", ["record_segment", "record_offset"])
    for table, column in (("bodies", "deleted_by"), ("revisions", "erased_by")):
        some = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=some, postgresql_where=some)
    op.create_table(
        "holds",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("article_id", sa.BigInteger()),
        sa.Column("outlet_key", sa.String(80)),
        sa.Column("story_id", sa.BigInteger()),
        sa.Column("members", Structure, nullable=False),
        sa.Column("why", Words, nullable=False),
        sa.Column("by", Words, nullable=False),
        sa.Column("placed_at", Utc, nullable=False),
        sa.Column("lifted_at", Utc),
        sa.Column("lifted_by", Words),
        sa.Column("lifted_why", Words),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
    op.create_table(
        "retention_orders",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("by", Words, nullable=False),
        sa.Column("why", Words, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("planned_at", Utc, nullable=False),
        sa.Column("changed_at", Utc, nullable=False),
        sa.Column("rules", Structure, nullable=False),
        sa.Column("planned", Structure, nullable=False),
        sa.Column("deleted", Structure, nullable=False),
        sa.Column("text_place", sa.BigInteger(), nullable=False),
        sa.Column("page_place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_orders"),
    )
