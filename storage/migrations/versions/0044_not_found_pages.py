"""What outlets answer for addresses that cannot exist."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.sql.metadata import Structure, Utc, Words

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "not_found_pages",
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("host", Words, nullable=False),
        sa.Column("asked_at", Utc, nullable=False),
        sa.Column("url", Words, nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("title", Words, nullable=False),
        sa.Column("lines", Structure, nullable=False),
        sa.Column("is_telling", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("outlet_key", "host", name="pk_not_found_pages"),
        sqlite_with_rowid=False,
    )
