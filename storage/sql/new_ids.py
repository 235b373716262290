"""Ids for rows that are about to be written, known before they are: what refers to them need not wait for an answer."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select, text


def new_ids(connection: Connection, table: Table, count: int) -> list[int]:
    """So many ids that no row of the table has, in order, in a transaction that writes.

    On PostgreSQL they are of the sequence from which rows without an id get theirs; in SQLite those that it would give
    out itself, to its one writer.
    """
    if count == 0:
        return []
    if connection.dialect.name == "postgresql":
        drawn = connection.execute(_DRAW, {"table": table.name, "count": count})
        return sorted(drawn.scalars())
    newest = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    return list(range(newest + 1, newest + 1 + count))


_DRAW = text(
    "SELECT nextval(sequence) FROM pg_get_serial_sequence(:table, 'id') AS sequence, generate_series(1, :count)"
)
