"""Ends the history of what was done: visits, deliveries and the ledger of requests, past a certain age.

What outlets published is no history of that kind: articles, revisions, captures and events stay for ever.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Delete, Engine, delete, exists, select

from storage.sql.channel_tables import deliveries
from storage.sql.engine import writing
from storage.sql.host_tables import host_traffic
from storage.sql.revisit_tables import revisit_days
from storage.sql.schema import sources, visits
from storage.sql.tallies import day_of

#: Rows a transaction, so that nobody waits long for a writer.
CHUNK = 2_000


class SqlRetention:
    """Implements `storage.ports.Retention`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def prune(self, before: datetime) -> int:
        """Deletes up to CHUNK rows of each kind that ended before; see the port."""
        with writing(self._engine) as connection:
            return sum(
                connection.execute(statement).rowcount
                for statement in (
                    _old_visits(before),
                    _old_deliveries(before),
                    *_old_traffic(connection, before),
                    delete(revisit_days).where(revisit_days.c.day < day_of(before)),
                )
            )


def _old_visits(before: datetime) -> Delete:
    """All but the newest visit of a source, and the one that tells why it fails."""
    newer = visits.alias()
    has_newer = exists().where(newer.c.source_id == visits.c.source_id, newer.c.id > visits.c.id)
    tells_why = exists().where(sources.c.id == visits.c.source_id, sources.c.failed_visit_id == visits.c.id)
    old = select(visits.c.id).where(visits.c.finished_at < before, has_newer, ~tells_why)
    return delete(visits).where(visits.c.id.in_(old.order_by(visits.c.finished_at).limit(CHUNK)))


def _old_deliveries(before: datetime) -> Delete:
    old = select(deliveries.c.id).where(deliveries.c.ended_at < before).order_by(deliveries.c.ended_at).limit(CHUNK)
    return delete(deliveries).where(deliveries.c.id.in_(old))


def _old_traffic(connection: Connection, before: datetime) -> list[Delete]:
    """The oldest hour at a time: it has a row for each host at most."""
    oldest = select(host_traffic.c.hour).where(host_traffic.c.hour < before).order_by(host_traffic.c.hour).limit(1)
    hour = connection.execute(oldest).scalar()
    return [] if hour is None else [delete(host_traffic).where(host_traffic.c.hour == hour)]
