"""Refusals in a row are kept for each host, and since when a robots.txt cannot be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("host_waits", sa.Column("refusals", sa.Integer(), server_default="0", nullable=False))
    op.add_column("robots", sa.Column("failing_since", sa.BigInteger(), nullable=True))
