"""An index of the candidates that their outlet kept us out of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_KEPT_OUT = "reason IN ('refused', 'challenge', 'consent', 'login')"


def upgrade() -> None:
    """Adds the index; it is small, since few candidates end so."""
    op.create_index(
        "ix_candidates_kept_out",
        "candidates",
        ["outlet_key", "finished_at", "reason"],
        sqlite_where=sa.text(_KEPT_OUT),
        postgresql_where=sa.text(_KEPT_OUT),
    )
