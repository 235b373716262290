"""The state of each source with its cause, what it owes, and whether its outlet's layout changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_COPIED = (
    "failures",
    "state",
    "cause",
    "sentence",
    "state_since",
    "last_reason",
    "last_detail",
    "last_ok_at",
    "last_visit_at",
)


def upgrade() -> None:
    """Adds the columns; a source is examined at its next visit, and what fails now counts as failing since then."""
    op.add_column("sources", sa.Column("state", sa.String(length=20), nullable=True))
    for name in ("cause", "sentence"):
        op.add_column("sources", sa.Column(name, sa.Text(), nullable=True))
    for name in ("state_since", "last_new_at", "last_read_at", "alerted_at"):
        op.add_column("sources", sa.Column(name, sa.BigInteger(), nullable=True))
    for name in ("owed", "longest_owed"):
        op.add_column("sources", sa.Column(name, sa.Float(), server_default="0", nullable=False))
    op.add_column("outlets", sa.Column("layout_since", sa.BigInteger(), nullable=True))
    op.add_column("outlets", sa.Column("layout_sentence", sa.Text(), nullable=True))
    op.add_column("channels", sa.Column("alerts", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.alter_column("article_id", existing_type=sa.BigInteger(), nullable=True)
    sources = sa.table("sources", *(sa.column(name) for name in _COPIED))
    ill = sources.update().where(sources.c.failures > 0)
    op.execute(
        ill.values(
            state="failing",
            cause=sources.c.last_reason,
            sentence=sources.c.last_detail,
            state_since=sa.func.coalesce(sources.c.last_ok_at, sources.c.last_visit_at),
        )
    )
