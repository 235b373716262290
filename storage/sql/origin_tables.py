"""The table of origin claims: what articles say of whose text they are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, SmallInteger, String, Table, UniqueConstraint

from storage.sql.metadata import BigKey, Utc, Words, metadata
from storage.sql.schema import articles

#: What was said, by what, and in which revision first, is never written over: `id` grows with what came later.
origin_claims = Table(
    "origin_claims",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("article_id", BigInteger, ForeignKey(articles.c.id), nullable=False),
    Column("revision", Integer, nullable=False),  # number of the revision that said it first
    Column("rank", SmallInteger, nullable=False),  # ClaimRank
    Column("rule", String(40), nullable=False),
    Column("value", Words, nullable=False),  # as it was found, up to 300 characters
    Column("party", String(120), nullable=False),  # Party.key: whom it meant when it was read
    Column("name", Words, nullable=False),
    Column("url", Words),
    Column("evidence", Words, nullable=False),
    Column("is_own", Boolean, nullable=False),
    Column("noted_at", Utc, nullable=False),
    UniqueConstraint("article_id", "rule", "party"),
)
