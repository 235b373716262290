"""Backfills: what of an outlet's past is looked for, in which pages, and what was found there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_OF_BACKFILL = "backfill_id IS NOT NULL"
_RUNNING = "state = 'running'"


def upgrade() -> None:
    """Adds the tables, and to candidates which backfill found them."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "backfills",
        sa.Column("id", big_key, nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("is_oldest_first", "is_announced", "is_dry")),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("stage", sa.String(10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("patterns", sa.JSON(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
        sa.ForeignKeyConstraint(["outlet_key"], ["outlets.key"], name=op.f("fk_backfills_outlet_key")),
    )
    op.create_index("ix_backfills_outlet", "backfills", ["outlet_key", "id"])
    op.create_index(
        "ix_backfills_running",
        "backfills",
        ["id"],
        sqlite_where=sa.text(_RUNNING),
        postgresql_where=sa.text(_RUNNING),
    )
    op.create_table(
        "backfill_pages",
        sa.Column("id", big_key, nullable=False),
        sa.Column("backfill_id", big_key, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("undated", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfill_pages")),
        sa.ForeignKeyConstraint(["backfill_id"], ["backfills.id"], name=op.f("fk_backfill_pages_backfill_id")),
        sa.UniqueConstraint("backfill_id", "url", name=op.f("uq_backfill_pages_backfill_id_url")),
    )
    op.create_index("ix_backfill_pages_next", "backfill_pages", ["backfill_id", "is_read", "rank", "id"])
    op.create_table(
        "backfill_finds",
        sa.Column("backfill_id", big_key, nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("found_url", sa.Text(), nullable=False),
        sa.Column("hints", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(30), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("backfill_id", "key", name=op.f("pk_backfill_finds")),
        sa.ForeignKeyConstraint(["backfill_id"], ["backfills.id"], name=op.f("fk_backfill_finds_backfill_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_backfill_finds_next", "backfill_finds", ["backfill_id", "rank", "key"])
    op.add_column("candidates", sa.Column("backfill_id", sa.BigInteger(), nullable=True))
    op.add_column("candidates", sa.Column("backfill_rank", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_candidates_backfill",
        "candidates",
        ["backfill_id", "state", "reason"],
        sqlite_where=sa.text(_OF_BACKFILL),
        postgresql_where=sa.text(_OF_BACKFILL),
    )
