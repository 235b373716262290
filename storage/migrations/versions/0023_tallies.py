"""How many articles each outlet brought, in all and by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Adds the tables, and counts what is stored; how soon that was found is not known any more."""
    op.create_table(
        "article_totals",
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_key", name=op.f("pk_article_totals")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "article_days",
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.Column("timed", sa.BigInteger(), nullable=False),
        sa.Column("least_s", sa.BigInteger(), nullable=False),
        sa.Column("most_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_key", "day", name=op.f("pk_article_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_article_days_day", "article_days", ["day"])
    op.execute(
        "INSERT INTO article_totals (outlet_key, articles) "
        "SELECT outlet_key, count(*) FROM articles GROUP BY outlet_key"
    )
    op.execute(
        "INSERT INTO article_days (outlet_key, day, articles, timed, least_s, most_s) "
        "SELECT outlet_key, first_seen_at / 86400000000, count(*), 0, 0, 0 FROM articles "
        "GROUP BY outlet_key, first_seen_at / 86400000000"
    )
