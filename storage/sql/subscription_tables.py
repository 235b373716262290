"""The tables of WebSub: subscriptions, and what was pushed until it is read."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    true,
)

from storage.sql.metadata import BigKey, Utc, Words, metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("outlet_key", String(80), nullable=False),
    Column("hub", Words, nullable=False),
    Column("topic", Words, nullable=False),
    Column("is_named", Boolean, nullable=False, server_default=true()),  # by the feed as it is now
    Column("path", String(80), nullable=False, unique=True),
    Column("secret", String(80), nullable=False),
    Column("state", String(15), nullable=False),
    Column("asked_mode", String(15)),
    Column("asked_at", Utc),
    Column("due_at", Utc, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("detail", Words),
    Column("lease_until", Utc),
    Column("pushed_at", Utc),
    Column("proved_at", Utc),
    Column("refused", BigInteger, nullable=False, server_default="0"),
    Column("refused_at", Utc),
    Column("refused_why", Words),
    UniqueConstraint("source_id", "hub", "topic"),
    Index("ix_subscriptions_due", "due_at"),
)

pushes = Table(
    "pushes",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("subscription_id", BigInteger, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("content_type", Words),
    Column("content_encoding", Words),
    Column("body", LargeBinary, nullable=False),
    Index("ix_pushes_source", "source_id", "id"),
    sqlite_autoincrement=True,  # a number names one push, also after it was read
)
