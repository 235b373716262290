"""What is known of each source's pace: orders, the publisher's words, what was learned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Adds the table; a source without a row is learned from its next visit on."""
    op.create_table(
        "paces",
        sa.Column(
            "source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("ordered", sa.JSON(), nullable=True),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("memory", sa.LargeBinary(), nullable=True),
        sa.Column("demand", sa.Float(), server_default="0", nullable=False),
        sa.Column("share_s", sa.Integer(), server_default="0", nullable=False),
        sa.Column("visits", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_paces_source_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_paces")),
    )
