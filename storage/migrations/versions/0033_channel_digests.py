"""Channels that get a digest, and those that are paused for failing and tried on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Adds the columns. A channel that was paused must not look like one that is still tried."""
    op.add_column("channels", sa.Column("daily_minute", sa.Integer(), nullable=True))
    op.add_column("channels", sa.Column("zone", sa.Text(), nullable=True))
    op.add_column("channels", sa.Column("digest_at", sa.BigInteger(), nullable=True))
    op.add_column("channels", sa.Column("digest_upto", sa.BigInteger(), nullable=True))
    op.add_column("channels", sa.Column("alerted_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE channels SET next_try_at = NULL WHERE state = 'paused'")
