"""Channels and their deliveries in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, case, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import ChannelExists, UnknownChannel, UnknownOutlet
from storage.records import Channel, ChannelKind, ChannelState, Daily, Delivery, DeliveryState, EventKind
from storage.sql.channel_tables import channel_leases, channels, deliveries
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.metadata import Utc
from storage.sql.orders import BY_COMMAND
from storage.sql.schema import events, outlets

#: What a channel that does not fail has in these columns.
_WELL: dict[str, Any] = {"failures": 0, "failing_since": None, "next_try_at": None, "alerted_at": None}
#: Who pauses what fails, and resumes what is well again.
_BY_COURIER = "courier"
_ACTIVE, _PAUSED = ChannelState.ACTIVE.value, ChannelState.PAUSED.value
#: Whether a channel is sent to: one that was paused for failing is still tried, one that was paused by hand is not.
_IS_TRIED = or_(channels.c.state == _ACTIVE, channels.c.next_try_at.is_not(None))


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
        more_watchlist_ids: Sequence[int] = (),
        alerts: bool = False,
        tells_changes: bool = False,
        is_stealth_only: bool = False,
        tells_vanished: bool = False,
        daily: Daily | None = None,
        is_from_start: bool = False,
        by: str = BY_COMMAND,
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
                "state": _ACTIVE,
                "created_at": now,
                "outlet_key": outlet_key,
                "language": language,
                "watchlist_id": watchlist_id,
                "more_watchlist_ids": list(more_watchlist_ids),
                "alerts": alerts,
                "tells_changes": tells_changes,
                "is_stealth_only": is_stealth_only,
                "tells_vanished": tells_vanished,
                "daily_minute": daily.minute if daily else None,
                "zone": daily.zone if daily else None,
                "digest_at": now if daily or kind is ChannelKind.HUB else None,
                "cursor": 0 if is_from_start else newest,
            }
            insert = self._insert(channels).values(**values).on_conflict_do_nothing(index_elements=["name"])
            row = connection.execute(insert.returning(channels)).first()
            if row is None:
                raise ChannelExists(f"a channel is called {name!r} already; choose another name or remove that one")
            append_events(connection, [_changed(now, name, "added", by=by)])
            return _channel(row)

    def channels(self) -> list[Channel]:
        """All channels, by name."""
        with reading(self._engine) as connection:
            return [_channel(row) for row in connection.execute(select(channels).order_by(channels.c.name))]

    def channel(self, name: str) -> Channel:
        """One channel. Raises UnknownChannel."""
        with reading(self._engine) as connection:
            return _channel(_row(connection, name))

    def set_paused(
        self, name: str, paused: bool, now: datetime, reason: str | None = None, by: str = BY_COMMAND
    ) -> None:
        """Pauses or resumes a channel; see the port."""
        if paused:
            values: dict[str, Any] = {"state": _PAUSED, "paused_reason": reason, "next_try_at": None}
        else:
            values = {"state": _ACTIVE, "paused_reason": None, **_WELL}
        with writing(self._engine) as connection:
            row = _row(connection, name, is_locked=True)
            is_change = _is_tried(row) if paused else row.state != _ACTIVE
            if is_change:
                connection.execute(update(channels).where(channels.c.id == row.id).values(**values))
                told = [_changed(now, name, "paused" if paused else "resumed", reason, by)]
                append_events(connection, told + ([] if paused else _well_again(row, now, "it was resumed by hand")))

    def remove(self, name: str, now: datetime, by: str = BY_COMMAND) -> None:
        """Removes a channel and its deliveries. Raises UnknownChannel."""
        with writing(self._engine) as connection:
            row = _row(connection, name, is_locked=True)
            connection.execute(delete(deliveries).where(deliveries.c.channel_id == row.id))
            connection.execute(delete(channel_leases).where(channel_leases.c.channel_id == row.id))
            connection.execute(delete(channels).where(channels.c.id == row.id))
            append_events(connection, [_changed(now, name, "removed", by=by), *_well_again(row, now, "it was removed")])

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
            "state": case((_IS_TRIED, _ACTIVE), else_=channels.c.state),
            "paused_reason": case((_IS_TRIED, None), else_=channels.c.paused_reason),
            **_digest_ended(delivery.ended_at),
        }
        with writing(self._engine) as connection:
            before = _standing(connection, delivery.channel_id, after)
            row = _move(connection, delivery.channel_id, after, values)
            if before is None or row is None:
                return None
            connection.execute(deliveries.insert().values(**_columns(delivery)))
            at = delivery.ended_at
            resumed = [_changed(at, row.name, "resumed")] if before.state != row.state else []
            append_events(connection, resumed + _well_again(before, at, "it takes messages again"))
            return _channel(row)

    def failed(
        self,
        channel_id: int,
        after: int,
        *,
        now: datetime,
        next_try_at: datetime,
        status: int | None,
        error: str,
        pause_reason: str | None = None,
    ) -> None:
        """Records a failed try; see the port."""
        values: dict[str, Any] = {
            "failures": channels.c.failures + 1,
            "failing_since": func.coalesce(channels.c.failing_since, literal(now, Utc)),
            "next_try_at": case((_IS_TRIED, literal(next_try_at, Utc)), else_=None),
            "last_status": status,
            "last_error": error,
        }
        with writing(self._engine) as connection:
            before = _standing(connection, channel_id, after)
            if before is None:
                return
            is_paused_now = pause_reason is not None and before.state == _ACTIVE
            if is_paused_now:
                values |= {"state": _PAUSED, "paused_reason": pause_reason, "alerted_at": now}
            _move(connection, channel_id, after, values)
            if is_paused_now:
                told = [_changed(now, before.name, "paused", pause_reason)]
                append_events(connection, [*told, _alert(EventKind.ALERT_RAISED, before, now, str(pause_reason))])

    def give_up(self, delivery: Delivery, after: int, reason: str) -> bool:
        """Records a delivery as given up and pauses its channel; see the port."""
        at = delivery.ended_at
        values = {
            **_WELL,
            "cursor": delivery.event_seq,
            "state": _PAUSED,
            "paused_reason": reason,
            "last_status": delivery.status,
            "last_error": delivery.error,
            "alerted_at": func.coalesce(channels.c.alerted_at, literal(at, Utc)),
            **_digest_ended(at),
        }
        with writing(self._engine) as connection:
            before = _standing(connection, delivery.channel_id, after)
            row = _move(connection, delivery.channel_id, after, values)
            if before is None or row is None:
                return False
            connection.execute(deliveries.insert().values(**_columns(delivery)))
            raised = [] if before.alerted_at else [_alert(EventKind.ALERT_RAISED, before, at, reason)]
            append_events(connection, [_changed(at, row.name, "paused", reason), *raised])
            return True

    def skip(self, channel_id: int, after: int, upto: int) -> Channel | None:
        """Moves the cursor over what is not wanted; see the port."""
        with writing(self._engine) as connection:
            row = _move(connection, channel_id, after, {"cursor": upto})
            return _channel(row) if row is not None else None

    def begin_digest(self, channel_id: int, after: int, upto: int) -> Channel | None:
        """Notes where the digest under way ends; see the port."""
        with writing(self._engine) as connection:
            kept = func.coalesce(channels.c.digest_upto, upto)
            row = _move(connection, channel_id, after, {"digest_upto": kept})
            return _channel(row) if row is not None else None

    def end_empty_digest(self, channel_id: int, after: int, upto: int, now: datetime) -> Channel | None:
        """Moves the cursor over a day of which there is nothing to tell; see the port."""
        with writing(self._engine) as connection:
            row = _move(connection, channel_id, after, {"cursor": upto, **_digest_ended(now)})
            return _channel(row) if row is not None else None


def _standing(connection: Connection, channel_id: int, after: int) -> Row[Any] | None:
    """A channel that stands where the courier left it, locked."""
    stands = (channels.c.id == channel_id, channels.c.cursor == after)
    return connection.execute(select(channels).where(*stands).with_for_update()).first()


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


def _changed(now: datetime, name: str, what: str, reason: str | None = None, by: str = _BY_COURIER) -> dict[str, Any]:
    return {
        "at": now,
        "kind": EventKind.CHANNEL_CHANGED.value,
        "outlet_key": None,
        "article_id": None,
        "payload": {"channel": name, "what": what, "reason": reason, "by": by},
    }


def _alert(kind: EventKind, row: Row[Any], now: datetime, what: str) -> dict[str, Any]:
    """An alert of a channel; `failing` keeps it from being sent to that channel itself."""
    told = {"scope": "channel", "sentence": f"channel {row.name}: {what}", "sources": [], "failing": row.id}
    return {"at": now, "kind": kind.value, "outlet_key": None, "article_id": None, "payload": told}


def _well_again(before: Row[Any], now: datetime, what: str) -> list[dict[str, Any]]:
    return [_alert(EventKind.ALERT_ENDED, before, now, what)] if before.alerted_at else []


def _is_tried(row: Row[Any]) -> bool:
    return row.state == _ACTIVE or row.next_try_at is not None


def _digest_ended(at: datetime) -> dict[str, Any]:
    """What a digest's end sets; nothing for channels without."""
    for_people = channels.c.kind.in_([ChannelKind.EMAIL.value, ChannelKind.CHAT.value])
    is_gathering = or_(
        channels.c.daily_minute.is_not(None),
        channels.c.kind == ChannelKind.HUB.value,
        and_(for_people, or_(channels.c.tells_changes, channels.c.tells_vanished)),
    )
    return {"digest_at": case((is_gathering, literal(at, Utc)), else_=None), "digest_upto": None}


def _channel(row: Row[Any]) -> Channel:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)
    minute, zone = values.pop("daily_minute"), values.pop("zone")
    daily = Daily(minute=minute, zone=zone) if minute is not None else None
    told = {"kind": ChannelKind(row.kind), "state": ChannelState(row.state), "daily": daily}
    return Channel(**values | told | {"more_watchlist_ids": tuple(row.more_watchlist_ids)})


def _delivery(row: Row[Any]) -> Delivery:
    values = {name: value for name, value in row._mapping.items() if name != "id"}  # noqa: SLF001 (as above)
    return Delivery(**values | {"state": DeliveryState(row.state)})


def _columns(delivery: Delivery) -> dict[str, Any]:
    values = {name: getattr(delivery, name) for name in Delivery.__slots__}
    return values | {"state": delivery.state.value}
