"""Channels and their deliveries in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import ChannelExists, UnknownChannel, UnknownOutlet
from storage.records import Channel, ChannelKind, ChannelState, Delivery, DeliveryState, EventKind
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.metadata import BigKey, Utc, Words, metadata
from storage.sql.schema import events, outlets

channels = Table(
    "channels",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(80), nullable=False, unique=True),
    Column("url", Words, nullable=False),
    Column("secret", Words, nullable=False),
    Column("state", String(20), nullable=False),
    Column("paused_reason", Words),
    Column("created_at", Utc, nullable=False),
    Column("outlet_key", ForeignKey(outlets.c.key)),
    Column("language", Words),
    Column("watchlist_id", BigInteger),  # None: it gets all articles
    Column("alerts", Boolean, nullable=False, server_default=false()),
    Column("cursor", BigInteger, nullable=False),
    Column("failing_since", Utc),
    Column("next_try_at", Utc),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("last_ok_at", Utc),
    Column("last_status", Integer),
    Column("last_error", Words),
    sqlite_autoincrement=True,  # a removed channel's id, and so its idempotency keys, must never come again
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("channel_id", ForeignKey(channels.c.id), nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    Column("article_id", BigInteger),  # None: an alert
    Column("key", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ended_at", Utc, nullable=False),
    Column("status", Integer),
    Column("error", Words),
    UniqueConstraint("channel_id", "event_seq"),
    Index("ix_deliveries_ended", "ended_at"),
)

channel_leases = Table(
    "channel_leases",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("courier", Words, nullable=False),
    Column("expires_at", Utc, nullable=False),
)

#: What a channel that does not fail has in these columns.
_WELL: dict[str, Any] = {"failures": 0, "failing_since": None, "next_try_at": None}


class SqlChannelBook:
    """Implements `storage.ports.ChannelBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    # ------------------------------------------------------------------------- by an operator

    def add(
        self,
        *,
        kind: ChannelKind,
        name: str,
        url: str,
        secret: str,
        now: datetime,
        outlet_key: str | None = None,
        language: str | None = None,
        watchlist_id: int | None = None,
        alerts: bool = False,
        is_from_start: bool = False,
    ) -> Channel:
        """Adds a channel; see the port."""
        with writing(self._engine) as connection:
            if outlet_key is not None:
                _require_outlet(connection, outlet_key)
            newest = connection.execute(select(func.max(events.c.seq))).scalar() or 0
            values = {
                "kind": kind.value,
                "name": name,
                "url": url,
                "secret": secret,
                "state": ChannelState.ACTIVE.value,
                "created_at": now,
                "outlet_key": outlet_key,
                "language": language,
                "watchlist_id": watchlist_id,
                "alerts": alerts,
                "cursor": 0 if is_from_start else newest,
            }
            insert = self._insert(channels).values(**values).on_conflict_do_nothing(index_elements=["name"])
            row = connection.execute(insert.returning(channels)).first()
            if row is None:
                raise ChannelExists(f"a channel is called {name!r} already; choose another name or remove that one")
            append_events(connection, [_changed(now, name, "added")])
            return _channel(row)

    def channels(self) -> list[Channel]:
        """All channels, by name."""
        with reading(self._engine) as connection:
            return [_channel(row) for row in connection.execute(select(channels).order_by(channels.c.name))]

    def channel(self, name: str) -> Channel:
        """One channel. Raises UnknownChannel."""
        with reading(self._engine) as connection:
            return _channel(_row(connection, name))

    def set_paused(self, name: str, paused: bool, now: datetime, reason: str | None = None) -> None:
        """Pauses or resumes a channel; see the port."""
        state = ChannelState.PAUSED if paused else ChannelState.ACTIVE
        values = {"state": state.value, "paused_reason": reason if paused else None, **({} if paused else _WELL)}
        with writing(self._engine) as connection:
            row = _row(connection, name)
            change = update(channels).where(channels.c.id == row.id, channels.c.state != state.value)
            if connection.execute(change.values(**values)).rowcount:
                append_events(connection, [_changed(now, name, "paused" if paused else "resumed", reason)])

    def remove(self, name: str, now: datetime) -> None:
        """Removes a channel and its deliveries. Raises UnknownChannel."""
        with writing(self._engine) as connection:
            row = _row(connection, name, is_locked=True)
            connection.execute(delete(deliveries).where(deliveries.c.channel_id == row.id))
            connection.execute(delete(channel_leases).where(channel_leases.c.channel_id == row.id))
            connection.execute(delete(channels).where(channels.c.id == row.id))
            append_events(connection, [_changed(now, name, "removed")])

    def deliveries(self, name: str, limit: int) -> list[Delivery]:
        """What became of the newest events, newest first. Raises UnknownChannel."""
        with reading(self._engine) as connection:
            row = _row(connection, name)
            newest_first = (
                select(deliveries)
                .where(deliveries.c.channel_id == row.id)
                .order_by(deliveries.c.event_seq.desc())
                .limit(limit)
            )
            return [_delivery(found) for found in connection.execute(newest_first)]

    # -------------------------------------------------------------------------- by the courier

    def lease(self, channel_id: int, courier: str, now: datetime, until: datetime) -> Channel | None:
        """Leases a channel to a courier; see the port."""
        insert = self._insert(channel_leases).values(channel_id=channel_id, courier=courier, expires_at=until)
        takeover = insert.on_conflict_do_update(
            index_elements=["channel_id"],
            set_={"courier": courier, "expires_at": until},
            where=or_(channel_leases.c.courier == courier, channel_leases.c.expires_at <= now),
        )
        own = select(channels).where(channels.c.id == channel_id)
        with writing(self._engine) as connection:
            if connection.execute(takeover.returning(channel_leases.c.channel_id)).first() is None:
                return None
            row = connection.execute(own).first()
            if row is None:  # it was removed meanwhile
                connection.execute(delete(channel_leases).where(channel_leases.c.channel_id == channel_id))
            return _channel(row) if row is not None else None

    def end_leases(self, courier: str) -> None:
        """Ends all leases of a courier."""
        with writing(self._engine) as connection:
            connection.execute(delete(channel_leases).where(channel_leases.c.courier == courier))

    def delivered(self, delivery: Delivery, after: int) -> Channel | None:
        """Records a delivery and moves the cursor; see the port."""
        values = {
            **_WELL,
            "cursor": delivery.event_seq,
            "last_ok_at": delivery.ended_at,
            "last_status": delivery.status,
            "last_error": None,
        }
        with writing(self._engine) as connection:
            row = _move(connection, delivery.channel_id, after, values)
            if row is not None:
                connection.execute(deliveries.insert().values(**_columns(delivery)))
            return _channel(row) if row is not None else None

    def failed(
        self, channel_id: int, after: int, *, now: datetime, next_try_at: datetime, status: int | None, error: str
    ) -> None:
        """Records a failed try; see the port."""
        values = {
            "failures": channels.c.failures + 1,
            "failing_since": func.coalesce(channels.c.failing_since, literal(now, Utc)),
            "next_try_at": next_try_at,
            "last_status": status,
            "last_error": error,
        }
        with writing(self._engine) as connection:
            _move(connection, channel_id, after, values)

    def give_up(self, delivery: Delivery, after: int, reason: str) -> bool:
        """Records a delivery as given up and pauses its channel; see the port."""
        values = {
            **_WELL,
            "cursor": delivery.event_seq,
            "state": ChannelState.PAUSED.value,
            "paused_reason": reason,
            "last_status": delivery.status,
            "last_error": delivery.error,
        }
        with writing(self._engine) as connection:
            row = _move(connection, delivery.channel_id, after, values)
            if row is not None:
                connection.execute(deliveries.insert().values(**_columns(delivery)))
                append_events(connection, [_changed(delivery.ended_at, row.name, "paused", reason)])
            return row is not None

    def skip(self, channel_id: int, after: int, upto: int) -> Channel | None:
        """Moves the cursor over what is not wanted; see the port."""
        with writing(self._engine) as connection:
            row = _move(connection, channel_id, after, {"cursor": upto})
            return _channel(row) if row is not None else None


def _move(connection: Connection, channel_id: int, after: int, values: dict[str, Any]) -> Row[Any] | None:
    """Changes a channel that stands where the courier left it; its row then, None when it does not."""
    stands = (channels.c.id == channel_id, channels.c.cursor == after)
    return connection.execute(update(channels).where(*stands).values(**values).returning(channels)).first()


def _row(connection: Connection, name: str, *, is_locked: bool = False) -> Row[Any]:
    query = select(channels).where(channels.c.name == name)
    row = connection.execute(query.with_for_update() if is_locked else query).first()
    if row is None:
        raise UnknownChannel(f"no channel is called {name!r}; `presswatch channels list` shows those there are")
    return row


def _require_outlet(connection: Connection, key: str) -> None:
    known = select(outlets.c.key).where(outlets.c.key == key, outlets.c.removed_at.is_(None))
    if connection.execute(known).first() is None:
        raise UnknownOutlet(f"no outlet is called {key!r}; `presswatch outlets list` shows those there are")


def _changed(now: datetime, name: str, what: str, reason: str | None = None) -> dict[str, Any]:
    return {
        "at": now,
        "kind": EventKind.CHANNEL_CHANGED.value,
        "outlet_key": None,
        "article_id": None,
        "payload": {"channel": name, "what": what, "reason": reason},
    }


def _channel(row: Row[Any]) -> Channel:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)
    return Channel(**values | {"kind": ChannelKind(row.kind), "state": ChannelState(row.state)})


def _delivery(row: Row[Any]) -> Delivery:
    values = {name: value for name, value in row._mapping.items() if name != "id"}  # noqa: SLF001 (as above)
    return Delivery(**values | {"state": DeliveryState(row.state)})


def _columns(delivery: Delivery) -> dict[str, Any]:
    values = {name: getattr(delivery, name) for name in Delivery.__slots__}
    return values | {"state": delivery.state.value}
