"""Captured bodies that no retention rule may delete, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import Pin
from storage.sql.change_tables import pins
from storage.sql.engine import reading, writing

_CHUNK = 500


class SqlPinBook:
    """Implements `storage.ports.PinBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def pin(self, pins: Iterable[Pin]) -> None:
        """Adds pins; one that is there stays as it is."""
        with writing(self._engine) as connection:
            add_pins(connection, pins)

    def unpin(self, digest: str, reason: str) -> bool:
        """Takes one reason away; False where it was not there."""
        with writing(self._engine) as connection:
            gone = delete(pins).where(pins.c.digest == digest, pins.c.reason == reason)
            return connection.execute(gone).rowcount > 0

    def pinned(self, digests: Collection[str]) -> set[str]:
        """Those of these bodies that are pinned for any reason."""
        wanted, found = sorted(digests), set[str]()
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), _CHUNK):
                statement = select(pins.c.digest).where(pins.c.digest.in_(wanted[start : start + _CHUNK]))
                found.update(connection.execute(statement).scalars())
        return found


def add_pins(connection: Connection, made: Iterable[Pin]) -> None:
    """Adds pins within a transaction."""
    rows: list[dict[str, Any]] = [
        {"digest": pin.digest, "reason": pin.reason, "since": pin.since, "article_id": pin.article_id}
        for pin in sorted(made, key=lambda pin: (pin.digest, pin.reason))
    ]
    if rows:
        add = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(add(pins).on_conflict_do_nothing(), rows)
