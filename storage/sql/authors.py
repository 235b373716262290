"""Authors and their articles, in SQL: walks along the primary key, newest first, and no further than told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.authors import author_key
from storage.records import AuthorCount, Spelling
from storage.sql.byline_tables import bylines
from storage.sql.engine import reading

#: Articles of one key that are counted.
MOST_COUNTED = 5_000

Named = tuple[int, str, Sequence[str]]  # id and outlet of an article, and its authors


class SqlAuthorBook:
    """Implements `storage.ports.AuthorBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, keys: Sequence[str]) -> AuthorCount:
        """How often names with these keys stand over articles."""
        counted: Counter[tuple[str, str]] = Counter()
        found: set[int] = set()
        is_whole = True
        with reading(self._engine) as connection:
            for key in keys:
                newest = select(bylines).where(bylines.c.key == key).order_by(bylines.c.article_id.desc())
                rows = connection.execute(newest.limit(MOST_COUNTED + 1)).all()
                is_whole = is_whole and len(rows) <= MOST_COUNTED
                counted.update((row.name, row.outlet_key) for row in rows[:MOST_COUNTED])
                found.update(row.article_id for row in rows[:MOST_COUNTED])
        in_order = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
        spellings = tuple(Spelling(name=name, outlet_key=outlet, articles=n) for (name, outlet), n in in_order)
        return AuthorCount(spellings=spellings, articles=len(found), is_whole=is_whole)

    def article_ids(self, keys: Sequence[str], limit: int, before_id: int | None = None) -> list[int]:
        """Articles by authors with these keys, newest first by id."""
        found: set[int] = set()
        with reading(self._engine) as connection:
            for key in keys:
                own = select(bylines.c.article_id).where(bylines.c.key == key)
                own = own if before_id is None else own.where(bylines.c.article_id < before_id)
                found.update(connection.execute(own.order_by(bylines.c.article_id.desc()).limit(limit)).scalars())
        return sorted(found, reverse=True)[:limit]


def write_bylines(connection: Connection, found: Iterable[Named], known: Sequence[int]) -> None:
    """Keeps the bylines of newest revisions; of articles in `known` in place of what is kept."""
    if known:
        connection.execute(delete(bylines).where(bylines.c.article_id.in_(sorted(known))))
    rows = byline_rows(found)
    if rows:
        insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(insert(bylines).on_conflict_do_nothing(), rows)


def byline_rows(found: Iterable[Named]) -> list[Mapping[str, Any]]:
    """Rows of the table in the order of their keys; a name without a letter has none."""
    rows = {
        (key, article_id): {"key": key, "article_id": article_id, "name": name, "outlet_key": outlet_key}
        for article_id, outlet_key, names in found
        for name in reversed(names)  # the first spelling stays where an article has two
        if (key := author_key(name))
    }
    return [rows[place] for place in sorted(rows)]
