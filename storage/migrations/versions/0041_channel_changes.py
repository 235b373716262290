"""Channels that tell what outlets change, what vanishes or comes back, and of several watchlists in one digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.sql.metadata import Structure

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Adds the columns: channels that are there tell what they told."""
    for name in ("tells_changes", "is_stealth_only", "tells_vanished"):
        op.add_column("channels", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("channels", sa.Column("more_watchlist_ids", Structure, nullable=False, server_default="[]"))
