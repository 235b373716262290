"""Re-visits in SQL: which articles are asked for again and when, under which cap, and what came of it.

`look` does all that is to do now in one transaction: what ended is noted, what is new is planned, what is due becomes
pending. It may be called by any number of processes, and at any time: one that dies leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, func, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import Revisit, RevisitCost, RevisitPolicy, RevisitStanding, RevisitWish, cost_of
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.orders import event_of
from storage.sql.revisit_ends import end_recrawls, ended, revisits_of, settle
from storage.sql.revisit_opening import Opener, due_lanes
from storage.sql.revisit_plans import (
    Policies,
    events_to_plan,
    note_policies,
    plan_anew,
    plan_new,
    stale_policies,
    wish_from_json,
)
from storage.sql.revisit_tables import recrawls, revisit_days, revisit_lanes, revisit_outlets, revisit_plans
from storage.sql.schema import article_days
from storage.sql.tallies import day_of

#: Any number, the same in all versions: one process looks at a time.
_LOCK = 7_304_004
#: How often policies are compared with those that articles are planned by; an order by command needs no such look.
_POLICIES_EVERY = timedelta(seconds=60)
_DAYS_FORESEEN, _LONGEST_AGE_DAYS = 30, 3_700


@dataclass(slots=True, kw_only=True)
class SqlRevisitBook:
    """Implements `storage.ports.RevisitBook`. `policy` holds where an outlet has none of its own."""

    engine: Engine
    domain_of: Callable[[str], str]
    policy: RevisitPolicy = field(default_factory=RevisitPolicy)
    _policies_at: datetime | None = None

    # ------------------------------------------------------------------------------------ looking

    def look(self, now: datetime, *, is_standing: bool = True) -> int:
        """Does what is to do now; see the port."""
        if not self._has_work(now, is_standing=is_standing):
            return 0
        with writing(self.engine) as connection:
            if not _alone(connection):
                return 0
            policies = Policies(connection, self.policy)
            settle(connection, policies)
            end_recrawls(connection)
            opener = Opener(connection, self.domain_of, now)
            opened = opener.open_ordered(policies)
            if is_standing:
                self._note_policies(connection, policies, now)
                plan_new(connection, policies)
                plan_anew(connection, policies)
                opened += opener.open_due(policies)
        return opened

    def _has_work(self, now: datetime, *, is_standing: bool) -> bool:
        """Whether a transaction that writes is worth it."""
        with reading(self.engine) as connection:
            looks = [ended(), select(recrawls.c.id).where(recrawls.c.state == literal_column("'running'"))]
            if is_standing:
                anew = select(revisit_outlets.c.outlet_key).where(revisit_outlets.c.replanned_to.is_not(None))
                looks += [due_lanes(now), anew]
            if any(connection.execute(query.limit(1)).first() for query in looks):
                return True
            if not is_standing:
                return False
            return self._policies_are_old(now) or bool(events_to_plan(connection))

    def _policies_are_old(self, now: datetime) -> bool:
        return self._policies_at is None or not self._policies_at <= now < self._policies_at + _POLICIES_EVERY

    def _note_policies(self, connection: Connection, policies: Policies, now: datetime) -> None:
        if self._policies_are_old(now):
            note_policies(connection, stale_policies(connection, policies))
            self._policies_at = now

    # ------------------------------------------------------------------------------------ the cap

    def claim(self, host: str, a_day: int, now: datetime) -> bool:
        """Takes one of a host's requests of today for a re-visit; False when all are taken."""
        insert = (sqlite if self.engine.dialect.name == "sqlite" else postgresql).insert(revisit_days)
        claimed = (
            insert.values(host=host, day=day_of(now), requests=1)
            .on_conflict_do_update(
                index_elements=["host", "day"],
                set_={"requests": revisit_days.c.requests + 1},
                where=revisit_days.c.requests < a_day,
            )
            .returning(revisit_days.c.requests)
        )
        if a_day < 1:
            return False
        with writing(self.engine) as connection:
            return connection.execute(claimed).first() is not None

    # ----------------------------------------------------------------------------------- policies

    def policy_of(self, outlet_key: str) -> RevisitPolicy:
        """The policy in force."""
        with reading(self.engine) as connection:
            return Policies(connection, self.policy).of(outlet_key)

    def cost(self, outlet_key: str, wish: RevisitWish, now: datetime) -> RevisitCost:
        """What an outlet's policy would ask for with this order, foreseen for 30 days."""
        with reading(self.engine) as connection:
            return self._cost(connection, outlet_key, self._wished(connection, outlet_key, wish), now)

    def order(self, outlet_key: str, wish: RevisitWish, now: datetime, by: str) -> RevisitPolicy:
        """Orders an outlet's re-visits in place of what was ordered before; returns the policy in force then."""
        insert = (sqlite if self.engine.dialect.name == "sqlite" else postgresql).insert(revisit_outlets)
        ordered = None if wish == RevisitWish() else {"ages_s": wish.ages_s and list(wish.ages_s), "a_day": wish.a_day}
        if wish.ages_s == ():
            ordered = {"ages_s": [], "a_day": wish.a_day}
        with writing(self.engine) as connection:
            saved = insert.values(outlet_key=outlet_key, ordered=ordered)
            connection.execute(saved.on_conflict_do_update(index_elements=["outlet_key"], set_={"ordered": ordered}))
            policy = Policies(connection, self.policy).of(outlet_key)
            note_policies(connection, {outlet_key: policy})
            told = {"ages_s": list(policy.ages_s), "a_day": policy.a_day}
            append_events(connection, [event_of("revisits", by, now, outlet_key, **told)])
        return policy

    def standing(self, outlet_key: str, now: datetime) -> RevisitStanding:
        """How the re-visits of an outlet stand."""
        ours = revisit_plans.c.outlet_key == outlet_key
        hosts = select(revisit_lanes.c.host).where(revisit_lanes.c.outlet_key == outlet_key)
        is_due = and_(ours, revisit_plans.c.host.in_(hosts), revisit_plans.c.due_at <= now)
        with reading(self.engine) as connection:
            policies = Policies(connection, self.policy)
            policy = policies.of(outlet_key)
            ordered = select(revisit_outlets.c.ordered).where(revisit_outlets.c.outlet_key == outlet_key)
            due, since = connection.execute(select(func.count(), func.min(revisit_plans.c.due_at)).where(is_due)).one()
            today = select(func.max(revisit_days.c.requests)).where(
                revisit_days.c.day == day_of(now), revisit_days.c.host.in_(hosts)
            )
            return RevisitStanding(
                outlet_key=outlet_key,
                policy=policy,
                ordered=wish_from_json(connection.execute(ordered).scalar()),
                cost=self._cost(connection, outlet_key, policy, now),
                articles=connection.execute(select(func.count()).where(ours)).scalar_one(),
                due=due,
                due_since=since,
                requests_today=connection.execute(today).scalar() or 0,
                quickness=policies.quickness(outlet_key),
            )

    def revisits_of(self, article_id: int, limit: int = 100) -> list[Revisit]:
        """When an article was asked for again and what came of it, newest first."""
        with reading(self.engine) as connection:
            return revisits_of(connection, article_id, limit)

    def _wished(self, connection: Connection, outlet_key: str, wish: RevisitWish) -> RevisitPolicy:
        """The policy as an order would make it; of what it does not say, as its file or the settings have it."""
        return wish.over(Policies(connection, self.policy, is_ordered=False).of(outlet_key))

    def _cost(self, connection: Connection, outlet_key: str, policy: RevisitPolicy, now: datetime) -> RevisitCost:
        today = day_of(now)
        query = select(article_days.c.day, article_days.c.articles).where(
            article_days.c.outlet_key == outlet_key,
            article_days.c.day > today - _LONGEST_AGE_DAYS,
            article_days.c.day <= today,
        )
        published = {row.day: row.articles for row in connection.execute(query)}
        return cost_of(policy, published, today, _DAYS_FORESEEN)


def _alone(connection: Connection) -> bool:
    """Whether no other process looks just now; what it does is then done."""
    if connection.dialect.name == "sqlite":
        return True  # a writer is alone anyway
    return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar())
