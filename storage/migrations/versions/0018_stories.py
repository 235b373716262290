"""Stories: which articles carry the same text, and the index by which copies are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_MERGED = "merged_into IS NOT NULL"
_IN_STORY = "story_id IS NOT NULL"


def upgrade() -> None:
    """Adds the tables; the log is followed from its beginning, so that stored articles find their stories too."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "stories",
        sa.Column("id", big_key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_stories_merged",
        "stories",
        ["merged_into"],
        sqlite_where=sa.text(_MERGED),
        postgresql_where=sa.text(_MERGED),
    )
    op.create_table(
        "story_articles",
        sa.Column("article_id", big_key, autoincrement=False, nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("revision", "words", "mark", "algorithm")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_story_articles")),
    )
    op.create_index(
        "ix_story_articles_story",
        "story_articles",
        ["story_id", "article_id"],
        sqlite_where=sa.text(_IN_STORY),
        postgresql_where=sa.text(_IN_STORY),
    )
    op.create_table(
        "copies",
        *(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in ("article_id", "other_id")),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("of_article", "of_other")),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "other_id", name=op.f("pk_copies")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_copies_other", "copies", ["other_id", "article_id"])
    _create_index_tables(big_key)


def _create_index_tables(big_key: sa.types.TypeEngine[int]) -> None:
    op.create_table(
        "story_postings",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_story_postings")),
    )
    op.create_table(
        "story_fresh",
        sa.Column("article_id", big_key, autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_story_fresh")),
    )
    state = op.create_table(
        "story_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("cursor", "flushed", "change")),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_state")),
    )
    op.bulk_insert(state, [{"id": 1, "cursor": 0, "flushed": 0, "change": 0, "algorithm": 1}])
    if op.get_bind().dialect.name == "postgresql":  # a bucket is read whole, so it stays in its row, as it is
        op.execute("ALTER TABLE story_postings ALTER COLUMN entries SET STORAGE MAIN")
