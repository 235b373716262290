"""Re-visits of stored articles: when each is due, what came of it, and what was ordered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

_RUNNING = "state = 'running'"
_WAITING = "opened_at IS NULL AND reason IS NULL"
_UNFINISHED = "reason IS NULL"


def upgrade() -> None:
    """Adds the tables; articles that are stored already are planned by following the log."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "revisit_plans",
        sa.Column("article_id", big_key, sa.ForeignKey("articles.id"), autoincrement=False, nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("visited_at", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in ("visits", "absences")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_revisit_plans")),
    )
    op.create_index("ix_revisit_plans_due", "revisit_plans", ["outlet_key", "host", "due_at"])
    op.create_index("ix_revisit_plans_outlet", "revisit_plans", ["outlet_key", "article_id"])
    op.create_table(
        "revisit_lanes",
        sa.Column("outlet_key", sa.String(80), sa.ForeignKey("outlets.key"), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_key", "host", name=op.f("pk_revisit_lanes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revisit_outlets",
        sa.Column("outlet_key", sa.String(80), sa.ForeignKey("outlets.key"), nullable=False),
        sa.Column("ordered", sa.JSON(), nullable=True),
        sa.Column("planned", sa.JSON(), nullable=True),
        sa.Column("replanned_to", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Float(), nullable=False, server_default="0") for name in ("visits", "changes")),
        sa.PrimaryKeyConstraint("outlet_key", name=op.f("pk_revisit_outlets")),
    )
    op.create_table(
        "revisit_days",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("host", "day", name=op.f("pk_revisit_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_revisit_days_day", "revisit_days", ["day"])
    op.create_table(
        "revisits_open",
        sa.Column("candidate_id", big_key, sa.ForeignKey("candidates.id"), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("recrawl_id", sa.BigInteger(), nullable=True),
        sa.Column("a_day", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_revisits_open")),
    )
    op.create_index("ix_revisits_open_article", "revisits_open", ["article_id"])
    op.create_table(
        "revisits_made",
        sa.Column("article_id", big_key, sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(30), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("recrawl_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("article_id", "at", name=op.f("pk_revisits_made")),
        sqlite_with_rowid=False,
    )
    _add_orders(big_key)


def _add_orders(big_key: sa.types.TypeEngine[int]) -> None:
    op.create_table(
        "recrawls",
        sa.Column("id", big_key, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.Column("outlet_keys", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recrawls")),
    )
    op.create_index(
        "ix_recrawls_running", "recrawls", ["id"], sqlite_where=sa.text(_RUNNING), postgresql_where=sa.text(_RUNNING)
    )
    op.create_table(
        "recrawl_articles",
        sa.Column("recrawl_id", big_key, sa.ForeignKey("recrawls.id"), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(30), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("recrawl_id", "article_id", name=op.f("pk_recrawl_articles")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_recrawl_articles_waiting",
        "recrawl_articles",
        ["recrawl_id", "outlet_key", "article_id"],
        sqlite_where=sa.text(_WAITING),
        postgresql_where=sa.text(_WAITING),
    )
    op.create_index(
        "ix_recrawl_articles_unfinished",
        "recrawl_articles",
        ["article_id"],
        sqlite_where=sa.text(_UNFINISHED),
        postgresql_where=sa.text(_UNFINISHED),
    )
    op.create_index("ix_recrawl_articles_ended", "recrawl_articles", ["recrawl_id", "reason", "finished_at"])
