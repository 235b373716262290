"""The event log in SQL.

Events are written in the transaction of what they tell of. A reader with a cursor misses none, since numbers
become visible in their order: SQLite has one writer at a time, and on PostgreSQL a writer takes a lock, held
until its commit, before it draws numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text

from storage.records import Event, EventKind
from storage.sql.engine import reading
from storage.sql.schema import events, notes

#: Any number, the same in all versions, that nothing else locks.
_EVENTS_LOCK = 7_304_001
#: The note that tells up to which number old events were deleted.
DELETED_UPTO = "events deleted up to"


def append_events(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Appends events (columns of `events` but for `seq`). To be called last in a transaction."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _EVENTS_LOCK})
    connection.execute(events.insert(), list(rows))


class SqlEventLog:
    """Implements `storage.ports.EventLog`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def since(self, seq: int, limit: int) -> list[Event]:
        """Events after `seq`, in order."""
        query = select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
        with reading(self._engine) as connection:
            return [
                Event(
                    seq=row.seq,
                    at=row.at,
                    kind=EventKind(row.kind),
                    outlet_key=row.outlet_key,
                    article_id=row.article_id,
                    payload=row.payload,
                )
                for row in connection.execute(query)
            ]

    def begins_after(self) -> int:
        """The number up to which old events were deleted."""
        with reading(self._engine) as connection:
            found = connection.execute(select(notes.c.value).where(notes.c.name == DELETED_UPTO)).scalar()
        return int(found or 0)

    def last_seq(self) -> int:
        """The number of the newest event, 0 when there is none."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.max(events.c.seq))).scalar() or 0
