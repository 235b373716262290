"""What operators ordered, as events: written in the transaction that does it, read for the page of an outlet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from storage.records import Event, EventKind
from storage.sql.schema import IS_ORDER, events, sources

#: Who gives an order where nobody says otherwise.
BY_COMMAND = "command"


def order_event(
    connection: Connection, source_id: int, what: str, by: str, now: datetime, **told: Any
) -> dict[str, Any]:
    """The event of an order about one source, for `append_events`."""
    row = connection.execute(select(sources.c.outlet_key, sources.c.url).where(sources.c.id == source_id)).one()
    return event_of(what, by, now, row.outlet_key, source_id=source_id, url=row.url, **told)


def event_of(what: str, by: str, now: datetime, outlet_key: str | None, **told: Any) -> dict[str, Any]:
    """The event of any order; `outlet_key` is None where it is about several outlets."""
    return {
        "at": now,
        "kind": EventKind.ORDER_GIVEN.value,
        "outlet_key": outlet_key,
        "article_id": None,
        "payload": {"what": what, "by": by, **told},
    }


def orders_of(connection: Connection, outlet_key: str, limit: int) -> list[Event]:
    """The newest orders about an outlet, newest first."""
    query = select(events).where(text(IS_ORDER), events.c.outlet_key == outlet_key)
    return [
        Event(
            seq=row.seq,
            at=row.at,
            kind=EventKind(row.kind),
            outlet_key=row.outlet_key,
            article_id=row.article_id,
            payload=row.payload,
        )
        for row in connection.execute(query.order_by(events.c.seq.desc()).limit(limit))
    ]
