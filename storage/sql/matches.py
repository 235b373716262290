"""Which articles answered which watchlists, in SQL.

Whoever writes matches locks the row of `match_state` first, so that of two that come at once the second sees what
the first has told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select, update

from storage.records import ArticleText, Event, EventKind, Found, Match, MatchKind, Sought, Wanted, WatchlistCount
from storage.sql.article_texts import article_text, texts_query
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.orders import BY_COMMAND
from storage.sql.schema import articles, revisions
from storage.sql.search_bound import searching
from storage.sql.search_walk import walk
from storage.sql.story_tables import story_articles
from storage.sql.watchlist_tables import match_state, matches, watchlists

#: Articles in one statement: databases take some thousands of values.
_ASKED_AT_ONCE = 500


class SqlMatchBook:
    """Implements `storage.ports.MatchBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ------------------------------------------------------------------------------- reading

    def cursor(self) -> int:
        """The last event that has been held against the watchlists."""
        with reading(self._engine) as connection:
            return int(connection.execute(select(match_state.c.cursor)).scalar_one())

    def texts(self, told: Sequence[Event]) -> list[ArticleText]:
        """The revisions that events tell of; see the port."""
        ids = sorted({event.article_id for event in told if event.article_id is not None})
        if not ids:
            return []
        query = texts_query().where(articles.c.id.in_(ids), revisions.c.seen_at.in_({event.at for event in told}))
        with reading(self._engine) as connection:
            rows = {(row.id, row.seen_at): row for row in connection.execute(query)}
        found = ((event, rows.get((event.article_id, event.at))) for event in told)
        return [article_text(row, event.seq) for event, row in found if row is not None]

    def past(
        self, *, since: datetime, until: datetime, before_id: int | None, limit: int, wanted: Wanted | None = None
    ) -> list[ArticleText]:
        """The newest revisions of articles first seen in a time; see the port."""
        sought = Sought(wanted=wanted, found_since=since, found_until=until)
        newest = revisions.c.number == articles.c.revision_count
        with searching(self._engine) as connection:
            ids = [hit.id for hit in walk(connection, sought, most=limit, before_id=before_id).hits]
            query = texts_query().where(newest, articles.c.id.in_(ids)).order_by(articles.c.id.desc())
            return [article_text(row, 0) for row in connection.execute(query)]

    def matches(self, watchlist_id: int, limit: int, before_id: int | None = None) -> list[Match]:
        """What is told of a watchlist, newest first."""
        query = select(matches).where(matches.c.watchlist_id == watchlist_id, matches.c.is_told)
        if before_id is not None:
            query = query.where(matches.c.id < before_id)
        with reading(self._engine) as connection:
            return [_match(row) for row in connection.execute(query.order_by(matches.c.id.desc()).limit(limit))]

    def appended(self, watchlist_id: int, lead_article_ids: Sequence[int]) -> Mapping[int, list[Match]]:
        """Copies by the article that was told first."""
        query = select(matches).where(
            matches.c.lead_article_id.in_(list(lead_article_ids)), matches.c.watchlist_id == watchlist_id
        )
        found: dict[int, list[Match]] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query.order_by(matches.c.id)):
                found.setdefault(row.lead_article_id, []).append(_match(row))
        return found

    def matches_of(self, article_id: int, limit: int | None = None, after_id: int = 0) -> list[Match]:
        """Matches of one article by id; `after_id` goes on."""
        own = select(matches).where(matches.c.article_id == article_id, matches.c.id > after_id)
        query = own.order_by(matches.c.id).limit(limit)
        with reading(self._engine) as connection:
            return [_match(row) for row in connection.execute(query)]

    def answered(self, article_ids: Collection[int]) -> Mapping[int, Mapping[int, int]]:
        """The watchlists that articles answer; see the port."""
        found: dict[int, dict[int, int]] = {}
        query = select(matches.c.article_id, matches.c.watchlist_id, matches.c.revision)
        ids = sorted(article_ids)
        with reading(self._engine) as connection:
            for begin in range(0, len(ids), _ASKED_AT_ONCE):
                some = ids[begin : begin + _ASKED_AT_ONCE]
                for row in connection.execute(query.where(matches.c.article_id.in_(some))):
                    found.setdefault(row.article_id, {})[row.watchlist_id] = row.revision
        return found

    def counts(self, watchlist_id: int | None = None) -> Mapping[int, WatchlistCount]:
        """How much each watchlist has found."""
        leads = func.count().filter(matches.c.lead_article_id.is_(None))
        query = select(
            matches.c.watchlist_id,
            leads,
            func.count(),
            func.max(matches.c.matched_at),
        ).group_by(matches.c.watchlist_id)
        if watchlist_id is not None:
            query = query.where(matches.c.watchlist_id == watchlist_id)
        with reading(self._engine) as connection:
            return {
                number: WatchlistCount(stories=stories, articles=count, newest_at=newest)
                for number, stories, count, newest in connection.execute(query)
            }

    # ------------------------------------------------------------------------------- writing

    def record(self, found: Sequence[Found], *, after: int, upto: int, now: datetime) -> bool:
        """Stores matches and moves the cursor; see the port."""
        move = update(match_state).where(match_state.c.cursor == after).values(cursor=upto)
        with writing(self._engine) as connection:
            if not connection.execute(move).rowcount:
                return False
            _Recording(connection, now).run(found)
            return True

    def record_past(self, found: Sequence[Found], now: datetime, by: str = BY_COMMAND) -> int:
        """Stores matches of the past; see the port."""
        with writing(self._engine) as connection:
            connection.execute(update(match_state).values(cursor=match_state.c.cursor))
            return _Recording(connection, now, past_by=by).run(found)


@dataclass
class _Recording:
    """One transaction's matches: what is known is read, all is decided in memory, and written at once."""

    connection: Connection
    now: datetime
    past_by: str | None = None  # who asked for the past; None: it is news
    known: set[tuple[int, int]] = field(default_factory=set)  # (watchlist, article) that matched
    leads: dict[tuple[int, int], int] = field(default_factory=dict)  # by (watchlist, story): the article told first

    def run(self, found: Sequence[Found]) -> int:
        wanted = {number for each in found for number in each.watchlists}
        if not wanted:
            return 0
        asked = select(watchlists).where(watchlists.c.id.in_(sorted(wanted)))
        if self.connection.dialect.name == "postgresql":
            asked = asked.order_by(watchlists.c.id).with_for_update(key_share=True, read=True)
        lists = {row.id: row for row in self.connection.execute(asked)}
        ids = sorted({each.article_id for each in found})
        stories = self._read(ids)
        rows = []
        for each in found:
            for number in each.watchlists:
                if number in lists and (number, each.article_id) not in self.known:
                    self.known.add((number, each.article_id))
                    rows.append(self._decide(each, lists[number], stories.get(each.article_id)))
        if rows:
            self.connection.execute(matches.insert(), rows)
            outlet_of = {each.article_id: each.outlet_key for each in found}
            append_events(
                self.connection,
                [self._event(row, lists[row["watchlist_id"]], outlet_of[row["article_id"]]) for row in rows],
            )
        return len(rows)

    def _read(self, article_ids: Sequence[int]) -> Mapping[int, int]:
        """Stories by article; fills what is known of both."""
        own = select(story_articles.c.article_id, story_articles.c.story_id).where(
            story_articles.c.article_id.in_(article_ids), story_articles.c.story_id.is_not(None)
        )
        stories: dict[int, int] = {row.article_id: row.story_id for row in self.connection.execute(own)}
        before = select(matches.c.watchlist_id, matches.c.article_id).where(matches.c.article_id.in_(article_ids))
        self.known = {(row.watchlist_id, row.article_id) for row in self.connection.execute(before)}
        if stories:
            lead = func.coalesce(matches.c.lead_article_id, matches.c.article_id).label("lead")
            told = (
                select(matches.c.watchlist_id, story_articles.c.story_id, lead)
                .join(matches, matches.c.article_id == story_articles.c.article_id)
                .where(story_articles.c.story_id.in_(sorted(set(stories.values()))))
                .order_by(matches.c.id)
            )
            for row in self.connection.execute(told):
                self.leads.setdefault((row.watchlist_id, row.story_id), row.lead)
        return stories

    def _decide(self, each: Found, watchlist: Row[Any], story_id: int | None) -> dict[str, Any]:
        lead = None
        if story_id is not None:
            lead = self.leads.setdefault((watchlist.id, story_id), each.article_id)
        is_copy = lead not in (None, each.article_id)
        kind = MatchKind.REVISED if each.revision > 1 else MatchKind.NEW
        kind = MatchKind.PAST if self.past_by else MatchKind.COPY if is_copy else kind
        return {
            "watchlist_id": watchlist.id,
            "article_id": each.article_id,
            "revision": each.revision,
            "kind": kind.value,
            "is_told": not is_copy or watchlist.tells_copies or each.outlet_key in watchlist.copy_outlets,
            "lead_article_id": lead if is_copy else None,
            "story_id": story_id,
            "matched_at": self.now,
        }

    def _event(self, row: Mapping[str, Any], watchlist: Row[Any], outlet_key: str) -> dict[str, Any]:
        kind = EventKind.WATCHLIST_MATCHED if row["is_told"] else EventKind.WATCHLIST_APPENDED
        told = {
            "watchlist": row["watchlist_id"],
            "name": watchlist.name,
            "as": row["kind"],
            "revision": row["revision"],
            "story": row["story_id"],
            "lead": row["lead_article_id"],
            **({"by": self.past_by} if self.past_by else {}),
        }
        return {
            "at": row["matched_at"],
            "kind": kind.value,
            "outlet_key": outlet_key,
            "article_id": row["article_id"],
            "payload": told,
        }


def _match(row: Row[Any]) -> Match:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)
    return Match(**values | {"kind": MatchKind(row.kind)})
