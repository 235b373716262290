"""The tables of re-visits: when each article is due again, what is being asked for, what came of it, and re-crawls."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, false, text

from storage.sql.metadata import BigKey, Structure, Utc, Words, metadata
from storage.sql.schema import articles, candidates, outlets

revisit_plans = Table(
    "revisit_plans",
    metadata,
    Column("article_id", ForeignKey(articles.c.id), primary_key=True, autoincrement=False),
    Column("outlet_key", String(80), nullable=False),
    Column("host", Words, nullable=False),
    Column("since", Utc, nullable=False),  # what its age is counted from
    Column("due_at", Utc),  # None: it is being asked for, or never again
    Column("visited_at", Utc),
    Column("visits", Integer, nullable=False, server_default="0"),
    Column("absences", Integer, nullable=False, server_default="0"),  # in a row
    Index("ix_revisit_plans_due", "outlet_key", "host", "due_at"),
    Index("ix_revisit_plans_outlet", "outlet_key", "article_id"),
)

#: Where an outlet's articles are; few rows, by which those that are due are found without a look at the others.
revisit_lanes = Table(
    "revisit_lanes",
    metadata,
    Column("outlet_key", ForeignKey(outlets.c.key), primary_key=True),
    Column("host", Words, primary_key=True),
    sqlite_with_rowid=False,
)

revisit_outlets = Table(
    "revisit_outlets",
    metadata,
    Column("outlet_key", ForeignKey(outlets.c.key), primary_key=True),
    Column("ordered", Structure),  # a RevisitWish, by command or on a page
    Column("planned", Structure),  # the policy by which its articles are planned: ages in seconds, and requests a day
    Column("replanned_to", BigInteger),  # the last article planned anew by it; None: all are
    Column("visits", Float, nullable=False, server_default="0"),  # fading
    Column("changes", Float, nullable=False, server_default="0"),
)

revisit_days = Table(
    "revisit_days",
    metadata,
    Column("host", Words, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # days of UTC since 1970
    Column("requests", Integer, nullable=False),
    Index("ix_revisit_days_day", "day"),
    sqlite_with_rowid=False,
)

#: Candidates that are pending for a re-visit; a few dozen an outlet at most.
revisits_open = Table(
    "revisits_open",
    metadata,
    Column("candidate_id", ForeignKey(candidates.c.id), primary_key=True, autoincrement=False),
    Column("article_id", BigInteger, nullable=False),
    Column("outlet_key", String(80), nullable=False),
    Column("host", Words, nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("recrawl_id", BigInteger),  # None: by the standing policy
    Column("a_day", Integer),  # requests a host and day at most; None: it was ordered without a cap
    Index("ix_revisits_open_article", "article_id"),
)

revisits_made = Table(
    "revisits_made",
    metadata,
    Column("article_id", ForeignKey(articles.c.id), primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("reason", String(30), nullable=False),
    Column("detail", Words),
    Column("recrawl_id", BigInteger),
    sqlite_with_rowid=False,
)

#: Re-crawls that are worked on; the planner knows its index by this very text.
RUNNING = "state = 'running'"

recrawls = Table(
    "recrawls",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("words", Words, nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("articles", BigInteger, nullable=False),
    Column("outlet_keys", Structure, nullable=False),
    Column("is_capped", Boolean, nullable=False, server_default=false()),  # under the cap of re-visits
    Index("ix_recrawls_running", "id", sqlite_where=text(RUNNING), postgresql_where=text(RUNNING)),
)

_WAITING = "opened_at IS NULL AND reason IS NULL"
_UNFINISHED = "reason IS NULL"

recrawl_articles = Table(
    "recrawl_articles",
    metadata,
    Column("recrawl_id", ForeignKey(recrawls.c.id), primary_key=True),
    Column("article_id", BigInteger, primary_key=True),
    Column("outlet_key", String(80), nullable=False),
    Column("opened_at", Utc),
    Column("reason", String(30)),  # how it ended
    Column("finished_at", Utc),
    Index(
        "ix_recrawl_articles_waiting",
        "recrawl_id",
        "outlet_key",
        "article_id",
        sqlite_where=text(_WAITING),
        postgresql_where=text(_WAITING),
    ),
    Index(
        "ix_recrawl_articles_unfinished",
        "article_id",
        sqlite_where=text(_UNFINISHED),
        postgresql_where=text(_UNFINISHED),
    ),
    Index("ix_recrawl_articles_ended", "recrawl_id", "reason", "finished_at"),
    sqlite_with_rowid=False,
)

#: As the partial indexes say it, so that the planner knows them.
IS_WAITING = text("recrawl_articles.opened_at IS NULL AND recrawl_articles.reason IS NULL")
IS_UNFINISHED = text("recrawl_articles.reason IS NULL")
