"""The tables of retention: holds, and orders to delete. What was deleted is told by the rows that it leaves behind."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table

from storage.sql.metadata import BigKey, Structure, Utc, Words, metadata

holds = Table(
    "holds",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("article_id", BigInteger),  # exactly one of these three
    Column("outlet_key", String(80)),
    Column("story_id", BigInteger),
    Column("members", Structure, nullable=False),  # articles of the story when it was placed: they stay held
    Column("why", Words, nullable=False),
    Column("by", Words, nullable=False),
    Column("placed_at", Utc, nullable=False),
    Column("lifted_at", Utc),
    Column("lifted_by", Words),
    Column("lifted_why", Words),
)

retention_orders = Table(
    "retention_orders",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("by", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("state", String(10), nullable=False),
    Column("planned_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("rules", Structure, nullable=False),
    Column("planned", Structure, nullable=False),
    Column("deleted", Structure, nullable=False),
    Column("text_place", BigInteger, nullable=False),  # the last article that was looked at
    Column("page_place", BigInteger, nullable=False),  # the last capture that was looked at
    Column("answer_place", BigInteger, nullable=False, server_default="0"),  # the last answer that was looked at
)
