"""The table of bylines: who is named as the author of which article."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table

from storage.authors import MAX_KEY_CHARS
from storage.sql.metadata import Words, metadata
from storage.sql.schema import articles

#: As the newest revision of an article has it; the outlet is the article's, so that an author's are counted by it.
bylines = Table(
    "bylines",
    metadata,
    Column("key", String(MAX_KEY_CHARS), primary_key=True),  # storage.authors.author_key
    Column("article_id", BigInteger, ForeignKey(articles.c.id), primary_key=True, autoincrement=False, index=True),
    Column("name", Words, nullable=False),
    Column("outlet_key", String(80), nullable=False),
    sqlite_with_rowid=False,
)
