"""Re-crawls under the cap of re-visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Adds the column; what runs already goes on as it was ordered."""
    op.add_column("recrawls", sa.Column("is_capped", sa.Boolean(), nullable=False, server_default=sa.false()))
