"""The tables of users, their sessions, and the audit log."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, false

from storage.sql.metadata import BigKey, Utc, Words, metadata

users = Table(
    "users",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("role", String(10), nullable=False),
    Column("token_digest", String(64), nullable=False, unique=True),
    Column("is_disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", Utc, nullable=False),
    Column("token_at", Utc, nullable=False),
    Column("seen_at", Utc),
    sqlite_autoincrement=True,  # limits are kept by a user's id, which must never be another's
)

sessions = Table(
    "sessions",
    metadata,
    Column("key_digest", String(64), primary_key=True),
    Column("user_id", ForeignKey(users.c.id), nullable=False),
    Column("begun_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Index("ix_sessions_user", "user_id", "ends_at"),
    Index("ix_sessions_end", "ends_at"),
)

#: Who did something is kept as a name: entries outlive users.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("who", Words, nullable=False),
    Column("address", String(64)),
    Column("what", Words, nullable=False),
    Column("about", Words, nullable=False),
    Column("outcome", String(20)),
    Index("ix_audit_log_who", "who", "id"),
)
