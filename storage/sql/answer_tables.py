"""The table of answers in the archive that are no page of an article."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, text

from storage.sql.metadata import BigKey, Utc, Words, metadata

answers = Table(
    "answers",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("outlet_key", String(80), nullable=False),
    Column("capture_id", BigInteger),  # of a hop: what it led to
    Column("source_id", BigInteger),
    Column("url", Words, nullable=False),
    Column("status", Integer, nullable=False),
    Column("fetched_at", Utc, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("record_segment", Words),  # None: it was deleted, and its bytes are gone
    Column("record_offset", BigInteger),
    Column("record_length", BigInteger),
    Column("deleted_by", Integer),  # the order to delete it
    Column("deleted_at", Utc),
    Index("ix_answers_record", "record_segment", "record_offset"),
    Index(
        "ix_answers_capture",
        "capture_id",
        sqlite_where=text("capture_id IS NOT NULL"),
        postgresql_where=text("capture_id IS NOT NULL"),
    ),
    Index(
        "ix_answers_deleted_by",
        "deleted_by",
        "id",
        sqlite_where=text("deleted_by IS NOT NULL"),
        postgresql_where=text("deleted_by IS NOT NULL"),
    ),
)

#: Answers that no order to delete has taken away.
IS_THERE = answers.c.deleted_by.is_(None)
