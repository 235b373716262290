"""WebSub: subscriptions at hubs, and what they pushed until it is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Adds both tables."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "subscriptions",
        sa.Column("id", big_key, nullable=False),
        sa.Column("source_id", big_key, nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("path", sa.String(80), nullable=False),
        sa.Column("secret", sa.String(80), nullable=False),
        sa.Column("state", sa.String(15), nullable=False),
        sa.Column("asked_mode", sa.String(15), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("pushed_at", sa.BigInteger(), nullable=True),
        sa.Column("proved_at", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("refused_at", sa.BigInteger(), nullable=True),
        sa.Column("refused_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_subscriptions_source_id")),
        sa.UniqueConstraint("path", name=op.f("uq_subscriptions_path")),
        sa.UniqueConstraint("source_id", "hub", "topic", name=op.f("uq_subscriptions_source_id_hub_topic")),
    )
    op.create_index("ix_subscriptions_due", "subscriptions", ["due_at"])
    op.create_table(
        "pushes",
        sa.Column("id", big_key, nullable=False),
        sa.Column("source_id", big_key, nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("content_encoding", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_pushes_source_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pushes_source", "pushes", ["source_id", "id"])
