"""What an outlet says must not be done with a page is kept with each revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the column; of revisions stored before nothing is known."""
    op.add_column("revisions", sa.Column("opt_outs", sa.JSON(), nullable=False, server_default="[]"))
