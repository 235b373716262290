"""The tables of stories. `docs/stories.md` tells how they work together.

Which articles stand together is in `story_articles` and `copies`; the other tables are the index by which copies are
found, and can be made again from the stored texts.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, Table, text

from storage.sql.metadata import BigKey, Utc, metadata

stories = Table(
    "stories",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),  # when its articles changed last
    Column("articles", Integer, nullable=False),  # 0: all of them are in `merged_into` now
    Column("merged_into", BigInteger),  # the story that this id leads to, itself never merged
    Index(
        "ix_stories_merged",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    sqlite_autoincrement=True,  # an id is never given out twice
)

story_articles = Table(
    "story_articles",
    metadata,
    Column("article_id", BigKey, primary_key=True, autoincrement=False),
    Column("story_id", BigInteger),  # None: no copies
    Column("revision", Integer, nullable=False),  # number of the revision whose text was read
    Column("reading", Integer, nullable=False, server_default="0"),  # of that revision: `revisions.reading`
    Column("words", Integer, nullable=False),  # of that text
    Column("mark", Integer, nullable=False),  # one outlet's articles with the same mark count once as boilerplate
    Column("algorithm", Integer, nullable=False),  # version of the signature: `storage.dedup.signature.ALGORITHM`
    Index(
        "ix_story_articles_story",
        "story_id",
        "article_id",
        sqlite_where=text("story_id IS NOT NULL"),
        postgresql_where=text("story_id IS NOT NULL"),
    ),
)

#: Pairs of articles of which one contains enough of the other; `article_id` is the lesser id.
copies = Table(
    "copies",
    metadata,
    Column("article_id", BigInteger, primary_key=True, autoincrement=False),
    Column("other_id", BigInteger, primary_key=True, autoincrement=False),
    Column("of_article", Float, nullable=False),  # share of the article's words that stand in the other
    Column("of_other", Float, nullable=False),  # share of the other's words that stand in the article
    Column("words", Integer, nullable=False),  # of the article that stand in the other
    Index("ix_copies_other", "other_id", "article_id"),
    sqlite_with_rowid=False,
)

#: Where sampled shingles stand: for each range of their hashes, six bytes an entry (`storage.dedup.postings`).
story_postings = Table(
    "story_postings",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("entries", LargeBinary, nullable=False),
)

#: Signatures of the newest articles, which are in no bucket yet, or not in all of theirs.
story_fresh = Table(
    "story_fresh",
    metadata,
    Column("article_id", BigKey, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),  # `story_state.flushed` when it came
    Column("hashes", LargeBinary, nullable=False),  # four bytes each
)

#: One row: how far the log has been followed, and the state of the index.
story_state = Table(
    "story_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1
    Column("cursor", BigInteger, nullable=False),  # the last event that was followed
    Column("flushed", BigInteger, nullable=False),  # slices of buckets that were written, ever
    Column("change", BigInteger, nullable=False),  # grows with each transaction of a follower
    Column("algorithm", Integer, nullable=False),  # that all signatures were made by; another one: rebuild
)
