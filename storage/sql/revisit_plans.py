"""When each article is due to be asked for again: planned by following the log, and anew where the policy changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, and_, bindparam, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import EventKind, Precision, RevisitPolicy, RevisitWish, quickness_of
from storage.sql.revisit_tables import revisit_lanes, revisit_outlets, revisit_plans, revisits_open
from storage.sql.schema import articles, events, notes, outlets, revisions

#: Events, and articles that are planned anew, in a step: some 20 ms.
STEP = 500
#: The note that holds the last event that was planned by.
CURSOR_NOTE = "revisits planned up to event"
_DAY = timedelta(days=1)


class Policies:
    """The policies in force, looked up once each in a transaction; `default` holds where an outlet has none.

    Without `is_ordered` they are as they would be had nobody ordered anything.
    """

    def __init__(self, connection: Connection, default: RevisitPolicy, *, is_ordered: bool = True) -> None:
        self._connection = connection
        self._default = default
        self._is_ordered = is_ordered
        self._known: dict[str, tuple[RevisitPolicy, float]] = {}

    def of(self, outlet_key: str) -> RevisitPolicy:
        """An outlet's policy."""
        return self._look(outlet_key)[0]

    def quickness(self, outlet_key: str) -> float:
        """How much sooner an outlet's articles are asked for."""
        return self._look(outlet_key)[1]

    def all(self) -> dict[str, RevisitPolicy]:
        """The policy of each outlet that was not removed."""
        for row in self._connection.execute(_POLICIES.where(outlets.c.removed_at.is_(None))):
            self._keep(row)
        return {key: policy for key, (policy, _) in self._known.items()}

    def _look(self, outlet_key: str) -> tuple[RevisitPolicy, float]:
        if outlet_key not in self._known:
            self._keep(self._connection.execute(_POLICIES.where(outlets.c.key == outlet_key)).one())
        return self._known[outlet_key]

    def _keep(self, row: Any) -> None:
        policy = wish_of_spec(row.spec).over(self._default)
        if self._is_ordered:
            policy = wish_from_json(row.ordered).over(policy)
        self._known[row.key] = policy, quickness_of(row.visits or 0.0, row.changes or 0.0)


def wish_of_spec(spec: Mapping[str, Any]) -> RevisitWish:
    """What an outlet's file orders."""
    ages = spec.get("revisit_ages_s")
    return RevisitWish(ages_s=tuple(ages) if ages else None, a_day=spec.get("revisits_a_day"))


def wish_from_json(told: Mapping[str, Any] | None) -> RevisitWish:
    """An order as it is stored."""
    ages = (told or {}).get("ages_s")
    return RevisitWish(ages_s=None if ages is None else tuple(ages), a_day=(told or {}).get("a_day"))


def host_of_url(url: str) -> str:
    """By which host requests for an address are counted."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # what was stored once may be no address for this Python
        return ""


def events_to_plan(connection: Connection) -> int:
    """How many events wait to be followed, up to STEP; those that plan nothing wait for company."""
    after = _cursor(connection)
    found = connection.execute(_EVENTS, {"after": after}).all()
    is_due = any(row.kind == EventKind.ARTICLE_STORED.value for row in found) or len(found) == STEP
    return len(found) if is_due else 0


def plan_new(connection: Connection, policies: Policies) -> None:
    """Plans the articles that the log tells of next."""
    after = _cursor(connection)
    found = connection.execute(_EVENTS, {"after": after}).all()
    ids = {row.article_id for row in found if row.kind == EventKind.ARTICLE_STORED.value}
    if not ids and len(found) < STEP:
        return
    rows = [_plan(row, policies) for row in connection.execute(_ARTICLES, {"ids": sorted(ids)})]
    if rows:
        insert = _insert(connection)
        connection.execute(insert(revisit_plans).on_conflict_do_nothing(), rows)
        lanes = sorted({(row["outlet_key"], row["host"]) for row in rows})
        connection.execute(
            insert(revisit_lanes).on_conflict_do_nothing(),
            [{"outlet_key": outlet, "host": host} for outlet, host in lanes],
        )
    _move_cursor(connection, found[-1].seq)


def stale_policies(connection: Connection, policies: Policies) -> dict[str, RevisitPolicy]:
    """Outlets whose articles are planned by another policy than the one in force, which is told."""
    known = {row.outlet_key: row.planned for row in connection.execute(_PLANNED)}
    return {key: policy for key, policy in policies.all().items() if known.get(key) != _told(policy)}


def note_policies(connection: Connection, policies: Mapping[str, RevisitPolicy]) -> None:
    """Has the articles of outlets planned anew by these policies."""
    known = {row.outlet_key for row in connection.execute(_PLANNED) if row.planned}
    for key, policy in sorted(policies.items()):
        values = {"planned": _told(policy), "replanned_to": 0 if key in known else None}
        added = _insert(connection)(revisit_outlets).values(outlet_key=key, **values)
        connection.execute(added.on_conflict_do_update(index_elements=["outlet_key"], set_=values))


def plan_anew(connection: Connection, policies: Policies) -> int:
    """Plans the next articles of an outlet whose policy changed; returns how many. What is asked for now stays so."""
    waiting = select(revisit_outlets).where(revisit_outlets.c.replanned_to.is_not(None)).limit(1)
    outlet = connection.execute(waiting).first()
    if outlet is None:
        return 0
    query = (
        select(revisit_plans)
        .where(revisit_plans.c.outlet_key == outlet.outlet_key, revisit_plans.c.article_id > outlet.replanned_to)
        .order_by(revisit_plans.c.article_id)
        .limit(STEP)
    )
    rows = connection.execute(query).all()
    policy, quickness = policies.of(outlet.outlet_key), policies.quickness(outlet.outlet_key)
    changed = [
        {
            "article": row.article_id,
            "due": policy.next_due(row.since, row.visited_at or row.since, quickness, row.absences),
        }
        for row in rows
    ]
    if changed:
        connection.execute(_SET_DUE, changed)
    upto = rows[-1].article_id if len(rows) == STEP else None
    ours = revisit_outlets.c.outlet_key == outlet.outlet_key
    connection.execute(update(revisit_outlets).where(ours).values(replanned_to=upto))
    return len(rows)


def _plan(row: Any, policies: Policies) -> dict[str, Any]:
    since = _since(row)
    policy, quickness = policies.of(row.outlet_key), policies.quickness(row.outlet_key)
    return {
        "article_id": row.id,
        "outlet_key": row.outlet_key,
        "host": host_of_url(row.url),
        "since": since,
        "due_at": policy.next_due(since, row.first_seen_at, quickness),
        "visited_at": row.first_seen_at,
    }


def _since(row: Any) -> datetime:
    """From when the age of an article is counted: when it came out, as far as that is known and has passed."""
    seen: datetime = row.first_seen_at
    if row.published_at is None or row.published_at > seen:
        return seen
    if row.published_precision == Precision.DAY.value and row.published_at > seen - _DAY:
        return seen  # some time of that day, and the day is not over
    return row.published_at  # type: ignore[no-any-return]


def _told(policy: RevisitPolicy) -> dict[str, Any]:
    return {"ages_s": list(policy.ages_s), "a_day": policy.a_day}


def _cursor(connection: Connection) -> int:
    told = connection.execute(select(notes.c.value).where(notes.c.name == CURSOR_NOTE)).scalar()
    return int(told or 0)


def _move_cursor(connection: Connection, seq: int) -> None:
    added = _insert(connection)(notes).values(name=CURSOR_NOTE, value=str(seq))
    connection.execute(added.on_conflict_do_update(index_elements=["name"], set_={"value": str(seq)}))


def _insert(connection: Connection) -> Any:
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


_PLANNED = select(revisit_outlets.c.outlet_key, revisit_outlets.c.planned)
_POLICIES = select(
    outlets.c.key,
    outlets.c.spec,
    revisit_outlets.c.ordered,
    revisit_outlets.c.visits,
    revisit_outlets.c.changes,
).outerjoin(revisit_outlets, revisit_outlets.c.outlet_key == outlets.c.key)
_EVENTS = (
    select(events.c.seq, events.c.kind, events.c.article_id)
    .where(events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(STEP)
)
_ARTICLES = (
    select(
        articles.c.id,
        articles.c.outlet_key,
        articles.c.url,
        articles.c.first_seen_at,
        revisions.c.published_at,
        revisions.c.published_precision,
    )
    .join(revisions, and_(revisions.c.article_id == articles.c.id, revisions.c.number == 1))
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(articles.c.id)
)
_SET_DUE = (
    update(revisit_plans)
    .where(
        revisit_plans.c.article_id == bindparam("article"),
        ~exists().where(revisits_open.c.article_id == revisit_plans.c.article_id),
    )
    .values(due_at=bindparam("due"))
)
