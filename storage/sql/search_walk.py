"""Going through what a search finds, newest first, as each database does it well.

FTS5 gives what it finds in the order of its ids, as slowly as it is asked for more. PostgreSQL's index gives all it
finds at once, which for a common word are half of all articles: it is therefore asked for the newest blocks of ids
first, whose names are indexed as words are, and for older and larger ones until there is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, func, select, text

from storage.records import Sought, Wanted, WantedAll, WantedFact
from storage.search.facts import EVERY, day_facts
from storage.search.fts5 import fts5_query
from storage.search.tsquery import asks_for_places, blocks_query, tsquery
from storage.search.tsvector import COARSE_BITS, FINE_BITS, MIDDLE_BITS
from storage.sql.metadata import Utc
from storage.sql.schema import articles

#: Ranges of PostgreSQL, the newest first; the last kind goes on to the oldest.
_RANGES = (FINE_BITS, MIDDLE_BITS, MIDDLE_BITS)
#: Where places must be looked at one by one, no more ranges are gone through for a count alone.
_COUNTED_RANGES = 2

_COLUMNS = (
    "SELECT articles.id, articles.outlet_key, articles.language, "
    "coalesce(articles.dated_at, articles.first_seen_at) / 86400000000 "
)
#: CROSS JOIN keeps the planner from beginning with the articles.
_FTS5 = (
    _COLUMNS + "FROM search_words CROSS JOIN articles ON articles.id = search_words.rowid "
    "WHERE search_words MATCH :asked AND search_words.rowid < :start AND search_words.rowid >= :bottom "
    "{where} ORDER BY search_words.rowid DESC LIMIT :most"
)
_FOUND = (
    "WITH found AS MATERIALIZED (SELECT article_id FROM search_words WHERE words @@ CAST(:asked AS tsquery) "
    "AND article_id < :start AND article_id >= :bottom)"
)
#: Which are the newest is known before anything of them is read.
_BLOCKS = (
    _FOUND  # noqa: S608 (constants)
    + ", newest AS MATERIALIZED (SELECT article_id FROM found ORDER BY article_id DESC LIMIT :most) "
    + _COLUMNS
    + "FROM newest JOIN articles ON articles.id = newest.article_id ORDER BY articles.id DESC"
)
_BLOCKS_OF_ARTICLES = (
    _FOUND + _COLUMNS + "FROM found JOIN articles ON articles.id = found.article_id "
    "WHERE true {where} ORDER BY articles.id DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a search finds."""

    id: int
    outlet_key: str
    language: str | None
    day: int  # it is dated, as days since 1970, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What was found, newest first, and how far that went."""

    hits: list[Hit]
    floor: int  # no article with a greater id was left out
    is_whole: bool


def whole_of(sought: Sought) -> Wanted:
    """What the index is asked: words and facts, also those that the time asked for brings."""
    days = day_facts(sought.since, sought.until)
    parts = [part for part in (sought.wanted, WantedFact(names=days) if days else None) if part is not None]
    if not parts:
        return WantedFact(names=(EVERY,))
    return parts[0] if len(parts) == 1 else WantedAll(parts=tuple(parts))


def walk(
    connection: Connection, sought: Sought, *, most: int, before_id: int | None = None, least: int | None = None
) -> Walk:
    """The newest `most` hits with ids below `before_id`; where to go on is dear, perhaps only `least` of them."""
    top = int(connection.execute(select(func.coalesce(func.max(articles.c.id), 0))).scalar_one())
    start = min(before_id or top + 1, top + 1)
    bottom = _bottom(connection, sought)
    if start <= bottom:
        return Walk(hits=[], floor=bottom, is_whole=True)
    if connection.dialect.name == "sqlite":
        return _walk_fts5(connection, sought, start, bottom, most)
    return _walk_blocks(connection, sought, range(bottom, start), most, most if least is None else least)


def _bottom(connection: Connection, sought: Sought) -> int:
    """No article with a lesser id was first seen since then: else all of a common word's would be looked at."""
    if sought.found_since is None:
        return 0
    of_that_time = select(articles.c.id).where(articles.c.first_seen_at >= sought.found_since)
    fenced = of_that_time.order_by(articles.c.first_seen_at).offset(0).subquery()
    found = connection.execute(select(func.min(fenced.c.id))).scalar()
    return (
        int(found) if found is not None else int(connection.execute(select(func.max(articles.c.id))).scalar() or 0) + 1
    )


# ------------------------------------------------------------------------------------- SQLite


def _walk_fts5(connection: Connection, sought: Sought, start: int, bottom: int, most: int) -> Walk:
    where, values = _conditions(sought)
    asked = {"asked": fts5_query(whole_of(sought)), "start": start, "bottom": bottom, "most": most + 1}
    hits = _hits(connection, _typed(_FTS5.format(where=where), values), {**asked, **values})
    is_whole = len(hits) <= most
    return Walk(hits=hits[:most], floor=bottom if is_whole else hits[most - 1].id, is_whole=is_whole)


# --------------------------------------------------------------------------------- PostgreSQL


def _walk_blocks(connection: Connection, sought: Sought, ids: range, most: int, least: int) -> Walk:
    wanted = whole_of(sought)
    asked, is_dear = tsquery(wanted), asks_for_places(wanted)
    where, values = _conditions(sought)
    statement = _typed(_BLOCKS_OF_ARTICLES.format(where=where) if where else _BLOCKS, values)
    connection.execute(text("SET LOCAL enable_seqscan = off"))  # its guess at words that it has no figures of is wild
    hits: list[Hit] = []
    bottom = floor = ids.start
    for number, (floor, until, blocks) in enumerate(_ranges(ids), start=1):
        given = {"asked": f"{blocks} & {asked}", "start": until, "bottom": floor, "most": most - len(hits) + 1}
        hits += _hits(connection, statement, {**given, **values})
        is_enough = is_dear and number >= _COUNTED_RANGES and len(hits) >= least
        if floor > bottom and (len(hits) > most or is_enough):
            break
    is_whole = floor <= bottom and len(hits) <= most
    return Walk(hits=hits[:most], floor=floor if len(hits) <= most else hits[most - 1].id, is_whole=is_whole)


def _ranges(ids: range) -> Iterator[tuple[int, int, str]]:
    """Ids from one up to another, with the blocks that hold them; two blocks, as the newest one may just have begun."""
    sizes = iter(_RANGES)
    until, bottom = ids.stop, ids.start
    while until > bottom:
        bits = next(sizes, COARSE_BITS)
        last = (until - 1) >> bits
        first = max(last - 1, 0)
        floor = max(first << bits, bottom)
        yield floor, until, blocks_query(bits, first, last)
        until = floor


# --------------------------------------------------------------------------------------- both


def _conditions(sought: Sought) -> tuple[str, Mapping[str, Any]]:
    """What the index does not know, on the rows of articles."""
    dated, seen = "coalesce(articles.dated_at, articles.first_seen_at)", "articles.first_seen_at"
    asked = (
        (f"{dated} >= :since", "since", sought.since),
        (f"{dated} < :until", "until", sought.until),
        (f"{seen} >= :found_since", "found_since", sought.found_since),
        (f"{seen} < :found_until", "found_until", sought.found_until),
    )
    where = "".join(f" AND {condition}" for condition, _, value in asked if value is not None)
    where += " AND coalesce(articles.is_news, false)" if sought.is_news else ""
    return where, {name: value for _, name, value in asked if value is not None}


def _typed(statement: str, values: Mapping[str, Any]) -> TextClause:
    return text(statement).bindparams(*(bindparam(name, type_=Utc) for name in values))


def _hits(connection: Connection, statement: TextClause, values: Mapping[str, Any]) -> list[Hit]:
    return [Hit(*row) for row in connection.execute(statement, values)]
