"""The tables of what outlets changed: changes, absences, and what is pinned as evidence."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from storage.sql.metadata import BigKey, Structure, Utc, Words, metadata
from storage.sql.schema import articles

#: The planner knows the indexes by these very texts.
IS_STEALTH = {"sqlite": "is_stealth = 1", "postgresql": "is_stealth"}
IS_OPEN = "ended_at IS NULL"

article_changes = Table(
    "article_changes",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("outlet_key", String(80), nullable=False),
    Column("article_id", ForeignKey(articles.c.id), nullable=False),
    Column("number", Integer, nullable=False),  # of the revision that it made, or that was the newest then
    Column("revision", Integer),  # the same, of a change that made one: it is told once
    Column("differences", Structure, nullable=False),
    Column("is_stealth", Boolean, nullable=False),
    Column("absence", String(20)),
    Column("detail", Words),
    Column("capture_id", BigInteger),
    UniqueConstraint("article_id", "revision"),
    Index("ix_article_changes_outlet", "outlet_key", "id"),
    Index("ix_article_changes_article", "article_id", "id"),
    Index("ix_article_changes_kind", "kind", "id"),
    Index(
        "ix_article_changes_stealth",
        "outlet_key",
        "id",
        sqlite_where=text(IS_STEALTH["sqlite"]),
        postgresql_where=text(IS_STEALTH["postgresql"]),
    ),
)

absences = Table(
    "absences",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("article_id", ForeignKey(articles.c.id), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("detail", Words, nullable=False),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("first_capture_id", BigInteger),
    Column("last_capture_id", BigInteger),
    Column("told_at", Utc),  # None: to be seen again first
    Column("ended_at", Utc),
    Index(
        "ix_absences_open",
        "article_id",
        unique=True,  # an article is absent once at a time
        sqlite_where=text(IS_OPEN),
        postgresql_where=text(IS_OPEN),
    ),
    Index("ix_absences_article", "article_id", "id"),
)

pins = Table(
    "pins",
    metadata,
    Column("digest", String(64), primary_key=True),  # of a captured body
    Column("reason", String(40), primary_key=True),
    Column("since", Utc, nullable=False),
    Column("article_id", BigInteger),
    sqlite_with_rowid=False,
)
