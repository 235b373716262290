"""Re-extractions, and which reading of a revision is in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.sql.metadata import BigKey, Structure, Utc, Words

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Adds the tables; all that is stored is in its first reading."""
    for table in ("revisions", "story_articles"):
        op.add_column(table, sa.Column("reading", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "reextractions",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("outlets", Structure, nullable=False),
        sa.Column("since", Utc),
        sa.Column("extractor", Words, nullable=False),
        sa.Column("by", Words, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("begun_at", Utc, nullable=False),
        sa.Column("changed_at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reextractions"),
    )
    op.create_table(
        "reextraction_outlets",
        sa.Column("reextraction_id", BigKey, nullable=False),
        sa.Column("outlet_key", sa.String(80), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("revisions", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("tally", Structure, nullable=False),
        sa.PrimaryKeyConstraint("reextraction_id", "outlet_key", name="pk_reextraction_outlets"),
        sa.ForeignKeyConstraint(
            ["reextraction_id"], ["reextractions.id"], name="fk_reextraction_outlets_reextraction_id"
        ),
    )
    op.create_table(
        "readings",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("reextraction_id", BigKey, nullable=False),
        sa.Column("revision_id", BigKey, nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("is_in_force", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_overtaken", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("changes", Structure, nullable=False),
        sa.Column("columns", Structure, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.ForeignKeyConstraint(["reextraction_id"], ["reextractions.id"], name="fk_readings_reextraction_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name="fk_readings_revision_id"),
        sa.UniqueConstraint("reextraction_id", "revision_id", name="uq_readings_reextraction_id_revision_id"),
    )
    op.create_index("ix_readings_revision", "readings", ["revision_id"])
    op.create_index("ix_readings_turn", "readings", ["reextraction_id", "is_overtaken", "is_in_force", "id"])
