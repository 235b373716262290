"""The tables of watchlists and matches."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, false

from storage.sql.metadata import BigKey, Structure, Utc, Words, metadata

watchlists = Table(
    "watchlists",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("query", Words, nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    Column("tells_copies", Boolean, nullable=False, server_default=false()),
    Column("copy_outlets", Structure, nullable=False, server_default="[]"),
    Column("is_paused", Boolean, nullable=False, server_default=false()),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("since_seq", BigInteger, nullable=False),
    sqlite_autoincrement=True,  # a removed watchlist's id, and so its idempotency keys, must never come again
)

matches = Table(
    "matches",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("watchlist_id", ForeignKey(watchlists.c.id), nullable=False),
    Column("article_id", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("is_told", Boolean, nullable=False),
    Column("lead_article_id", BigInteger),
    Column("story_id", BigInteger),
    Column("matched_at", Utc, nullable=False),
    UniqueConstraint("watchlist_id", "article_id"),
    Index("ix_matches_watchlist", "watchlist_id", "is_told", "id"),
    Index("ix_matches_article", "article_id", "watchlist_id", "lead_article_id"),
    Index("ix_matches_lead", "lead_article_id", "watchlist_id"),
)

#: One row: how far the log has been held against the watchlists. Who writes matches holds it.
match_state = Table(
    "match_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1
    Column("cursor", BigInteger, nullable=False),
)
