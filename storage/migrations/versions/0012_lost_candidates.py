"""An index of the candidates that came to nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_LOST = (
    "reason IN ('bad-url', 'not-an-article', 'robots', 'gone', 'refused', 'opted-out', 'challenge', 'consent', "
    "'login', 'refused-address', 'too-large', 'redirect-loop', 'unreadable', 'quarantined', 'failed')"
)


def upgrade() -> None:
    """Adds the index."""
    op.create_index(
        "ix_candidates_lost",
        "candidates",
        ["finished_at", "reason", "outlet_key"],
        sqlite_where=sa.text(_LOST),
        postgresql_where=sa.text(_LOST),
    )
