"""How many new addresses of an outlet were taken lately."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("outlets", sa.Column("new_taken", sa.Float(), nullable=False, server_default="0"))
    op.add_column("outlets", sa.Column("new_taken_at", sa.BigInteger(), nullable=True))
