"""What each revision's words were when they were read, as a digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Adds the column; the scheduler fills it for what is stored."""
    op.add_column("revisions", sa.Column("words_digest", sa.String(64)))
