"""Small facts about the store itself, by name."""

from __future__ import annotations

from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.sql.engine import reading, writing
from storage.sql.schema import notes


class SqlNotes:
    """Named values."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def get(self, name: str) -> str | None:
        """A value, None when it was never set."""
        with reading(self._engine) as connection:
            return connection.execute(select(notes.c.value).where(notes.c.name == name)).scalar()

    def set(self, name: str, value: str) -> None:
        """Sets a value."""
        insert = self._insert(notes).values(name=name, value=value)
        with writing(self._engine) as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def first(self, name: str, value: str) -> str:
        """The value, set to this one if it was never set; of several who ask at once, all get the same."""
        insert = self._insert(notes).values(name=name, value=value)
        with writing(self._engine) as connection:
            connection.execute(insert.on_conflict_do_nothing())
            return str(connection.execute(select(notes.c.value).where(notes.c.name == name)).scalar_one())
