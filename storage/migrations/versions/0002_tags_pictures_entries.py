"""Tags, the lead picture's caption and credit, and the entries of live blogs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds columns to revisions; those stored before have no tags and no entries."""
    op.add_column("revisions", sa.Column("lead_image_caption", sa.Text(), nullable=True))
    op.add_column("revisions", sa.Column("lead_image_credit", sa.Text(), nullable=True))
    op.add_column("revisions", sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("revisions", sa.Column("entries", sa.JSON(), nullable=False, server_default="[]"))
