"""The sitemaps that a sitemap index names, with the validators of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the column; without it each sitemap is asked for in full once more."""
    op.add_column("sources", sa.Column("parts", sa.JSON(), nullable=True))
