"""Requests by host and hour, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Engine, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import HostTraffic
from storage.sql.engine import reading, writing
from storage.sql.host_tables import host_traffic

_CHUNK = 500
_SUMS = ("requests", "robots", "not_modified", "refused", "failed", "bytes_received", "took_ms")


class SqlTrafficBook:
    """Implements `storage.ports.TrafficBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def add(self, rows: Sequence[HostTraffic]) -> None:
        """Adds to what is there, in an order that lets two workers write at once."""
        ordered = sorted(rows, key=lambda row: (row.host, row.hour))
        old = host_traffic.c
        with writing(self._engine) as connection:
            for start in range(0, len(ordered), _CHUNK):
                values = [
                    {name: getattr(row, name) for name in HostTraffic.__slots__}
                    for row in ordered[start : start + _CHUNK]
                ]
                insert = self._insert(host_traffic).values(values)
                new = insert.excluded
                gap = case(
                    (old.least_gap_ms.is_(None), new.least_gap_ms),
                    (or_(new.least_gap_ms.is_(None), old.least_gap_ms < new.least_gap_ms), old.least_gap_ms),
                    else_=new.least_gap_ms,
                )
                changes = {name: old[name] + new[name] for name in _SUMS} | {"least_gap_ms": gap}
                connection.execute(insert.on_conflict_do_update(index_elements=["host", "hour"], set_=changes))

    def of_hosts(self, hosts: Collection[str], since: datetime) -> list[HostTraffic]:
        """Rows of these hosts from that hour on, by host and hour."""
        query = (
            select(host_traffic)
            .where(host_traffic.c.host.in_(list(hosts)), host_traffic.c.hour >= since)
            .order_by(host_traffic.c.host, host_traffic.c.hour)
        )
        with reading(self._engine) as connection:
            return [HostTraffic(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001

    def hosts(self, since: datetime) -> list[str]:
        """Hosts that were asked something since then, most requests first."""
        asked = func.sum(host_traffic.c.requests).desc()
        query = select(host_traffic.c.host).where(host_traffic.c.hour >= since).group_by(host_traffic.c.host)
        with reading(self._engine) as connection:
            return list(connection.execute(query.order_by(asked, host_traffic.c.host)).scalars())
