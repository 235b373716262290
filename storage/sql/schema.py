"""The tables. One schema for SQLite and PostgreSQL; migrations create what stands here.

Uniqueness is a constraint everywhere: (outlet, URL) of a source, (outlet, fingerprint) of a candidate, the
fingerprint of an article, (article, number) of a revision. The newest revision of an article is the one
whose number is its `revision_count`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    func,
    literal_column,
    text,
    true,
)

from storage.records import LOST_REASONS
from storage.sql.metadata import BigKey, Structure, Utc, Words, metadata

outlets = Table(
    "outlets",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("name", Words, nullable=False),
    Column("spec", Structure, nullable=False),  # the whole Outlet record
    Column("origin", String(20), nullable=False),  # "shipped" or "added"
    Column("is_paused", Boolean, nullable=False, server_default=false()),
    Column("removed_at", Utc),
    Column("updated_at", Utc, nullable=False),
    Column("layout_since", Utc),  # since when its pages are read worse than before; None: they are not
    Column("layout_sentence", Words),
    Column("new_taken", Float, nullable=False, server_default="0"),  # addresses, less what drained since
    Column("new_taken_at", Utc),
)

sources = Table(
    "sources",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("outlet_key", ForeignKey(outlets.c.key), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("url", Words, nullable=False),
    Column("domain", Words, nullable=False),  # registrable domain: who may visit it
    Column("is_active", Boolean, nullable=False),  # named by its outlet, which is neither paused nor removed
    Column("is_gone", Boolean, nullable=False, server_default=false()),  # answered 410
    Column("etag", Words),
    Column("last_modified", Words),
    Column("validators_url", Words),  # the URL that sent them; None: the source's own
    Column("parts", Structure),  # [URL, ETag, Last-Modified] of each sitemap that a sitemap index names
    Column("moved_to", Words),  # where permanent redirects led on the last visits
    Column("moved_answers", Integer, nullable=False, server_default="0"),  # how many of them in a row
    Column("accepted_url", Words),  # where it has moved to, as an operator accepted
    Column("body_digest", String(64)),
    Column("newest_lastmod", Utc),
    Column("next_due_at", Utc, nullable=False),
    Column("last_visit_at", Utc),
    Column("last_ok_at", Utc),
    Column("last_outcome", String(20)),
    Column("last_reason", Words),
    Column("last_detail", Words),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failed_visit_id", BigInteger),  # newest failed visit, until it is well again
    Column("state", String(20)),  # as examined after the last visit; None: never
    Column("cause", Words),
    Column("sentence", Words),
    Column("state_since", Utc),
    Column("last_new_at", Utc),  # when it last listed what it never listed before
    Column("last_read_at", Utc),  # when it last answered with another body
    Column("owed", Float, nullable=False, server_default="0"),  # articles expected since
    Column("longest_owed", Float, nullable=False, server_default="0"),
    Column("owed_level", Float, nullable=False, server_default="1"),
    Column("usual_answer_s", Float),  # how long its answers take; None: never measured
    Column("answers", Integer, nullable=False, server_default="0"),  # measured
    Column("slow_answers", Integer, nullable=False, server_default="0"),  # in a row
    Column("alerted_at", Utc),  # when the operator was told that it is ill, until it is well again
    Column("misses", Integer, nullable=False, server_default="0"),  # visits in a row that listed nothing known
    UniqueConstraint("outlet_key", "url"),
)
Index(
    "ix_sources_due",
    sources.c.next_due_at,
    sqlite_where=text("is_active = 1 AND is_gone = 0"),  # as SQLAlchemy writes it there, else it is not used
    postgresql_where=text("is_active AND NOT is_gone"),
)

visits = Table(
    "visits",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("source_id", ForeignKey(sources.c.id), nullable=False),
    Column("outlet_key", String(80), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", Words),
    Column("detail", Words),
    Column("status", Integer),
    Column("bytes_received", BigInteger, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("took_ms", Integer),  # from the request to the whole answer
    Index("ix_visits_finished", "finished_at", "outcome"),  # the outcome too: it is counted by
    Index("ix_visits_source", "source_id", "id"),
    Index("ix_visits_outlet", "outlet_key", "id"),
)

paces = Table(
    "paces",
    metadata,
    Column("source_id", ForeignKey(sources.c.id), primary_key=True, autoincrement=False),
    Column("ordered", Structure),  # a Pace, given by command
    Column("paused_until", Utc),
    Column("words", Structure),  # PublisherWords of the last answers
    Column("why", Words),  # the next visit is when it is
    Column("memory", LargeBinary),  # what the pacer keeps, half a kilobyte
    Column("marks", LargeBinary),  # of a feed's entries that are read, 16 bytes each
    Column("demand", Float, nullable=False, server_default="0"),
    Column("share_s", Integer, nullable=False, server_default="0"),
    Column("visits", BigInteger, nullable=False, server_default="0"),  # adaptive ones
)

#: Ends by which an outlet keeps us out; the planner knows its index by this very text.
KEPT_OUT = "reason IN ('refused', 'challenge', 'consent', 'login')"

#: Ends by which nothing came of a candidate; the planner knows its index by this very text.
LOST = f"reason IN ({', '.join(repr(reason.value) for reason in LOST_REASONS)})"

candidates = Table(
    "candidates",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("outlet_key", String(80), nullable=False),
    Column("key", BigInteger, nullable=False),
    Column("url", Words, nullable=False),
    Column("found_url", Words, nullable=False),
    Column("domain", Words, nullable=False),
    Column("hints", Structure),
    Column("source_id", BigInteger),
    Column("found_at", Utc, nullable=False),
    Column("absent_at", Utc),  # the visit before, which did not list it
    Column("state", String(10), nullable=False),  # "pending" or "done"
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("not_before", Utc),
    Column("reason", String(30)),
    Column("detail", Words),
    Column("article_id", BigInteger),
    Column("finished_at", Utc),
    Column("backfill_id", BigInteger),  # that found it first
    Column("backfill_rank", BigInteger),  # lesser ones are fetched first
    UniqueConstraint("outlet_key", "key"),
    Index("ix_candidates_key", "key"),
    Index(
        "ix_candidates_backfill",
        "backfill_id",
        "state",
        "finished_at",
        "reason",  # it is counted by both
        sqlite_where=text("backfill_id IS NOT NULL"),
        postgresql_where=text("backfill_id IS NOT NULL"),
    ),
    Index(
        "ix_candidates_article",
        "article_id",
        sqlite_where=text("article_id IS NOT NULL"),
        postgresql_where=text("article_id IS NOT NULL"),
    ),
    Index(
        "ix_candidates_pending",
        "domain",
        "id",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_candidates_kept_out",
        "outlet_key",
        "finished_at",
        "reason",  # it is counted by
        sqlite_where=text(KEPT_OUT),
        postgresql_where=text(KEPT_OUT),
    ),
    Index(
        "ix_candidates_lost",
        "finished_at",
        "reason",  # it is counted by both
        "outlet_key",
        sqlite_where=text(LOST),
        postgresql_where=text(LOST),
    ),
    Index(
        "ix_candidates_pending_outlet",
        "outlet_key",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
)

sightings = Table(
    "sightings",
    metadata,
    Column("candidate_id", ForeignKey(candidates.c.id), primary_key=True),
    Column("source_id", ForeignKey(sources.c.id), primary_key=True),
    Column("visit_id", BigInteger, nullable=False),
    Column("seen_at", Utc, nullable=False),
    sqlite_with_rowid=False,
)

#: Articles that search does not find by their newest revision; the planner knows its index by this very text.
UNINDEXED = "indexed IS NULL OR indexed <> revision_count"

articles = Table(
    "articles",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("key", BigInteger, nullable=False, unique=True),
    Column("outlet_key", String(80), nullable=False),
    Column("url", Words, nullable=False),
    Column("first_seen_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("language", Words),
    Column("revision_count", Integer, nullable=False),
    Column("backfill_id", BigInteger),  # that brought it
    Column("is_news", Boolean, nullable=False, server_default=true()),  # what a backfill brought of long ago is none
    Column("dated_at", Utc),  # published, or first seen where no date is known; None: stored by an older process
    Column("indexed", Integer),  # number of the revision by which search finds it
    Index("ix_articles_first_seen", "first_seen_at", "outlet_key", "is_news"),  # the others too: it is counted by
    Index("ix_articles_outlet", "outlet_key", "id", "is_news"),
    Index("ix_articles_language", "language", "id", "is_news"),
    Index("ix_articles_news", "is_news", "id"),
    Index("ix_articles_unindexed", "id", sqlite_where=text(UNINDEXED), postgresql_where=text(UNINDEXED)),
)

article_totals = Table(
    "article_totals",
    metadata,
    Column("outlet_key", String(80), primary_key=True),
    Column("articles", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

article_days = Table(
    "article_days",
    metadata,
    Column("outlet_key", String(80), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # days of UTC since 1970
    Column("articles", BigInteger, nullable=False),  # first seen then
    Column("timed", BigInteger, nullable=False),  # those of them of which the delay is known, and its sums
    Column("least_s", BigInteger, nullable=False),
    Column("most_s", BigInteger, nullable=False),
    Index("ix_article_days_day", "day"),
    sqlite_with_rowid=False,
)

bodies = Table(
    "bodies",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("segment", Words, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("deleted_by", Integer),  # the order to delete it; its place is empty once its bytes are gone
    Column("deleted_at", Utc),
    Index("ix_bodies_segment", "segment", "offset"),
    Index(
        "ix_bodies_deleted_by",
        "deleted_by",
        sqlite_where=text("deleted_by IS NOT NULL"),
        postgresql_where=text("deleted_by IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

#: Bodies that no order to delete has taken away.
IS_KEPT = bodies.c.deleted_by.is_(None)

captures = Table(
    "captures",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("candidate_id", BigInteger, nullable=False, index=True),
    Column("article_id", BigInteger),
    Column("url", Words, nullable=False),
    Column("final_url", Words, nullable=False),
    Column("fetched_at", Utc, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Structure, nullable=False),
    Column("digest", ForeignKey(bodies.c.digest), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("record_segment", Words),  # where its own record lies; empty for what lies in segments
    Column("record_offset", BigInteger),
    Column("record_length", BigInteger),
    Index("ix_captures_article", "article_id", "id"),
    Index("ix_captures_digest", "digest"),
    Index("ix_captures_record", "record_segment", "record_offset"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("article_id", ForeignKey(articles.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("capture_id", BigInteger),
    Column(
        "content_digest", String(64), nullable=False
    ),  # of headline, body, byline and published date: a fast answer to whether anything changed
    Column("words_digest", String(64)),  # of all that was read, as it is stored; None: stored by an older process
    Column("title", Words, nullable=False),
    Column("authors", Structure, nullable=False),
    Column("body", Words, nullable=False),
    Column("words", Integer, nullable=False),
    Column("published_at", Utc),
    Column("published_precision", String(10)),
    Column("published_rule", Words),
    Column("published_zone", String(10)),
    Column("modified_at", Utc),
    Column("modified_precision", String(10)),
    Column("modified_rule", Words),
    Column("modified_zone", String(10)),
    Column("language", Words),
    Column("credit", Words),
    Column("section", Words),
    Column("lead_image", Words),
    Column("lead_image_caption", Words),
    Column("lead_image_credit", Words),
    Column("tags", Structure, nullable=False, server_default="[]"),
    Column("entries", Structure, nullable=False, server_default="[]"),  # of a live blog
    Column("marks", Structure, nullable=False),
    Column("desks", Structure, nullable=False),
    Column("origins", Structure, nullable=False),
    Column("opt_outs", Structure, nullable=False, server_default="[]"),  # what must not be done with the page
    Column("evidence", Structure, nullable=False),
    Column("extractor", Words, nullable=False),
    Column("erased_by", Integer),  # the order to delete its text
    Column("erased_at", Utc),
    Column("reading", Integer, nullable=False, server_default="0"),  # re-extraction that gave it; 0: as it came
    UniqueConstraint("article_id", "number"),
    Index(
        "ix_revisions_erased_by",
        "erased_by",
        sqlite_where=text("erased_by IS NOT NULL"),
        postgresql_where=text("erased_by IS NOT NULL"),
    ),
)

article_lines = Table(
    "article_lines",
    metadata,
    Column("article_id", ForeignKey(articles.c.id), primary_key=True, autoincrement=False),
    Column("outlet_key", String(80), nullable=False),
    Column("marks", LargeBinary, nullable=False),  # 8 bytes a line
    Index("ix_article_lines_outlet", "outlet_key", "article_id"),
)

#: Events that tell what an operator ordered; the planner knows its index by this very text.
IS_ORDER = "kind = 'order.given'"

events = Table(
    "events",
    metadata,
    Column("seq", BigKey, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("outlet_key", String(80)),
    Column("article_id", BigInteger),
    Column("payload", Structure, nullable=False),
    Index("ix_events_orders", "outlet_key", "seq", sqlite_where=text(IS_ORDER), postgresql_where=text(IS_ORDER)),
    sqlite_autoincrement=True,  # a number is never given out twice, even after the newest rows are deleted
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("outlet_key", String(80), primary_key=True),
    Column("kind", String(10), primary_key=True),  # "page" or "source"
    Column("url", Words, primary_key=True),  # of a page the canonical one
    Column("deaths", Integer, nullable=False),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    Column("detail", Words),
    Column("dropped_at", Utc),
    sqlite_with_rowid=False,
)

notes = Table(
    "notes",
    metadata,
    Column("name", String(80), primary_key=True),  # "catalogue digest", ...
    Column("value", Words, nullable=False),
)

#: Written out, not bound: a planner that does not see the value cannot choose the indexes of what is pending.
IS_PENDING = candidates.c.state == literal_column("'pending'")

#: The same, for queries of articles alone.
IS_UNINDEXED = text(UNINDEXED)

#: For queries that something else narrows down: as an expression it has no index, else SQLite would take the one of all
#: news for as good as that of an outlet or an hour, and walk through all that was ever stored.
IS_NEWS = func.coalesce(articles.c.is_news, false())
