"""Outlets and their sources in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select, text, update

from storage.errors import UnknownOutlet
from storage.records import MOVED_AFTER, EventKind, Outlet, OutletSource, Reason
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.mapping import outlet_from_spec, outlet_to_spec
from storage.sql.schema import IS_PENDING, candidates, outlets, sources


class SqlOutletBook:
    """Implements `storage.ports.OutletBook`. `domain_of` gives a URL's registrable domain."""

    def __init__(self, engine: Engine, domain_of: Callable[[str], str]) -> None:
        self._engine = engine
        self._domain_of = domain_of

    def load(self, new: Iterable[Outlet], origin: str, now: datetime, *, is_wanted: bool = False) -> int:
        """Adds or updates outlets; see the port. With `is_wanted` the operator asked for these very ones, so those
        that were removed by hand, or replaced by the operator's own, come back.
        """
        events = []
        with self._writing() as connection:
            known = {row.key: row for row in connection.execute(select(outlets))}
            for outlet in new:
                spec = outlet_to_spec(outlet)
                row = known.get(outlet.key)
                is_overruled = row is not None and (row.removed_at or row.origin != "shipped")
                if is_overruled and origin == "shipped" and not is_wanted:
                    continue  # the operator's word stands over the catalogue's
                if row is not None and row.spec == spec and row.origin == origin and not row.removed_at:
                    continue
                self._write_outlet(connection, outlet, spec, origin, now, is_new=row is None)
                is_paused = bool(row is not None and row.is_paused)
                self._write_sources(connection, outlet, now, is_active=not is_paused)
                if row is not None and row.removed_at:
                    _wait_again(connection, outlet.key)
                events.append(_changed(now, outlet.key, "updated" if row else "added"))
            append_events(connection, events)
        return len(events)

    def outlets(self) -> list[Outlet]:
        """All outlets that are monitored, by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(outlets.c.spec).where(outlets.c.removed_at.is_(None)).order_by(outlets.c.name)
            )
            return [outlet_from_spec(row.spec) for row in rows]

    def set_paused(self, key: str, paused: bool, now: datetime) -> None:
        """Pauses or resumes an outlet. Raises UnknownOutlet."""
        with self._writing() as connection:
            self._touch(connection, key, now, is_paused=paused)
            if not paused:  # what answered 410 gets another chance when a person asks for it
                connection.execute(update(sources).where(sources.c.outlet_key == key).values(is_gone=False))
            named = {source.url for source in self._outlet(connection, key).sources}
            for row in connection.execute(select(sources.c.id, sources.c.url).where(sources.c.outlet_key == key)).all():
                is_active = not paused and row.url in named
                connection.execute(update(sources).where(sources.c.id == row.id).values(is_active=is_active))
            append_events(connection, [_changed(now, key, "paused" if paused else "resumed")])

    def remove(self, key: str, now: datetime) -> None:
        """Stops monitoring an outlet; its articles stay. Raises UnknownOutlet."""
        with self._writing() as connection:
            self._touch(connection, key, now, removed_at=now)
            connection.execute(update(sources).where(sources.c.outlet_key == key).values(is_active=False))
            waiting = update(candidates).where(candidates.c.outlet_key == key, IS_PENDING)
            connection.execute(waiting.values(state="done", reason=Reason.REMOVED.value, finished_at=now))
            append_events(connection, [_changed(now, key, "removed")])

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One writer of outlets at a time, so that two processes may load the same catalogue at once."""
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE outlets IN SHARE ROW EXCLUSIVE MODE"))
            yield connection

    def _outlet(self, connection: Connection, key: str) -> Outlet:
        row = connection.execute(
            select(outlets.c.spec).where(outlets.c.key == key, outlets.c.removed_at.is_(None))
        ).first()
        if row is None:
            raise UnknownOutlet(f"no outlet is called {key!r}; `presswatch outlets list` shows those there are")
        return outlet_from_spec(row.spec)

    def _touch(self, connection: Connection, key: str, now: datetime, **values: object) -> None:
        self._outlet(connection, key)
        connection.execute(update(outlets).where(outlets.c.key == key).values(updated_at=now, **values))

    def _write_outlet(
        self,
        connection: Connection,
        outlet: Outlet,
        spec: dict[str, object],
        origin: str,
        now: datetime,
        *,
        is_new: bool,
    ) -> None:
        values = {"name": outlet.name, "spec": spec, "origin": origin, "updated_at": now, "removed_at": None}
        if is_new:
            connection.execute(outlets.insert().values(key=outlet.key, **values))
        else:
            connection.execute(update(outlets).where(outlets.c.key == outlet.key).values(**values))

    def _write_sources(self, connection: Connection, outlet: Outlet, now: datetime, *, is_active: bool) -> None:
        known = {row.url: row for row in connection.execute(select(sources).where(sources.c.outlet_key == outlet.key))}
        for number, source in enumerate(outlet.sources):
            row = known.pop(source.url, None)
            if row is None and (moved := _moved_to(source.url, known, outlet)):
                self._rename(connection, known.pop(moved), source, is_active=is_active)
            elif row is None:
                self._add_source(connection, outlet, source, now + timedelta(seconds=number), is_active=is_active)
            elif row.is_active != is_active or row.kind != source.kind.value:
                values = {"is_active": is_active, "kind": source.kind.value}
                connection.execute(update(sources).where(sources.c.id == row.id).values(**values))
        for row in known.values():
            connection.execute(update(sources).where(sources.c.id == row.id).values(is_active=False))

    def _add_source(
        self, connection: Connection, outlet: Outlet, source: OutletSource, due: datetime, *, is_active: bool
    ) -> None:
        connection.execute(
            sources.insert().values(
                outlet_key=outlet.key,
                kind=source.kind.value,
                url=source.url,
                domain=self._domain_of(source.url),
                is_active=is_active,
                next_due_at=due,
            )
        )

    def _rename(self, connection: Connection, row: Any, source: OutletSource, *, is_active: bool) -> None:
        """Lets a source that has moved go on under its new address, with all that its visits taught."""
        values = {
            "url": source.url,
            "kind": source.kind.value,
            "domain": self._domain_of(source.url),
            "is_active": is_active,
            "accepted_url": None,
            "moved_to": None,
            "moved_answers": 0,
            "validators_url": row.validators_url or row.url,
        }
        connection.execute(update(sources).where(sources.c.id == row.id).values(**values))


def _moved_to(url: str, known: Mapping[str, Any], outlet: Outlet) -> str | None:
    """The address of a source that is named no longer, and has moved to this one."""
    named = {source.url for source in outlet.sources}
    for old, row in known.items():
        moved_to = row.moved_to if row.moved_answers >= MOVED_AFTER else None
        if old not in named and url in (row.accepted_url, moved_to):
            return old
    return None


def _wait_again(connection: Connection, key: str) -> None:
    """What was waiting when an outlet was removed waits again now that it is back."""
    ended = update(candidates).where(candidates.c.outlet_key == key, candidates.c.reason == Reason.REMOVED.value)
    connection.execute(ended.values(state="pending", reason=None, finished_at=None))


def _changed(now: datetime, key: str, what: str) -> dict[str, object]:
    return {
        "at": now,
        "kind": EventKind.OUTLET_CHANGED.value,
        "outlet_key": key,
        "article_id": None,
        "payload": {"what": what},
    }
