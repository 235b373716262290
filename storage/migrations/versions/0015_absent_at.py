"""Which visit did not list a candidate yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Adds the column; of candidates found before, nobody knows."""
    op.add_column("candidates", sa.Column("absent_at", sa.BigInteger(), nullable=True))
