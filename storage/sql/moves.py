"""Moves of sources, accepted by an operator and taken back, in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select, update

from storage.errors import NotMoved
from storage.records import MOVED_AFTER, SourceState
from storage.sql.engine import writing
from storage.sql.events import append_events
from storage.sql.orders import BY_COMMAND, order_event
from storage.sql.schema import sources

#: A source is as if it had just been well; what it says of a move counts from nothing.
_ANEW = {"moved_to": None, "moved_answers": 0, "is_gone": False}
_WELL = {"state": SourceState.OK.value, "cause": "ok", "sentence": "as expected"}


class SqlMoveBook:
    """Implements `storage.ports.MoveBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accept(self, source_id: int, now: datetime, by: str = BY_COMMAND) -> str:
        """Makes where a source has moved to its own address; see the port."""
        has_moved = (sources.c.moved_to.is_not(None), sources.c.moved_answers >= MOVED_AFTER)
        with writing(self._engine) as connection:
            own = select(sources).where(sources.c.id == source_id).with_for_update(key_share=True)
            row = connection.execute(own.where(*has_moved)).first()
            if row is None:
                raise NotMoved(f"source {source_id} has not moved for good, so there is nothing to accept")
            is_moved_state = row.state == SourceState.MOVED.value
            values = {**_ANEW, **(_WELL | {"state_since": now} if is_moved_state else {}), "accepted_url": row.moved_to}
            connection.execute(update(sources).where(sources.c.id == source_id).values(**values))
            told = {"from": row.accepted_url or row.url, "to": row.moved_to}
            append_events(connection, [order_event(connection, source_id, "accept-move", by, now, **told)])
        return str(row.moved_to)

    def take_back(self, source_id: int, now: datetime, by: str = BY_COMMAND) -> str:
        """Makes the address that its outlet names its own again; see the port."""
        with writing(self._engine) as connection:
            own = select(sources).where(sources.c.id == source_id).with_for_update(key_share=True)
            row = connection.execute(own.where(sources.c.accepted_url.is_not(None))).first()
            if row is None:
                raise NotMoved(f"no move of source {source_id} was accepted, so there is nothing to take back")
            values = {**_ANEW, "accepted_url": None}
            connection.execute(update(sources).where(sources.c.id == source_id).values(**values))
            told = {"from": row.accepted_url, "to": row.url}
            append_events(connection, [order_event(connection, source_id, "take-back-move", by, now, **told)])
        return str(row.url)
