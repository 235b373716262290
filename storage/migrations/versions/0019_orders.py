"""Moves that an operator accepted, and the orders of an outlet found among the events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_IS_ORDER = "kind = 'order.given'"


def upgrade() -> None:
    """Adds the column and the index."""
    op.add_column("sources", sa.Column("accepted_url", sa.Text(), nullable=True))
    op.create_index(
        "ix_events_orders",
        "events",
        ["outlet_key", "seq"],
        sqlite_where=sa.text(_IS_ORDER),
        postgresql_where=sa.text(_IS_ORDER),
    )
