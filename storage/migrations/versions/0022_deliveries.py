"""How often a job was given out, and where a process runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Adds the columns; an older process that writes meanwhile leaves them as they are."""
    op.add_column("visit_jobs", sa.Column("deliveries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("processes", sa.Column("host", sa.Text(), nullable=True))
