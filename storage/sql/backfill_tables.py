"""The tables of an outlet's past: gaps in what its sources listed, and backfills."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from storage.sql.metadata import BigKey, Structure, Utc, Words, metadata
from storage.sql.schema import outlets, sources

gaps = Table(
    "gaps",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("source_id", ForeignKey(sources.c.id), nullable=False),
    Column("outlet_key", String(80), nullable=False),
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("state", String(15), nullable=False),
    Column("found", Integer, nullable=False),
    Column("detail", Words),
    Column("backfill_id", BigInteger),
    Column("begun_at", Utc),  # when its refill began
    Index("ix_gaps_outlet", "outlet_key", "until"),
    Index("ix_gaps_until", "until"),
    Index("ix_gaps_begun", "begun_at", "outlet_key"),  # the outlet too: it is counted by
    Index("ix_gaps_open", "id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
)

backfills = Table(
    "backfills",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("outlet_key", ForeignKey(outlets.c.key), nullable=False),
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("is_oldest_first", Boolean, nullable=False),
    Column("is_announced", Boolean, nullable=False),
    Column("is_dry", Boolean, nullable=False),
    Column("state", String(10), nullable=False),
    Column("stage", String(10), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("detail", Words),
    Column("patterns", Structure, nullable=False),
    Column("known", BigInteger, nullable=False),  # finds that were candidates already
    Column("gap_id", BigInteger),  # what it refills
    Index("ix_backfills_outlet", "outlet_key", "id"),
    Index(
        "ix_backfills_running",
        "id",
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)

backfill_pages = Table(
    "backfill_pages",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("backfill_id", ForeignKey(backfills.c.id), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("url", Words, nullable=False),
    Column("rank", BigInteger, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("is_read", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("not_before", Utc),
    Column("listed", Integer, nullable=False),
    Column("undated", Integer, nullable=False),
    Column("problem", Words),
    UniqueConstraint("backfill_id", "url"),
    Index("ix_backfill_pages_next", "backfill_id", "is_read", "rank", "id"),
)

backfill_finds = Table(
    "backfill_finds",
    metadata,
    Column("backfill_id", ForeignKey(backfills.c.id), primary_key=True),
    Column("key", BigInteger, primary_key=True),
    Column("rank", BigInteger, nullable=False),
    Column("url", Words, nullable=False),
    Column("found_url", Words, nullable=False),
    Column("hints", Structure),
    Column("reason", String(30)),
    Column("detail", Words),
    Index("ix_backfill_finds_next", "backfill_id", "rank", "key"),
    sqlite_with_rowid=False,
)
