"""Processes tell figures with their heartbeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the column."""
    op.add_column("processes", sa.Column("figures", sa.JSON(), nullable=False, server_default="{}"))
