"""Small facts about the store itself, by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.sql.engine import reading, writing
from storage.sql.schema import notes


class SqlNotes:
    """Named values."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = _inserting(engine.dialect.name)

    def get(self, name: str) -> str | None:
        """A value, None when it was never set."""
        with reading(self._engine) as connection:
            return noted(connection, name)

    def set(self, name: str, value: str) -> None:
        """Sets a value."""
        with writing(self._engine) as connection:
            set_note(connection, name, value)

    def first(self, name: str, value: str) -> str:
        """The value, set to this one if it was never set; of several who ask at once, all get the same."""
        insert = self._insert(notes).values(name=name, value=value)
        with writing(self._engine) as connection:
            connection.execute(insert.on_conflict_do_nothing())
            return str(connection.execute(select(notes.c.value).where(notes.c.name == name)).scalar_one())


def noted(connection: Connection, name: str) -> str | None:
    """A value, None when it was never set."""
    return connection.execute(select(notes.c.value).where(notes.c.name == name)).scalar()


def set_note(connection: Connection, name: str, value: str) -> None:
    """Sets a value, in the transaction that is under way."""
    insert = _inserting(connection.dialect.name)(notes).values(name=name, value=value)
    connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def _inserting(dialect: str) -> Any:
    return sqlite.insert if dialect == "sqlite" else postgresql.insert
