"""What is due becomes pending: an article's own address is fetched again, as a candidate that was found before.

A few at a time for each outlet, so that new articles of its domain never stand behind a thousand old ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import Reason
from storage.sql.revisit_plans import Policies, host_of_url
from storage.sql.revisit_tables import (
    IS_WAITING,
    recrawl_articles,
    recrawls,
    revisit_days,
    revisit_lanes,
    revisit_plans,
    revisits_open,
)
from storage.sql.schema import articles, candidates, captures, outlets
from storage.sql.tallies import day_of

#: So many articles of an outlet at a time, by the standing policy and once more by orders.
FED = 20
#: Re-visits a look, each half a millisecond in which nobody else writes to SQLite; the next look goes on.
MOST = 300
#: Of a re-crawl under the cap so many are looked at for some whose host has requests left.
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens re-visits in one transaction. `domain_of` gives a URL's registrable domain."""

    connection: Connection
    domain_of: Callable[[str], str]
    now: datetime

    # ---------------------------------------------------------------------------- standing policy

    def open_due(self, policies: Policies) -> int:
        """Opens what is due by the standing policy, under each host's cap; returns how many."""
        open_here = self._open_counts(is_ordered=False)
        taken = {**self._requests_today()}
        count = 0
        for lane in self.connection.execute(due_lanes(self.now)).all():
            policy = policies.of(lane.outlet_key)
            here = (lane.outlet_key, lane.host)
            under_way = sum(number for (_, host), number in open_here.items() if host == lane.host)
            of_outlet = sum(number for (outlet, _), number in open_here.items() if outlet == lane.outlet_key)
            room = min(FED - of_outlet, policy.a_day - taken.get(lane.host, 0) - under_way)
            if room <= 0:
                continue
            if count >= MOST:
                break
            opened = self._open_lane(lane, room, policies)
            open_here[here] = open_here.get(here, 0) + opened
            count += opened
        return count

    def _open_lane(self, lane: Any, room: int, policies: Policies) -> int:
        """Takes by turns what waits longest, so that nothing is forgotten, and what came due last: while more is due
        than may be asked for, the newest articles, which change most, are not all late.
        """
        policy, quickness = policies.of(lane.outlet_key), policies.quickness(lane.outlet_key)
        ours = and_(
            revisit_plans.c.outlet_key == lane.outlet_key,
            revisit_plans.c.host == lane.host,
            revisit_plans.c.due_at <= self.now,
        )
        columns = (revisit_plans.c.article_id, revisit_plans.c.since, revisit_plans.c.absences)
        oldest, newest = (
            self.connection.execute(select(*columns).where(ours).order_by(order).limit(room)).all()
            for order in (revisit_plans.c.due_at, revisit_plans.c.due_at.desc())
        )
        in_turn = {row.article_id: row for pair in zip_longest(oldest, newest) for row in pair if row is not None}
        chosen = list(in_turn.values())[:room]
        fetched = self._fetched([row.article_id for row in chosen])
        wanted = []
        for row in chosen:  # what was fetched meanwhile for another reason is due later
            at = fetched.get(row.article_id)
            due = policy.next_due(row.since, at, quickness, row.absences) if at else self.now
            if due is not None and due <= self.now:
                wanted.append(row.article_id)
                due = None
            self.connection.execute(
                update(revisit_plans).where(revisit_plans.c.article_id == row.article_id).values(due_at=due)
            )
        opened = self._open(wanted, recrawl_id=None, a_day=policy.a_day)
        return len(opened)

    def _fetched(self, article_ids: Sequence[int]) -> dict[int, datetime]:
        """When each was last read well."""
        newest = (
            select(captures.c.article_id, func.max(captures.c.fetched_at).label("at"))
            .where(captures.c.article_id.in_(list(article_ids)), captures.c.status.between(200, 299))
            .group_by(captures.c.article_id)
        )
        return {row.article_id: _utc(row.at) for row in self.connection.execute(newest)}

    def _requests_today(self) -> dict[str, int]:
        query = select(revisit_days.c.host, revisit_days.c.requests).where(revisit_days.c.day == day_of(self.now))
        return {row.host: row.requests for row in self.connection.execute(query)}

    # ------------------------------------------------------------------------------------- orders

    def open_ordered(self, policies: Policies) -> int:
        """Opens what waits in re-crawls, the oldest order first; returns how many. Of one under the cap nothing is
        opened at a host that has had its requests of today.
        """
        count = 0
        orders = select(recrawls).where(recrawls.c.state == "running").order_by(recrawls.c.id)
        for order in self.connection.execute(orders).all():
            paused = set(self.connection.execute(_PAUSED).scalars())
            of_outlets = self._open_counts(is_ordered=True)
            for key in order.outlet_keys:
                under_way = sum(number for (outlet, _), number in of_outlets.items() if outlet == key)
                if key not in paused and under_way < FED and count < MOST:
                    cap = policies.of(key).ordered_a_day if order.is_capped else None
                    count += self._open_of_order(order.id, key, FED - under_way, cap)
        return count

    def _open_of_order(self, recrawl_id: int, outlet_key: str, room: int, a_day: int | None) -> int:
        waiting = (
            select(recrawl_articles.c.article_id)
            .where(recrawl_articles.c.recrawl_id == recrawl_id, recrawl_articles.c.outlet_key == outlet_key, IS_WAITING)
            .order_by(recrawl_articles.c.article_id)
        )
        if a_day is None:
            chosen = list(self.connection.execute(waiting.limit(room)).scalars())
        else:
            chosen = self._within_cap(waiting, room, a_day)
        if not chosen:
            return 0
        here = and_(recrawl_articles.c.recrawl_id == recrawl_id, recrawl_articles.c.article_id.in_(chosen))
        self.connection.execute(update(recrawl_articles).where(here).values(opened_at=self.now))
        planned = revisit_plans.c.article_id.in_(chosen)
        self.connection.execute(update(revisit_plans).where(planned).values(due_at=None))
        return len(self._open(chosen, recrawl_id=recrawl_id, a_day=a_day))

    def _within_cap(self, waiting: Select[Any], room: int, a_day: int) -> list[int]:
        """Those whose hosts may be sent something today, among the first that wait."""
        sent = Counter(self._requests_today())
        for is_ordered in (True, False):
            for (_, host), number in self._open_counts(is_ordered=is_ordered).items():
                sent[host] += number
        named = waiting.add_columns(articles.c.url).join(articles, articles.c.id == recrawl_articles.c.article_id)
        chosen: list[int] = []
        for row in self.connection.execute(named.limit(_LOOKED_AT)):
            host = host_of_url(row.url)
            if sent[host] < a_day:
                sent[host] += 1
                chosen.append(row.article_id)
                if len(chosen) == room:
                    break
        return chosen

    # ------------------------------------------------------------------------------------ opening

    def _open_counts(self, *, is_ordered: bool) -> dict[tuple[str, str], int]:
        """How many are under way, by outlet and host; without those that wait for a time to come."""
        wanted = revisits_open.c.recrawl_id.is_not(None) if is_ordered else revisits_open.c.recrawl_id.is_(None)
        query = (
            select(revisits_open.c.outlet_key, revisits_open.c.host, func.count().label("number"))
            .join(candidates, candidates.c.id == revisits_open.c.candidate_id)
            .where(wanted, or_(candidates.c.not_before.is_(None), candidates.c.not_before <= self.now))
            .group_by(revisits_open.c.outlet_key, revisits_open.c.host)
        )
        return {(row.outlet_key, row.host): row.number for row in self.connection.execute(query)}

    def _open(self, article_ids: Sequence[int], *, recrawl_id: int | None, a_day: int | None) -> list[int]:
        """Makes these articles' candidates pending; returns those that were not being asked for yet."""
        under_way = select(revisits_open.c.article_id, revisits_open.c.candidate_id)
        under_way = under_way.where(revisits_open.c.article_id.in_(list(article_ids)))
        known = {row.article_id: row.candidate_id for row in self.connection.execute(under_way)}
        if recrawl_id is not None and known:  # a person does not wait for the next try
            waiting = and_(candidates.c.id.in_(known.values()), candidates.c.state == "pending")
            self.connection.execute(update(candidates).where(waiting).values(not_before=None))
        wanted = [number for number in article_ids if number not in known]
        rows = []
        for article_id, candidate_id, url, outlet_key in self._candidates(wanted):
            rows.append(
                {
                    "candidate_id": candidate_id,
                    "article_id": article_id,
                    "outlet_key": outlet_key,
                    "host": host_of_url(url),
                    "opened_at": self.now,
                    "recrawl_id": recrawl_id,
                    "a_day": a_day,
                }
            )
        if rows:
            self.connection.execute(self._insert(revisits_open).on_conflict_do_nothing(), rows)
            again = and_(
                candidates.c.id.in_([row["candidate_id"] for row in rows]),
                candidates.c.state == "done",
                candidates.c.reason.is_distinct_from(Reason.QUARANTINED.value),
            )
            fresh = {"state": "pending", "tries": 0, "not_before": None}
            self.connection.execute(update(candidates).where(again).values(**fresh))
        return wanted

    def _candidates(self, article_ids: Sequence[int]) -> list[tuple[int, int, str, str]]:
        """(article, candidate, URL, outlet) by which each is fetched: its own address, with the hints by which it was
        read; where only another address led to it, its own becomes a candidate too.
        """
        found = []
        own = and_(candidates.c.outlet_key == articles.c.outlet_key, candidates.c.key == articles.c.key)
        query = (
            select(articles.c.id, articles.c.key, articles.c.url, articles.c.outlet_key, candidates.c.id.label("own"))
            .outerjoin(candidates, own)
            .where(articles.c.id.in_(list(article_ids)))
            .order_by(articles.c.key)  # two writers must not block each other
        )
        for row in self.connection.execute(query).all():
            if row.own is None:
                candidate_id = self._own_candidate(row)
            else:
                candidate_id = row.own
                known = update(candidates).where(candidates.c.id == row.own, candidates.c.article_id.is_(None))
                self.connection.execute(known.values(article_id=row.id))
            found.append((row.id, candidate_id, row.url, row.outlet_key))
        return found

    def _own_candidate(self, article: Any) -> int:
        read_as = (
            select(candidates)
            .join(captures, captures.c.candidate_id == candidates.c.id)
            .where(captures.c.article_id == article.id, candidates.c.outlet_key == article.outlet_key)
            .order_by(captures.c.id.desc())
            .limit(1)
        )
        base = self.connection.execute(read_as).first()
        values = {
            "outlet_key": article.outlet_key,
            "key": article.key,
            "url": article.url,
            "found_url": article.url,
            "domain": self.domain_of(article.url),
            "hints": base.hints if base else None,
            "source_id": base.source_id if base else None,
            "found_at": base.found_at if base else self.now,
            "state": "done",
            "reason": Reason.SEEN.value,
            "article_id": article.id,
            "finished_at": base.finished_at if base else self.now,
        }
        made = candidates.insert().values(**values).returning(candidates.c.id)
        return int(self.connection.execute(made).scalar_one())

    def _insert(self, table: Any) -> Any:
        return (sqlite if self.connection.dialect.name == "sqlite" else postgresql).insert(table)


_PAUSED = select(outlets.c.key).where(or_(outlets.c.is_paused, outlets.c.removed_at.is_not(None)))


def due_lanes(now: datetime) -> Any:
    """Where something is due, by an index seek a lane."""
    is_due = exists().where(
        revisit_plans.c.outlet_key == revisit_lanes.c.outlet_key,
        revisit_plans.c.host == revisit_lanes.c.host,
        revisit_plans.c.due_at <= now,
    )
    return (
        select(revisit_lanes.c.outlet_key, revisit_lanes.c.host)
        .where(is_due, revisit_lanes.c.outlet_key.not_in(_PAUSED))
        .order_by(revisit_lanes.c.outlet_key, revisit_lanes.c.host)
    )


def _utc(value: Any) -> datetime:
    return value  # type: ignore[no-any-return]  # func.max keeps the column's type
