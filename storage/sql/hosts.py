"""What is known of hosts, and heartbeats of processes, in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Engine, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import HostWait, ProcessInfo, RobotsCopy
from storage.sql.engine import reading, writing
from storage.sql.host_tables import host_waits, robots
from storage.sql.job_tables import processes

#: A process that was not heard of for so long is no longer listed.
_FORGOTTEN_AFTER = timedelta(days=1)


class SqlHostBook:
    """Implements `storage.ports.HostBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def robots(self, origin: str) -> RobotsCopy | None:
        """The copy in force."""
        with reading(self._engine) as connection:
            row = connection.execute(select(robots).where(robots.c.origin == origin)).first()
        return RobotsCopy(**row._mapping) if row else None  # noqa: SLF001

    def save_robots(self, copy: RobotsCopy) -> None:
        """Keeps a copy, replacing the one before."""
        values = {name: getattr(copy, name) for name in RobotsCopy.__slots__}
        rest = {name: value for name, value in values.items() if name != "origin"}
        with writing(self._engine) as connection:
            connection.execute(
                self._insert(robots).values(**values).on_conflict_do_update(index_elements=["origin"], set_=rest)
            )

    def wait(self, host: str) -> HostWait | None:
        """Until when a host asked to be left alone, and how often in a row."""
        with reading(self._engine) as connection:
            row = connection.execute(select(host_waits).where(host_waits.c.host == host)).first()
        return HostWait(**row._mapping) if row else None  # noqa: SLF001

    def keep_pauses(self, pauses: Iterable[tuple[str, datetime]], why: str) -> None:
        """Keeps pauses of hosts; see the port."""
        rows = [{"host": host, "not_before": until, "why": why} for host, until in sorted(pauses)]
        if not rows:
            return
        insert = self._insert(host_waits)
        later = insert.on_conflict_do_update(
            index_elements=["host"],
            set_={"not_before": insert.excluded.not_before, "why": insert.excluded.why},
            where=host_waits.c.not_before < insert.excluded.not_before,
        )
        with writing(self._engine) as connection:
            connection.execute(later, rows)

    def rest(self, host: str, until: datetime, why: str, refusals: int) -> None:
        """Keeps a wish for rest; a later time already there stays."""
        insert = self._insert(host_waits).values(host=host, not_before=until, why=why, refusals=refusals)
        is_later = host_waits.c.not_before < insert.excluded.not_before
        later = insert.on_conflict_do_update(
            index_elements=["host"],
            set_={
                "not_before": case((is_later, insert.excluded.not_before), else_=host_waits.c.not_before),
                "why": case((is_later, insert.excluded.why), else_=host_waits.c.why),
                "refusals": insert.excluded.refusals,
            },
        )
        with writing(self._engine) as connection:
            connection.execute(later)

    def forget_refusals(self, host: str) -> None:
        """A host has answered well: its refusals in a row begin anew."""
        with writing(self._engine) as connection:
            connection.execute(update(host_waits).where(host_waits.c.host == host).values(refusals=0))

    def waits(self, now: datetime) -> list[HostWait]:
        """Those that are to be left alone now."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(host_waits).where(host_waits.c.not_before > now))
            return [HostWait(**row._mapping) for row in rows]  # noqa: SLF001


class SqlProcessBook:
    """Implements `storage.ports.ProcessBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def beat(self, info: ProcessInfo) -> None:
        """Notes that a process lives."""
        values = {name: getattr(info, name) for name in ProcessInfo.__slots__}
        rest = {name: value for name, value in values.items() if name != "name"}
        with writing(self._engine) as connection:
            connection.execute(
                self._insert(processes).values(**values).on_conflict_do_update(index_elements=["name"], set_=rest)
            )
            connection.execute(delete(processes).where(processes.c.seen_at < info.seen_at - _FORGOTTEN_AFTER))

    def leave(self, name: str) -> None:
        """Notes that a process ended in order."""
        with writing(self._engine) as connection:
            connection.execute(delete(processes).where(processes.c.name == name))

    def processes(self) -> list[ProcessInfo]:
        """All that were heard of in the last day."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(processes).order_by(processes.c.role, processes.c.name))
            return [ProcessInfo(**row._mapping) for row in rows]  # noqa: SLF001

    def count(self) -> int:
        """How many there are."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(processes)).scalar_one()
