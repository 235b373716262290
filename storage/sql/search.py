"""Full-text search in SQL: what is found, newest first or by rank, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, func, select, text

from storage.records import ArticleText, Sought, Tally, Wanted
from storage.search.fts5 import fts5_query
from storage.search.tsquery import words_query
from storage.sql.article_texts import article_text, texts_query
from storage.sql.engine import reading
from storage.sql.schema import articles, outlets, revisions
from storage.sql.search_bound import MOST_S, searching
from storage.sql.search_walk import walk, whole_of

#: So many articles are counted at most: about 50 ms.
MOST_COUNTED = 5_000
#: So many of the newest are ranked at most.
MOST_RANKED = 2_000
#: Where looking further would be dear, so many are enough; the same for all pages, else they would not fit together.
_LEAST_RANKED = 300
_EPOCH = date(1970, 1, 1)


class SqlSearchBook:
    """Implements `storage.ports.SearchBook`; a search that takes longer than `most_s` seconds is ended."""

    def __init__(self, engine: Engine, most_s: float = MOST_S) -> None:
        self._engine = engine
        self._most_s = most_s

    def newest(self, sought: Sought, *, limit: int, before_id: int | None = None) -> list[int]:
        """Ids of what is found, newest first."""
        with searching(self._engine, self._most_s) as connection:
            return [hit.id for hit in walk(connection, sought, most=limit, before_id=before_id).hits]

    def tally(self, sought: Sought, *, newest: int, most: int = MOST_COUNTED) -> Tally:
        """What is found, counted; see the port."""
        with searching(self._engine, self._most_s) as connection:
            found = walk(connection, sought, most=most, least=newest)
            top = 0 if found.is_whole else int(connection.execute(select(func.max(articles.c.id))).scalar_one())
        count = len(found.hits)
        days = Counter(hit.day for hit in found.hits)
        return Tally(
            newest=tuple(hit.id for hit in found.hits[:newest]),
            count=count,
            is_whole=found.is_whole,
            estimate=count if found.is_whole else max(count, count * top // (top - found.floor + 1)),
            outlets=Counter(hit.outlet_key for hit in found.hits),
            languages=Counter(hit.language for hit in found.hits),
            days={_EPOCH + timedelta(days=day): number for day, number in sorted(days.items())},
        )

    def ranked(self, sought: Sought, *, limit: int, offset: int = 0) -> list[int]:
        """Ids of what is found, the best first, among the newest `MOST_RANKED`."""
        with searching(self._engine, self._most_s) as connection:
            ids = [hit.id for hit in walk(connection, sought, most=MOST_RANKED, least=_LEAST_RANKED).hits]
            return _ranked(connection, whole_of(sought), ids)[offset : offset + limit]

    def texts(self, article_ids: Sequence[int]) -> list[ArticleText]:
        """The newest revisions of articles, in this order."""
        query = texts_query().where(
            revisions.c.number == articles.c.revision_count, articles.c.id.in_(list(article_ids))
        )
        with reading(self._engine) as connection:
            found = {row.id: article_text(row, 0) for row in connection.execute(query)}
        return [found[number] for number in article_ids if number in found]

    def outlets_in(self, country: str) -> list[str]:
        """Keys of all outlets of a country, also of those that were removed."""
        query = select(outlets.c.key).where(outlets.c.spec["country"].as_string() == country)
        with reading(self._engine) as connection:
            return sorted(connection.execute(query).scalars())


def _ranked(connection: Connection, wanted: Wanted, ids: list[int]) -> list[int]:
    words = words_query(wanted)
    if not ids or words is None:
        return ids
    if connection.dialect.name == "sqlite":
        asked = {"asked": fts5_query(wanted), "first": ids[-1], "last": ids[0]}
        rows = connection.execute(_BM25, asked)
    else:
        rows = connection.execute(_TS_RANK, {"ids": ids, "asked": words})
    scores: dict[int, float] = {number: score for number, score in rows}  # noqa: C416 (mypy needs it spelled out)
    return sorted(ids, key=lambda number: (scores.get(number, 0.0), -number))


#: A word of the headline counts ten times as much as one of the text, one of the byline four times. The best is least.
_BM25 = text(
    "SELECT rowid, bm25(search_words, 10.0, 4.0, 1.0, 0.0) FROM search_words "
    "WHERE search_words MATCH :asked AND rowid BETWEEN :first AND :last"
)
_TS_RANK = text(
    "SELECT article_id, -ts_rank('{0, 0.1, 0.4, 1.0}', words, CAST(:asked AS tsquery), 1) FROM search_words "
    "WHERE article_id = ANY(:ids)"
)
