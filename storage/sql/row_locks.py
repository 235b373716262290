"""Rows locked in one order, so that no two writers wait for each other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, String, select


def locked(connection: Connection, key: ColumnElement[Any], *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Those of these rows that the statement with this clause locks by their key before it changes them.

    A row that comes to fit while the statement waits for a lock is left alone: it would be locked out of its order.
    Texts are ordered by their bytes, as Python sorts them, whatever collation the database has. SQLite has one
    writer anyway.
    """
    bytewise = "BINARY" if connection.dialect.name == "sqlite" else "C"
    order = key.collate(bytewise) if isinstance(key.type, String) else key
    rows = select(key).where(*where).order_by(order).with_for_update().subquery()
    return key.in_(select(rows.c[0]))
