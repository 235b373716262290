"""What outlets changed: revisions by type, what vanished, and what is pinned as evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.sql.change_filling import type_stored_revisions

revision = "0031"
down_revision = "0030"

_BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds the tables; the revisions that are stored get their types, a batch at a time."""
    _add_changes()
    _add_absences()
    op.create_table(
        "pins",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", "reason", name=op.f("pk_pins")),
        sqlite_with_rowid=False,
    )
    type_stored_revisions(op.get_bind())


def _add_changes() -> None:
    op.create_table(
        "article_changes",
        sa.Column("id", _BIG_KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("article_id", _BIG_KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("is_stealth", sa.Boolean(), nullable=False),
        sa.Column("absence", sa.String(20), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("capture_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_changes")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_article_changes_article_id")),
        sa.UniqueConstraint("article_id", "revision", name=op.f("uq_article_changes_article_id_revision")),
    )
    op.create_index("ix_article_changes_outlet", "article_changes", ["outlet_key", "id"])
    op.create_index("ix_article_changes_article", "article_changes", ["article_id", "id"])
    op.create_index("ix_article_changes_kind", "article_changes", ["kind", "id"])
    op.create_index(
        "ix_article_changes_stealth",
        "article_changes",
        ["outlet_key", "id"],
        sqlite_where=sa.text("is_stealth = 1"),
        postgresql_where=sa.text("is_stealth"),
    )


def _add_absences() -> None:
    op.create_table(
        "absences",
        sa.Column("id", _BIG_KEY, nullable=False),
        sa.Column("article_id", _BIG_KEY, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("first_capture_id", sa.BigInteger(), nullable=True),
        sa.Column("last_capture_id", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_absences_article_id")),
    )
    op.create_index(
        "ix_absences_open",
        "absences",
        ["article_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_absences_article", "absences", ["article_id", "id"])
