"""Gaps: times of which a feed's items may have been missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_OPEN = "state = 'open'"


def upgrade() -> None:
    """Adds the table, to sources how often nothing known was listed, and to backfills what they refill."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "gaps",
        sa.Column("id", big_key, nullable=False),
        sa.Column("source_id", big_key, nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(15), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("backfill_id", sa.BigInteger(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_gaps_source_id")),
    )
    op.create_index("ix_gaps_outlet", "gaps", ["outlet_key", "until"])
    op.create_index("ix_gaps_until", "gaps", ["until"])
    op.create_index("ix_gaps_open", "gaps", ["id"], sqlite_where=sa.text(_OPEN), postgresql_where=sa.text(_OPEN))
    op.add_column("backfills", sa.Column("gap_id", sa.BigInteger(), nullable=True))
    op.add_column("sources", sa.Column("misses", sa.Integer(), nullable=False, server_default="0"))
