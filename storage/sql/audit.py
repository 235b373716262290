"""The audit log in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update

from storage.records import AuditEntry
from storage.sql.engine import reading, writing
from storage.sql.user_tables import audit_log

_MOST_CHARS = 500  # of what a change was about


class SqlAuditLog:
    """Implements `storage.ports.AuditLog`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, *, who: str, address: str | None, what: str, about: str, now: datetime) -> int:
        """Notes what is about to be done; the number of the entry."""
        row = audit_row(who=who, address=address, what=what, about=about, now=now)
        with writing(self._engine) as connection:
            return int(connection.execute(audit_log.insert().values(row).returning(audit_log.c.id)).scalar_one())

    def end(self, entry_id: int, outcome: str) -> None:
        """Notes how it ended."""
        with writing(self._engine) as connection:
            connection.execute(update(audit_log).where(audit_log.c.id == entry_id).values(outcome=outcome))

    def entries(self, limit: int, before_id: int | None = None, who: str | None = None) -> list[AuditEntry]:
        """The newest entries, newest first; `before_id` goes on."""
        query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
        if before_id is not None:
            query = query.where(audit_log.c.id < before_id)
        if who is not None:
            query = query.where(audit_log.c.who == who)
        with reading(self._engine) as connection:
            return [AuditEntry(**row) for row in connection.execute(query).mappings()]


def audit_row(
    *, who: str, address: str | None, what: str, about: str, now: datetime, outcome: str | None = None
) -> dict[str, Any]:
    """A row of the log; what it is about is cut where it is very long."""
    return {
        "at": now,
        "who": who,
        "address": address,
        "what": what,
        "about": about[:_MOST_CHARS],
        "outcome": outcome,
    }
