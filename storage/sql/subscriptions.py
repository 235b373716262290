"""WebSub in SQL: which hubs feeds name, how far our subscriptions are, and what was pushed until it is read."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import HubMode, Push, Subscription, SubscriptionState, VisitOutcome, VisitReport
from storage.sql.engine import reading, writing
from storage.sql.job_tables import visit_jobs
from storage.sql.quarantine import SOURCE_IS_HELD
from storage.sql.schema import sources
from storage.sql.subscription_tables import pushes, subscriptions

#: Of one source, so that a hub cannot fill the disk: what comes then is refused, and the hub tries again.
MOST_WAITING = 20
#: A lease is believed to be no longer, whatever the hub says, and no shorter: it would be renewed without end.
_LONGEST_LEASE, _SHORTEST_LEASE = timedelta(days=30), timedelta(minutes=5)
#: A hub that names no lease: so long is asked for.
WISHED_LEASE = timedelta(days=10)
#: A lease is renewed when so much of it has passed.
_RENEWED_AT = 0.8
_DENIED_FOR = timedelta(days=7)
#: Hubs of one source: a feed that names another one each time makes nobody be asked for more.
_MOST_HUBS = 3
_KEPT_ENDED = timedelta(days=1)
#: So often a hub is asked to end a subscription; then it is left to run out.
_MOST_GOODBYES = 3
_TOKEN_BYTES = 24

_IS_VISITED = and_(sources.c.is_active, ~sources.c.is_gone)
_IS_WANTED = and_(subscriptions.c.is_named, _IS_VISITED)
_NOT_ASKED = (SubscriptionState.NAMED.value, SubscriptionState.DENIED.value, SubscriptionState.ENDED.value)
_MAY_BE_PUSHED = (SubscriptionState.ASKED.value, SubscriptionState.ACTIVE.value)


def note_hub(connection: Connection, report: VisitReport, source: Any, *, is_new: bool) -> None:
    """Notes which hub a feed names, as its visit says, and whether its pushes do what polls would.

    `is_new`: the visit found something that the source never listed before. A poll that does, although a hub pushes,
    shows that the hub cannot be relied on; a push that does shows that it can.
    """
    own = subscriptions.c.source_id == source.id
    if report.outcome is VisitOutcome.PUSHED:
        if is_new:
            connection.execute(update(subscriptions).where(own).values(proved_at=report.finished_at))
        return
    if report.outcome is not VisitOutcome.READ:
        return
    known = connection.execute(select(subscriptions).where(own)).all()
    if is_new and any(row.proved_at is not None for row in known):
        connection.execute(update(subscriptions).where(own).values(proved_at=None))
    named = (report.hub.hub, report.hub.topic or source.url) if report.hub else None
    for row in known:
        if row.is_named != ((row.hub, row.topic) == named):
            change = update(subscriptions).where(subscriptions.c.id == row.id)
            connection.execute(change.values(is_named=not row.is_named, due_at=report.finished_at))
    if named is not None and all((row.hub, row.topic) != named for row in known):
        gone = own & ~subscriptions.c.is_named & subscriptions.c.state.in_(_NOT_ASKED)
        gone &= subscriptions.c.due_at < report.finished_at - _KEPT_ENDED
        if len(known) - connection.execute(delete(subscriptions).where(gone)).rowcount >= _MOST_HUBS:
            return
        _add(connection, source, *named, report.finished_at)


def is_pushed(source_id: int, now: datetime) -> ColumnElement[bool]:
    """Whether a hub is known to push a source, as a column of a query."""
    return exists().where(
        subscriptions.c.source_id == source_id,
        subscriptions.c.state == SubscriptionState.ACTIVE.value,
        subscriptions.c.lease_until > now,
        subscriptions.c.proved_at.is_not(None),
    )


def forget_push(connection: Connection, report: VisitReport) -> None:
    """Ends a push with the visit that read it."""
    if report.push_id is not None:
        connection.execute(delete(pushes).where(pushes.c.id == report.push_id))


def subscriptions_in(connection: Connection, outlet_keys: Collection[str] | None) -> list[Subscription]:
    """All subscriptions, or those of these outlets."""
    query = _SUBSCRIPTIONS.order_by(subscriptions.c.outlet_key, subscriptions.c.source_id, subscriptions.c.id)
    if outlet_keys is not None:
        query = query.where(subscriptions.c.outlet_key.in_(list(outlet_keys)))
    return [_subscription(row) for row in connection.execute(query)]


def subscription_figures(connection: Connection) -> dict[str, Any]:
    """What `ServiceStatus` tells of subscriptions and pushes."""
    counted = select(subscriptions.c.state, func.count(), func.sum(subscriptions.c.refused))
    rows = connection.execute(counted.group_by(subscriptions.c.state)).all()
    return {
        "subscriptions": tuple(sorted((SubscriptionState(state), number) for state, number, _ in rows)),
        "pushes_refused": int(sum(refused for _, _, refused in rows)),
        "pushes_waiting": connection.execute(select(func.count()).select_from(pushes)).scalar_one(),
    }


class SqlSubscriptionBook:
    """Implements `storage.ports.SubscriptionBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def subscriptions(self, outlet_keys: Collection[str] | None = None) -> list[Subscription]:
        """All of them, or those of these outlets."""
        with reading(self._engine) as connection:
            return subscriptions_in(connection, outlet_keys)

    def due(self, now: datetime, limit: int) -> Sequence[tuple[Subscription, HubMode]]:
        """What hubs are to be asked for now; see the port."""
        is_due = subscriptions.c.due_at <= now
        ending = SubscriptionState.ENDING.value
        wanted = _SUBSCRIPTIONS.where(_IS_WANTED, is_due)
        unwanted = _SUBSCRIPTIONS.where(
            ~_IS_WANTED,
            or_(subscriptions.c.state.in_(_MAY_BE_PUSHED), and_(subscriptions.c.state == ending, is_due)),
        )
        with reading(self._engine) as connection:
            found = [
                (_subscription(row), mode)
                for query, mode in ((wanted, HubMode.SUBSCRIBE), (unwanted, HubMode.UNSUBSCRIBE))
                for row in connection.execute(query.order_by(subscriptions.c.due_at).limit(limit))
            ]
        return found[:limit]

    def ask(self, subscription: Subscription, mode: HubMode, now: datetime, again_at: datetime) -> bool:
        """Notes that a hub is about to be asked; see the port."""
        state = SubscriptionState.ENDING
        if mode is HubMode.SUBSCRIBE:
            state = SubscriptionState.ACTIVE if subscription.is_active(now) else SubscriptionState.ASKED
        elif subscription.state is SubscriptionState.ENDING and subscription.failures >= _MOST_GOODBYES:
            self._end(subscription.id, now)
            return False
        failures = subscription.failures + 1 if subscription.asked_mode is mode else 1
        change = update(subscriptions).where(
            subscriptions.c.id == subscription.id, subscriptions.c.due_at == subscription.due_at
        )
        values = {"state": state.value, "asked_mode": mode.value, "asked_at": now, "due_at": again_at}
        with writing(self._engine) as connection:
            return connection.execute(change.values(**values, failures=failures)).rowcount > 0

    def not_taken(self, subscription_id: int, detail: str, again_at: datetime | None = None) -> None:
        """Notes why the hub did not take what it was asked for; see the port."""
        change = update(subscriptions).where(subscriptions.c.id == subscription_id, subscriptions.c.failures > 0)
        with writing(self._engine) as connection:
            connection.execute(change.values(detail=detail, **({"due_at": again_at} if again_at else {})))

    def at(self, path: str) -> Subscription | None:
        """The subscription with that callback."""
        with reading(self._engine) as connection:
            row = connection.execute(_SUBSCRIPTIONS.where(subscriptions.c.path == path)).first()
        return _subscription(row) if row else None

    def confirm(self, path: str, mode: HubMode, topic: str, lease_s: int | None, now: datetime) -> bool:
        """The hub verifies our intent; see the port."""
        asked = and_(
            subscriptions.c.path == path, subscriptions.c.topic == topic, subscriptions.c.asked_mode == mode.value
        )
        with writing(self._engine) as connection:
            row = connection.execute(select(subscriptions.c.id).where(asked)).first()
            if row is None:
                return False
            if mode is HubMode.UNSUBSCRIBE:
                _end(connection, row.id, now)
                return True
            lease = WISHED_LEASE if lease_s is None else timedelta(seconds=min(lease_s, 10**9))
            lease = min(max(lease, _SHORTEST_LEASE), _LONGEST_LEASE)
            values = {
                "state": SubscriptionState.ACTIVE.value,
                "lease_until": now + lease,
                "due_at": now + lease * _RENEWED_AT,
                "failures": 0,
                "detail": None,
            }
            connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(**values))
            return True

    def deny(self, path: str, topic: str, why: str, now: datetime) -> bool:
        """The hub will not push; see the port."""
        asked = update(subscriptions).where(
            subscriptions.c.path == path,
            subscriptions.c.topic == topic,
            subscriptions.c.asked_mode == HubMode.SUBSCRIBE.value,
        )
        values = {"state": SubscriptionState.DENIED.value, "detail": why, "lease_until": None}
        with writing(self._engine) as connection:
            return connection.execute(asked.values(**values, due_at=now + _DENIED_FOR)).rowcount > 0

    def keep(
        self, subscription: Subscription, body: bytes, content_type: str | None, coding: str | None, now: datetime
    ) -> bool:
        """Keeps what was pushed; see the port."""
        own = pushes.c.source_id == subscription.source_id
        values = {
            "source_id": subscription.source_id,
            "subscription_id": subscription.id,
            "received_at": now,
            "content_type": content_type,
            "content_encoding": coding,
            "body": body,
        }
        with writing(self._engine) as connection:
            if connection.execute(select(func.count()).where(own)).scalar_one() >= MOST_WAITING:
                return False
            connection.execute(insert(pushes).values(**values))
            pushed = update(subscriptions).where(subscriptions.c.id == subscription.id)
            connection.execute(pushed.values(pushed_at=now))
            return True

    def refuse(self, subscription_id: int, why: str, now: datetime) -> None:
        """Notes a push that is not believed, or not taken."""
        values = {"refused": subscriptions.c.refused + 1, "refused_at": now, "refused_why": why}
        with writing(self._engine) as connection:
            connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(**values))

    def waiting(self, limit: int) -> list[tuple[int, str, datetime]]:
        """Sources with pushes to be read that are not queued."""
        query = (
            select(sources.c.id, sources.c.domain, func.min(pushes.c.received_at).label("since"))
            .join(pushes, pushes.c.source_id == sources.c.id)
            .where(_IS_VISITED, ~exists().where(visit_jobs.c.source_id == sources.c.id), ~SOURCE_IS_HELD)
            .group_by(sources.c.id, sources.c.domain)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [(row.id, row.domain, row.since) for row in connection.execute(query)]

    def next_push(self, source_id: int) -> int | None:
        """The id of a source's oldest push that is not read."""
        with reading(self._engine) as connection:
            oldest = select(func.min(pushes.c.id)).where(pushes.c.source_id == source_id)
            return connection.execute(oldest).scalar()

    def push(self, push_id: int) -> Push | None:
        """A push; None when it was read."""
        told = func.coalesce(subscriptions.c.topic, sources.c.url).label("topic")
        query = select(pushes, told).join(sources, sources.c.id == pushes.c.source_id)
        query = query.outerjoin(subscriptions, subscriptions.c.id == pushes.c.subscription_id)
        with reading(self._engine) as connection:
            row = connection.execute(query.where(pushes.c.id == push_id)).first()
        if row is None:
            return None
        return Push(
            id=row.id,
            source_id=row.source_id,
            received_at=row.received_at,
            topic=row.topic,
            content_type=row.content_type,
            content_encoding=row.content_encoding,
            body=row.body,
        )

    def _end(self, subscription_id: int, now: datetime) -> None:
        with writing(self._engine) as connection:
            _end(connection, subscription_id, now)


_SUBSCRIPTIONS = select(subscriptions, sources.c.url.label("source_url")).join(
    sources, sources.c.id == subscriptions.c.source_id
)


def _add(connection: Connection, source: Any, hub: str, topic: str, now: datetime) -> None:
    values = {
        "source_id": source.id,
        "outlet_key": source.outlet_key,
        "hub": hub,
        "topic": topic,
        "path": secrets.token_urlsafe(_TOKEN_BYTES),
        "secret": secrets.token_urlsafe(_TOKEN_BYTES),
        "state": SubscriptionState.NAMED.value,
        "due_at": now,
    }
    added = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(subscriptions).values(**values)
    connection.execute(added.on_conflict_do_nothing())


def _end(connection: Connection, subscription_id: int, now: datetime) -> None:
    """Begins anew, with another callback, should it be wanted again."""
    values = {
        "state": SubscriptionState.ENDED.value,
        "asked_mode": None,
        "lease_until": None,
        "proved_at": None,
        "failures": 0,
        "detail": None,
        "due_at": now,
        "path": secrets.token_urlsafe(_TOKEN_BYTES),
        "secret": secrets.token_urlsafe(_TOKEN_BYTES),
    }
    connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(**values))


def _subscription(row: Any) -> Subscription:
    return Subscription(
        id=row.id,
        source_id=row.source_id,
        outlet_key=row.outlet_key,
        source_url=row.source_url,
        hub=row.hub,
        topic=row.topic,
        path=row.path,
        secret=row.secret,
        state=SubscriptionState(row.state),
        asked_mode=HubMode(row.asked_mode) if row.asked_mode else None,
        asked_at=row.asked_at,
        due_at=row.due_at,
        failures=row.failures,
        detail=row.detail,
        lease_until=row.lease_until,
        pushed_at=row.pushed_at,
        proved_at=row.proved_at,
        refused=row.refused,
        refused_at=row.refused_at,
        refused_why=row.refused_why,
    )
