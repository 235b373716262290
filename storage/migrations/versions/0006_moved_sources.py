"""Where a source has moved to, and which URL sent its validators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds the columns; validators stored before are of the source's own URL."""
    op.add_column("sources", sa.Column("validators_url", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("moved_to", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("moved_answers", sa.Integer(), server_default="0", nullable=False))
