"""Watchlists, and the articles that answered them; channels may be bound to one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Adds the tables; what was stored before is past, which an analyst may ask for."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "watchlists",
        sa.Column("id", big_key, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("tells_copies", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("copy_outlets", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("is_paused", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("since_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlists")),
        sa.UniqueConstraint("name", name=op.f("uq_watchlists_name")),
        sa.UniqueConstraint("token", name=op.f("uq_watchlists_token")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "matches",
        sa.Column("id", big_key, nullable=False),
        sa.Column("watchlist_id", big_key, nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("lead_article_id", sa.BigInteger(), nullable=True),
        sa.Column("story_id", sa.BigInteger(), nullable=True),
        sa.Column("matched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
        sa.ForeignKeyConstraint(["watchlist_id"], ["watchlists.id"], name=op.f("fk_matches_watchlist_id")),
        sa.UniqueConstraint("watchlist_id", "article_id", name=op.f("uq_matches_watchlist_id_article_id")),
    )
    op.create_index("ix_matches_watchlist", "matches", ["watchlist_id", "is_told", "id"])
    op.create_index("ix_matches_article", "matches", ["article_id", "watchlist_id", "lead_article_id"])
    op.create_index("ix_matches_lead", "matches", ["lead_article_id", "watchlist_id"])
    op.create_table(
        "match_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_state")),
    )
    op.execute("INSERT INTO match_state (id, cursor) SELECT 1, COALESCE(MAX(seq), 0) FROM events")
    op.add_column("channels", sa.Column("watchlist_id", sa.BigInteger(), nullable=True))
