"""Tables of channels: where matches go, how far each is, and which courier has it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, false

from storage.sql.metadata import BigKey, Structure, Utc, Words, metadata
from storage.sql.schema import outlets

channels = Table(
    "channels",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(80), nullable=False, unique=True),
    Column("url", Words, nullable=False),
    Column("secret", Words, nullable=False),
    Column("state", String(20), nullable=False),
    Column("paused_reason", Words),
    Column("created_at", Utc, nullable=False),
    Column("outlet_key", ForeignKey(outlets.c.key)),
    Column("language", Words),
    Column("watchlist_id", BigInteger),  # None: it gets all articles
    Column("more_watchlist_ids", Structure, nullable=False, server_default="[]"),  # of a digest of several
    Column("alerts", Boolean, nullable=False, server_default=false()),
    Column("tells_changes", Boolean, nullable=False, server_default=false()),
    Column("is_stealth_only", Boolean, nullable=False, server_default=false()),
    Column("tells_vanished", Boolean, nullable=False, server_default=false()),
    Column("daily_minute", Integer),  # after midnight in `zone`; None: at once
    Column("zone", Words),
    Column("digest_at", Utc),  # when the last digest was dealt with
    Column("digest_upto", BigInteger),  # the last event of the digest under way
    Column("cursor", BigInteger, nullable=False),
    Column("failing_since", Utc),
    Column("next_try_at", Utc),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("last_ok_at", Utc),
    Column("last_status", Integer),
    Column("last_error", Words),
    Column("alerted_at", Utc),  # since when the operator has been told that it fails
    sqlite_autoincrement=True,  # a removed channel's id, and so its idempotency keys, must never come again
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("channel_id", ForeignKey(channels.c.id), nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    Column("article_id", BigInteger),  # None: an alert
    Column("key", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ended_at", Utc, nullable=False),
    Column("status", Integer),
    Column("error", Words),
    UniqueConstraint("channel_id", "event_seq"),
    Index("ix_deliveries_ended", "ended_at"),
)

channel_leases = Table(
    "channel_leases",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("courier", Words, nullable=False),
    Column("expires_at", Utc, nullable=False),
)
