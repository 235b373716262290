"""The table of what outlets answer for addresses that cannot exist."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, false

from storage.sql.metadata import Structure, Utc, Words, metadata

not_found_pages = Table(
    "not_found_pages",
    metadata,
    Column("outlet_key", String(80), primary_key=True),
    Column("host", Words, primary_key=True),
    Column("asked_at", Utc, nullable=False),
    Column("url", Words, nullable=False),
    Column("status", Integer),  # None: nothing was answered
    Column("title", Words, nullable=False),  # folded
    Column("lines", Structure, nullable=False),  # marks
    Column("is_telling", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)
