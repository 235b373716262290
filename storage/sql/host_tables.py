"""The tables of hosts: how long they want to rest, what was asked of them, their robots.txt."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from storage.sql.metadata import Utc, Words, metadata

host_waits = Table(
    "host_waits",
    metadata,
    Column("host", Words, primary_key=True),  # or "*.DOMAIN": all hosts of a registrable domain
    Column("not_before", Utc, nullable=False),
    Column("why", Words, nullable=False),
    Column("refusals", Integer, nullable=False, server_default="0"),  # 429 and 503 in a row
)

host_traffic = Table(
    "host_traffic",
    metadata,
    Column("host", Words, primary_key=True),
    Column("hour", Utc, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("robots", BigInteger, nullable=False),
    Column("not_modified", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("bytes_received", BigInteger, nullable=False),
    Column("least_gap_ms", BigInteger),
    Column("took_ms", BigInteger, nullable=False, server_default="0"),  # all answers together
    Index("ix_host_traffic_hour", "hour"),
    sqlite_with_rowid=False,
)

robots = Table(
    "robots",
    metadata,
    Column("origin", Words, primary_key=True),
    Column("fetched_at", Utc, nullable=False),
    Column("status", Integer),
    Column("body", LargeBinary, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("detail", Words),
    Column("failing_since", Utc),  # first of the readings in a row that failed
)
