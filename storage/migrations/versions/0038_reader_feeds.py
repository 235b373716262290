"""Feeds of outlets and searches at secret addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "reader_feeds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("outlet_key", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("is_summary", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_feeds")),
        sa.UniqueConstraint("name", name=op.f("uq_reader_feeds_name")),
        sa.UniqueConstraint("token", name=op.f("uq_reader_feeds_token")),
        sqlite_autoincrement=True,
    )
