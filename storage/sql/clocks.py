"""What was planned by a clock that was then changed, in SQL."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.sql.channel_tables import channel_leases, channels
from storage.sql.host_tables import host_waits
from storage.sql.job_tables import domain_leases, visit_jobs
from storage.sql.schema import IS_PENDING, candidates, notes, sources

#: The note that tells of the last change of the clock that was followed, as JSON.
CLOCK_NOTE = "clock change"
#: A clock may differ from another one by so much; two schedulers see the same change within so long.
CLOCK_SLACK = timedelta(minutes=5)
_SEEN_WITHIN = timedelta(minutes=2)
#: A rest of a host that nobody asked for in so many words is no longer.
_LONGEST_OWN_REST = timedelta(hours=2)
#: A channel that fails is tried again within this time.
_LONGEST_TRY_WAIT = timedelta(hours=1)
#: Moments of what has happened, which none may lie ahead of the clock.
_PAST = (
    sources.c.last_visit_at,
    sources.c.last_ok_at,
    sources.c.last_new_at,
    sources.c.last_read_at,
    sources.c.state_since,
)


def note_change(connection: Connection, jump: timedelta, now: datetime) -> bool:
    """Notes that the clock was moved by so much to `now`; False where another scheduler has followed that already."""
    told = {"at": now.isoformat(), "jump_s": jump.total_seconds()}
    before = select(notes.c.value).where(notes.c.name == CLOCK_NOTE).with_for_update()
    row = connection.execute(before).first()
    if row is None:
        insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(notes)
        added = insert.values(name=CLOCK_NOTE, value=json.dumps(told)).on_conflict_do_nothing()
        return connection.execute(added.returning(notes.c.name)).first() is not None
    last = json.loads(row.value)
    is_near = abs(datetime.fromisoformat(last["at"]) - now) < _SEEN_WITHIN
    if is_near and abs(last["jump_s"] - jump.total_seconds()) < _SEEN_WITHIN.total_seconds():
        return False
    connection.execute(update(notes).where(notes.c.name == CLOCK_NOTE).values(value=json.dumps(told)))
    return True


def shift(connection: Connection, jump: timedelta, now: datetime) -> None:
    """Moves all that is to come by what the clock was moved, so that as much time is left of each wait as was.

    Between the change and this look others have gone by the new clock already: what they planned is left alone, where
    that can be told.
    """
    was = now - jump
    if jump > timedelta():
        by_old_clock = sources.c.last_visit_at.is_(None) | (sources.c.last_visit_at <= was + _SEEN_WITHIN)
        _move(connection, sources.c.next_due_at, jump, sources.c.next_due_at > was, by_old_clock)
        _move(connection, candidates.c.not_before, jump, _between(candidates.c.not_before, was, now), IS_PENDING)
        _move(connection, domain_leases.c.expires_at, jump, _between(domain_leases.c.expires_at, was, now))
        _move(connection, host_waits.c.not_before, jump, host_waits.c.not_before > was)
        _move(connection, channel_leases.c.expires_at, jump, _between(channel_leases.c.expires_at, was, now))
        _move(connection, channels.c.next_try_at, jump, _between(channels.c.next_try_at, was, now))
        _move(connection, channels.c.failing_since, jump, channels.c.failing_since <= was)
    else:
        for column, since in (
            (sources.c.next_due_at, now),
            (candidates.c.not_before, now),
            (domain_leases.c.expires_at, now + CLOCK_SLACK),
            (host_waits.c.not_before, now + _LONGEST_OWN_REST),
            (channel_leases.c.expires_at, now + CLOCK_SLACK),
            (channels.c.next_try_at, now + _LONGEST_TRY_WAIT),
        ):
            over = update(column.table).where(column > since, column <= was)  # was so before the change
            connection.execute(over.values({column: now}))
            _move(connection, column, jump, column > was)
        _move(connection, channels.c.failing_since, jump, channels.c.failing_since > now)
    connection.execute(update(visit_jobs).where(visit_jobs.c.due_at > now).values(due_at=now))
    settle_past(connection, now)


def settle_past(connection: Connection, now: datetime) -> None:
    """Nothing has happened in the future."""
    for column in _PAST:
        connection.execute(update(sources).where(column > now).values({column: now}))


def end_channel_waits(connection: Connection, now: datetime) -> None:
    """Ends what only a clock that was ahead can have made a channel wait for."""
    for column, latest in (
        (channel_leases.c.expires_at, now + CLOCK_SLACK),
        (channels.c.next_try_at, now + _LONGEST_TRY_WAIT),
        (channels.c.failing_since, now),
    ):
        connection.execute(update(column.table).where(column > latest).values({column: latest}))


def _between(column: Column[Any], since: datetime, until: datetime) -> ColumnElement[bool]:
    return (column > since) & (column < until)


def _move(connection: Connection, column: Column[Any], jump: timedelta, *where: ColumnElement[bool]) -> None:
    microseconds = (jump.days * 86_400 + jump.seconds) * 1_000_000 + jump.microseconds
    moved = type_coerce(column, BigInteger) + microseconds
    connection.execute(update(column.table).where(*where).values({column: moved}))
