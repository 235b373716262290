"""Each capture tells where its own record lies in the archive; empty for what lies in segments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("captures", sa.Column("record_segment", sa.Text()))
    op.add_column("captures", sa.Column("record_offset", sa.BigInteger()))
    op.add_column("captures", sa.Column("record_length", sa.BigInteger()))
