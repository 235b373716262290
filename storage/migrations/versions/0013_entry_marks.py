"""What of a feed's entries is read already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Adds the column; without marks, a feed is read whole once more."""
    op.add_column("paces", sa.Column("marks", sa.LargeBinary(), nullable=True))
