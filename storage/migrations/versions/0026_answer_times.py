"""How long sources and hosts take to answer, and how slow a source was when it last brought something."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("sources", sa.Column("owed_level", sa.Float(), nullable=False, server_default="1"))
    op.add_column("sources", sa.Column("usual_answer_s", sa.Float(), nullable=True))
    op.add_column("sources", sa.Column("answers", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sources", sa.Column("slow_answers", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("visits", sa.Column("took_ms", sa.Integer(), nullable=True))
    op.add_column("host_traffic", sa.Column("took_ms", sa.BigInteger(), nullable=False, server_default="0"))
