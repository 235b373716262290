"""The tables of re-extractions: orders, what they found by outlet, and readings that are not in force.

`revisions.reading` is the id of the re-extraction whose reading of a revision is in force, 0 the one by which it came.
A row of `readings` holds the columns in which the two readings of a revision differ, as the one that is *not* in force
has them: to keep it, or to undo that, exchanges them with those of the revision.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, false

from storage.sql.metadata import BigKey, Structure, Utc, Words, metadata
from storage.sql.schema import revisions

reextractions = Table(
    "reextractions",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("outlets", Structure, nullable=False),  # their keys
    Column("since", Utc),
    Column("extractor", Words, nullable=False),
    Column("by", Words, nullable=False),
    Column("state", String(10), nullable=False),
    Column("begun_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
)

reextraction_outlets = Table(
    "reextraction_outlets",
    metadata,
    Column("reextraction_id", ForeignKey(reextractions.c.id), primary_key=True, autoincrement=False),
    Column("outlet_key", String(80), primary_key=True),
    Column("articles", Integer, nullable=False),  # to be read
    Column("done", Integer, nullable=False),
    Column("upto", BigInteger, nullable=False),  # the newest article when it began
    Column("place", BigInteger, nullable=False),  # the last article that is done
    Column("revisions", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("tally", Structure, nullable=False),  # see storage.sql.reading_tally
)

readings = Table(
    "readings",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("reextraction_id", ForeignKey(reextractions.c.id), nullable=False),
    Column("revision_id", ForeignKey(revisions.c.id), nullable=False),
    Column("article_id", BigInteger, nullable=False),
    Column("base", Integer, nullable=False),  # the reading in whose place it comes
    Column("is_in_force", Boolean, nullable=False, server_default=false()),
    Column("is_overtaken", Boolean, nullable=False, server_default=false()),  # by a later re-extraction
    Column("changes", Structure, nullable=False),  # [field, change] of what a reader would see
    Column("columns", Structure, nullable=False),
    UniqueConstraint("reextraction_id", "revision_id"),
    Index("ix_readings_revision", "revision_id"),
    Index("ix_readings_turn", "reextraction_id", "is_overtaken", "is_in_force", "id"),
)
