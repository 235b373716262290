"""The standing order to delete what is old enough once a day, among the notes: there is one, or none."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, select

from storage.records import DailyRetention
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.notes import noted, set_note
from storage.sql.orders import event_of
from storage.sql.schema import notes

_ORDER, _RAN = "retention daily", "retention daily ran"
_DAY = timedelta(days=1)
#: Any number, the same in all versions: one process takes the turn.
_LOCK = 7_304_006


class SqlDailyRetentionBook:
    """Implements `storage.ports.DailyRetentionBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ordered(self) -> DailyRetention | None:
        """The order, None where there is none."""
        with reading(self._engine) as connection:
            value, ran = noted(connection, _ORDER), noted(connection, _RAN)
        if value is None:
            return None
        told = json.loads(value)
        return DailyRetention(
            by=told["by"],
            ordered_at=datetime.fromisoformat(told["at"]),
            default=tuple(told["default"]),
            outlets={key: tuple(days) for key, days in told["outlets"].items()},
            ran_at=datetime.fromisoformat(ran) if ran else None,
        )

    def order(self, wanted: DailyRetention) -> None:
        """Gives the order, in place of the one before; an event tells of it."""
        value = {
            "by": wanted.by,
            "at": wanted.ordered_at.isoformat(),
            "default": list(wanted.default),
            "outlets": {key: list(days) for key, days in wanted.outlets.items()},
        }
        with writing(self._engine) as connection:
            set_note(connection, _ORDER, json.dumps(value))
            told = {"default": value["default"], "outlets": value["outlets"]}
            append_events(connection, [event_of("delete daily", wanted.by, wanted.ordered_at, None, **told)])

    def end(self, by: str, now: datetime) -> bool:
        """Takes it back; False where there was none."""
        with writing(self._engine) as connection:
            was = noted(connection, _ORDER) is not None
            if was:
                connection.execute(delete(notes).where(notes.c.name == _ORDER))
                append_events(connection, [event_of("delete daily no more", by, now, None)])
        return was

    def take_turn(self, now: datetime) -> bool:
        """Whether it is time, and nobody else has taken this day's turn; see the port."""
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            ran = noted(connection, _RAN)
            if noted(connection, _ORDER) is None or (ran and now < datetime.fromisoformat(ran) + _DAY):
                return False
            set_note(connection, _RAN, now.isoformat())
        return True
