"""A new index for searching: fields, facts, and letters folded as watchlists fold them.

What is stored is indexed anew in batches, while all processes run (`storage.sql.search_index`). The index before this
one, `article_words`, stays for processes of the version before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_UNINDEXED = "indexed IS NULL OR indexed <> revision_count"


def upgrade() -> None:
    """Adds the index, and by which revision each article is in it: none yet."""
    op.add_column("articles", sa.Column("dated_at", sa.BigInteger()))
    op.add_column("articles", sa.Column("indexed", sa.Integer()))
    where = sa.text(_UNINDEXED)
    op.create_index("ix_articles_unindexed", "articles", ["id"], sqlite_where=where, postgresql_where=where)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5(title, authors, body, facts, content='', "
            "tokenize=\"unicode61 remove_diacritics 0 tokenchars ':-'\")"
        )
    else:
        op.execute("CREATE TABLE search_words (article_id bigint PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_words ON search_words USING gin (words)")
