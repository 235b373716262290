"""Ends the history of what was done: visits, deliveries, the ledger of requests and events, past a certain age.

What outlets published is no history of that kind: `storage.sql.retaining` deletes it where that is ordered.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Delete, Engine, cast, delete, exists, func, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import EventKind, Pruned
from storage.sql.channel_tables import channels, deliveries
from storage.sql.engine import reading, writing
from storage.sql.events import DELETED_UPTO
from storage.sql.host_tables import host_traffic
from storage.sql.revisit_plans import CURSOR_NOTE
from storage.sql.revisit_tables import revisit_days
from storage.sql.schema import events, notes, sources, visits
from storage.sql.story_tables import story_state
from storage.sql.tallies import day_of
from storage.sql.watchlist_tables import match_state

#: Rows a transaction, so that nobody waits long for a writer.
CHUNK = 2_000
#: What people ordered and changed stays for ever: it tells who did what, and is little.
_STAYING = (
    EventKind.ORDER_GIVEN.value,
    EventKind.OUTLET_CHANGED.value,
    EventKind.WATCHLIST_CHANGED.value,
    EventKind.CHANNEL_CHANGED.value,
)
_TOLD = "history deleted"


class SqlRetention:
    """Implements `storage.ports.Retention`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def prune(self, before: datetime, events_before: datetime) -> Pruned:
        """Deletes up to CHUNK rows of each kind that ended before; see the port."""
        with writing(self._engine) as connection:
            connection.execute(delete(revisit_days).where(revisit_days.c.day < day_of(before)))  # a cap's count
            gone = Pruned(
                visits=connection.execute(_old_visits(before)).rowcount,
                deliveries=connection.execute(_old_deliveries(before)).rowcount,
                requests=sum(connection.execute(each).rowcount for each in _old_traffic(connection, before)),
                events=_delete_events(connection, events_before),
            )
            if gone.total:
                told = _told(connection)
                sums = {name: count + getattr(told, name) for name, count in asdict(gone).items()}
                _note(connection, _TOLD, json.dumps(sums))
        return gone

    def pruned(self) -> Pruned:
        """How many rows were deleted so ever."""
        with reading(self._engine) as connection:
            return _told(connection)


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


def _delete_events(connection: Connection, before: datetime) -> int:
    """Events that all have passed who go along the log here; the newest stays, as numbers are counted on from it."""
    passed = connection.execute(_PASSED).scalar()
    newest = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    upto = newest - 1 if passed is None else min(passed, newest - 1)
    old = select(events.c.seq).where(events.c.seq <= upto, events.c.at < before, events.c.kind.not_in(_STAYING))
    gone = list(connection.execute(old.order_by(events.c.seq).limit(CHUNK)).scalars())
    if gone:
        connection.execute(delete(events).where(events.c.seq.in_(gone)))
        _note(connection, DELETED_UPTO, str(gone[-1]))
    return len(gone)


def _told(connection: Connection) -> Pruned:
    found = connection.execute(select(notes.c.value).where(notes.c.name == _TOLD)).scalar()
    return Pruned(**json.loads(found)) if found else Pruned()


def _note(connection: Connection, name: str, value: str) -> None:
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    noting = insert(notes).values(name=name, value=value)
    connection.execute(noting.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


_CURSORS = union_all(
    select(channels.c.cursor.label("cursor")),
    select(story_state.c.cursor),
    select(match_state.c.cursor),
    select(cast(notes.c.value, BigInteger)).where(notes.c.name == CURSOR_NOTE),
).subquery()
#: The last event that all channels, the stories, the watchlists and the plans of re-visits have passed.
_PASSED = select(func.min(_CURSORS.c.cursor))
