"""Refills of a day are counted by an index."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Adds the index."""
    op.create_index("ix_gaps_begun", "gaps", ["begun_at", "outlet_key"])
