"""Lines of each outlet's newest articles, by which the crawler learns what an outlet repeats.

One row an article, written with it: the marks of its lines (`crawler.extract.repeats`) as 8 bytes each. Rows of older
articles than the newest 200 of an outlet are deleted with the next that comes, so an outlet costs at most 200 rows
of a few hundred bytes, however many articles it has.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.sql.engine import reading
from storage.sql.schema import article_lines

#: Articles of an outlet whose lines are kept.
KEPT = 200
_MARK_BYTES = 8


class SqlLineBook:
    """Implements `storage.ports.LineBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lines_of(self, outlet_key: str) -> list[tuple[int, ...]]:
        """Marks of the lines of an outlet's newest articles, newest first."""
        query = select(article_lines.c.marks).where(article_lines.c.outlet_key == outlet_key)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(article_lines.c.article_id.desc()).limit(KEPT)).scalars()
            return [unpacked(marks) for marks in rows]


def write_lines(connection: Connection, found: Iterable[tuple[int, str, tuple[int, ...]]]) -> None:
    """Keeps (article id, outlet key, marks), in place of what is kept of these articles, and forgets the oldest."""
    kept = [(article_id, key, marks) for article_id, key, marks in sorted(found) if marks]
    rows = [{"article_id": article_id, "outlet_key": key, "marks": packed(marks)} for article_id, key, marks in kept]
    if not rows:
        return
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    add = insert(article_lines)
    connection.execute(
        add.on_conflict_do_update(index_elements=["article_id"], set_={"marks": add.excluded.marks}), rows
    )
    connection.execute(_FORGET, [{"outlet": key} for key in sorted({key for _, key, _ in kept})])


def packed(marks: tuple[int, ...]) -> bytes:
    """Marks as bytes, eight each."""
    return struct.pack(f"<{len(marks)}q", *marks)


def unpacked(marks: bytes) -> tuple[int, ...]:
    """The marks again."""
    return struct.unpack(f"<{len(marks) // _MARK_BYTES}q", marks)


_OF_OUTLET = article_lines.c.outlet_key == bindparam("outlet")
_OLDEST_KEPT = (
    select(article_lines.c.article_id)
    .where(_OF_OUTLET)
    .order_by(article_lines.c.article_id.desc())
    .limit(1)
    .offset(KEPT - 1)
    .scalar_subquery()
)
_OLDER = (
    select(article_lines.c.article_id)
    .where(_OF_OUTLET, article_lines.c.article_id < _OLDEST_KEPT)
    .order_by(article_lines.c.article_id)
    .with_for_update(skip_locked=True)  # another batch of this outlet may be at it: neither waits
)
_FORGET = delete(article_lines).where(article_lines.c.article_id.in_(_OLDER))
