"""Tables of the seen-set where there is no Redis."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, Text

from storage.sql.metadata import BigKey, Utc, metadata

#: Confirmed URLs. On SQLite the key is the rowid: 32 bytes a URL with the index, measured at 200,000.
seen_keys = Table(
    "seen_keys",
    metadata,
    Column("key", BigKey, primary_key=True, autoincrement=False),
    Column("generation", Integer, nullable=False, index=True),
)

#: Open claims.
seen_claims = Table(
    "seen_claims",
    metadata,
    Column("key", BigKey, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
)

#: The number of the newest generation, in one row; 1 while there is none.
seen_cycle = Table(
    "seen_cycle",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="only_row"), primary_key=True, autoincrement=False),
    Column("newest", BigInteger, nullable=False),
)
