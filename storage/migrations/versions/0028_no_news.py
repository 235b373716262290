"""Which backfill brought an article, and whether it is news; how far a backfill is, by one index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_INDEXES = {
    "ix_articles_first_seen": ["first_seen_at", "outlet_key", "is_news"],
    "ix_articles_outlet": ["outlet_key", "id", "is_news"],
    "ix_articles_language": ["language", "id", "is_news"],
}


def upgrade() -> None:
    """Adds the columns and fills them from the candidates; counts of days then leave out what is no news."""
    op.add_column("articles", sa.Column("backfill_id", sa.BigInteger(), nullable=True))
    op.add_column("articles", sa.Column("is_news", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(
        "UPDATE articles SET backfill_id = (SELECT min(c.backfill_id) FROM candidates c "
        "WHERE c.article_id = articles.id AND c.backfill_id IS NOT NULL AND c.found_at <= articles.first_seen_at) "
        "WHERE id IN (SELECT article_id FROM candidates WHERE backfill_id IS NOT NULL AND article_id IS NOT NULL)"
    )
    op.execute(
        "UPDATE articles SET is_news = false WHERE backfill_id IN (SELECT id FROM backfills WHERE is_announced = false)"
    )
    op.execute(
        "UPDATE article_days SET articles = articles - (SELECT count(*) FROM articles a WHERE a.is_news = false "
        "AND a.outlet_key = article_days.outlet_key AND a.first_seen_at / 86400000000 = article_days.day) "
        "WHERE outlet_key IN (SELECT outlet_key FROM articles WHERE is_news = false)"
    )
    for name, columns in _INDEXES.items():
        op.drop_index(name, "articles")
        op.create_index(name, "articles", columns)
    op.create_index("ix_articles_news", "articles", ["is_news", "id"])
    op.drop_index("ix_candidates_backfill", "candidates")
    op.create_index(
        "ix_candidates_backfill",
        "candidates",
        ["backfill_id", "state", "finished_at", "reason"],
        sqlite_where=sa.text("backfill_id IS NOT NULL"),
        postgresql_where=sa.text("backfill_id IS NOT NULL"),
    )
