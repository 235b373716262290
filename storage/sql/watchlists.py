"""Watchlists in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Engine, Row, delete, func, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from storage.errors import UnknownWatchlist, WatchlistExists
from storage.records import ChannelState, EventKind, Watchlist
from storage.sql.channel_tables import channels
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.orders import BY_COMMAND
from storage.sql.schema import events
from storage.sql.watchlist_tables import matches, watchlists

_TAKEN = "a watchlist is called {!r} already; choose another name or edit that one"

#: Times are summed up by what is left of them when they are divided: the sum of all microseconds would overflow.
_PRIME = 1_000_000_007


class SqlWatchlistBook:
    """Implements `storage.ports.WatchlistBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def add(
        self,
        *,
        name: str,
        query: str,
        token: str,
        now: datetime,
        tells_copies: bool = False,
        copy_outlets: Sequence[str] = (),
        by: str = BY_COMMAND,
    ) -> Watchlist:
        """Adds a watchlist; see the port."""
        with writing(self._engine) as connection:
            values = {
                "name": name,
                "query": query,
                "token": token,
                "tells_copies": tells_copies,
                "copy_outlets": list(copy_outlets),
                "created_at": now,
                "updated_at": now,
                "since_seq": _newest(connection),
            }
            insert = self._insert(watchlists).values(**values).on_conflict_do_nothing(index_elements=["name"])
            row = connection.execute(insert.returning(watchlists)).first()
            if row is None:
                raise WatchlistExists(_TAKEN.format(name))
            append_events(connection, [_changed(row.id, name, "added", by, now)])
            return _watchlist(row)

    def edit(
        self,
        watchlist_id: int,
        *,
        now: datetime,
        name: str | None = None,
        query: str | None = None,
        token: str | None = None,
        tells_copies: bool | None = None,
        copy_outlets: Sequence[str] | None = None,
        is_paused: bool | None = None,
        by: str = BY_COMMAND,
    ) -> Watchlist:
        """Changes what is given; see the port."""
        given: dict[str, Any] = {
            "name": name,
            "query": query,
            "token": token,
            "tells_copies": tells_copies,
            "copy_outlets": None if copy_outlets is None else list(copy_outlets),
            "is_paused": is_paused,
        }
        values = {column: value for column, value in given.items() if value is not None}
        with writing(self._engine) as connection:
            before = _row(connection, watchlists.c.id == watchlist_id, f"number {watchlist_id}")
            if before.is_paused and is_paused is False:
                values["since_seq"] = _newest(connection)
            change = update(watchlists).where(watchlists.c.id == watchlist_id)
            try:
                row = connection.execute(change.values(**values, updated_at=now).returning(watchlists)).one()
            except IntegrityError as error:
                raise WatchlistExists(_TAKEN.format(name)) from error
            what = [column for column in values if column != "since_seq"]
            append_events(connection, [_changed(row.id, row.name, "edited", by, now, fields=what)])
            return _watchlist(row)

    def remove(self, watchlist_id: int, now: datetime, by: str = BY_COMMAND) -> None:
        """Removes a watchlist; see the port."""
        with writing(self._engine) as connection:
            row = _row(connection, watchlists.c.id == watchlist_id, f"number {watchlist_id}")
            connection.execute(delete(matches).where(matches.c.watchlist_id == watchlist_id))
            _unbind_channels(connection, watchlist_id)
            connection.execute(delete(watchlists).where(watchlists.c.id == watchlist_id))
            append_events(connection, [_changed(row.id, row.name, "removed", by, now)])

    def watchlists(self) -> list[Watchlist]:
        """All of them, by name."""
        with reading(self._engine) as connection:
            return [_watchlist(row) for row in connection.execute(select(watchlists).order_by(watchlists.c.name))]

    def version(self) -> tuple[int, ...]:
        """Another one whenever a watchlist was added, changed or removed, also where the newest change is not the one
        with the latest time: clocks differ, and of two that change at once the later one may be seen first.
        """
        times = func.sum(type_coerce(watchlists.c.updated_at, BigInteger) % _PRIME)
        query = select(func.count(), func.coalesce(func.sum(watchlists.c.id), 0), func.coalesce(times, 0))
        with reading(self._engine) as connection:
            return tuple(int(figure) for figure in connection.execute(query.select_from(watchlists)).one())

    def watchlist(self, watchlist_id: int) -> Watchlist:
        """Raises UnknownWatchlist."""
        return self._one(watchlists.c.id == watchlist_id, f"number {watchlist_id}")

    def named(self, name: str) -> Watchlist:
        """Raises UnknownWatchlist."""
        return self._one(watchlists.c.name == name, repr(name))

    def by_token(self, token: str) -> Watchlist:
        """Raises UnknownWatchlist."""
        return self._one(watchlists.c.token == token, "with that token")

    def _one(self, condition: ColumnElement[bool], told: str) -> Watchlist:
        with reading(self._engine) as connection:
            return _watchlist(_row(connection, condition, told))


def _row(connection: Connection, condition: ColumnElement[bool], told: str) -> Row[Any]:
    row = connection.execute(select(watchlists).where(condition)).first()
    if row is None:
        raise UnknownWatchlist(f"there is no watchlist {told}; `presswatch watchlists list` shows those there are")
    return row


def _unbind_channels(connection: Connection, watchlist_id: int) -> None:
    """Takes a watchlist from the channels that are bound to it; one that was bound to it alone is paused."""
    bound = select(channels).where(channels.c.watchlist_id.is_not(None)).order_by(channels.c.id)
    for row in connection.execute(bound.with_for_update()).all():
        every = [row.watchlist_id, *row.more_watchlist_ids]
        if watchlist_id not in every:
            continue
        left = [number for number in every if number != watchlist_id]
        values: dict[str, Any] = (
            {"watchlist_id": left[0], "more_watchlist_ids": left[1:]}
            if left
            else {"state": ChannelState.PAUSED.value, "paused_reason": "its watchlist was removed", "next_try_at": None}
        )
        connection.execute(update(channels).where(channels.c.id == row.id).values(**values))


def _newest(connection: Connection) -> int:
    return connection.execute(select(func.max(events.c.seq))).scalar() or 0


def _watchlist(row: Row[Any]) -> Watchlist:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)
    return Watchlist(**values | {"copy_outlets": tuple(row.copy_outlets)})


def _changed(watchlist_id: int, name: str, what: str, by: str, now: datetime, **told: Any) -> dict[str, Any]:
    return {
        "at": now,
        "kind": EventKind.WATCHLIST_CHANGED.value,
        "outlet_key": None,
        "article_id": None,
        "payload": {"watchlist": watchlist_id, "name": name, "what": what, "by": by, **told},
    }
