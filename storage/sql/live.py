"""Visits that are under way, as the workers' last heartbeats tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from storage.records import VISITING, VisitUnderWay
from storage.sql.job_tables import processes
from storage.sql.schema import sources

#: A process beats every five seconds; one that was not heard of for so long visits nothing any more.
_HEARD_WITHIN = timedelta(seconds=30)


def visits_under_way(connection: Connection, now: datetime) -> list[VisitUnderWay]:
    """What the workers that are alive visit, the longest under way first."""
    heard = select(processes.c.name, processes.c.figures).where(processes.c.seen_at >= now - _HEARD_WITHIN)
    begun = {
        int(source_id): (row.name, datetime.fromtimestamp(since, UTC))
        for row in connection.execute(heard)
        for source_id, since in row.figures.get(VISITING, {}).items()
    }
    query = select(sources.c.id, sources.c.outlet_key, sources.c.url).where(sources.c.id.in_(list(begun)))
    found = [
        VisitUnderWay(
            source_id=row.id,
            outlet_key=row.outlet_key,
            source_url=row.url,
            worker=begun[row.id][0],
            began_at=begun[row.id][1],
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda visit: (visit.began_at, visit.source_id))
