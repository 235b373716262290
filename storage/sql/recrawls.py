"""Re-crawls in SQL: an order names its articles when it is given, and keeps what became of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, Select, and_, func, insert, literal, select, update

from storage.errors import UnknownRecrawl
from storage.recrawls import HostShare, Recrawl, RecrawlProgress, RecrawlState, RecrawlWish
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.orders import BY_COMMAND, event_of
from storage.sql.revisit_plans import host_of_url
from storage.sql.revisit_tables import IS_WAITING, recrawl_articles, recrawls, revisit_plans
from storage.sql.schema import articles, outlets, revisions
from storage.sql.story_tables import story_articles

_CHUNK = 500
#: Any number, the same in all versions: one order is given at a time.
_LOCK = 7_304_005
_UNFINISHED = [RecrawlState.RUNNING.value, RecrawlState.STOPPED.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlRecrawlBook:
    """Implements `storage.ports.RecrawlBook`."""

    engine: Engine

    def hosts(self, wish: RecrawlWish, now: datetime) -> list[HostShare]:
        """At which hosts the articles are that answer a wish, the most first."""
        counts: Counter[tuple[str, str]] = Counter()
        with reading(self.engine) as connection:
            for query in self._queries(wish, now):
                found = connection.execution_options(yield_per=5_000).execute(query)
                counts.update((row.outlet_key, host_of_url(row.url)) for row in found)
        shares = [HostShare(host=host, outlet_key=key, articles=number) for (key, host), number in counts.items()]
        return sorted(shares, key=lambda share: (-share.articles, share.host, share.outlet_key))

    def start(
        self, words: str, wish: RecrawlWish, now: datetime, by: str = BY_COMMAND, *, is_capped: bool = False
    ) -> Recrawl:
        """Orders a re-crawl, or goes on with the unfinished one of the same words; see the port."""
        same = and_(recrawls.c.words == words, recrawls.c.state.in_(_UNFINISHED))
        with writing(self.engine) as connection:
            if connection.dialect.name == "postgresql":  # else two who ask at once would make two orders
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            again = update(recrawls).where(same).values(state=RecrawlState.RUNNING.value, ended_at=None)
            row = connection.execute(again.returning(recrawls)).first()
            if row is not None:
                return _recrawl(row)
            values = {"words": words, "state": RecrawlState.RUNNING.value, "created_at": now}
            made = (
                insert(recrawls)
                .values(**values, articles=0, outlet_keys=[], is_capped=is_capped)
                .returning(recrawls.c.id)
            )
            number = connection.execute(made).scalar_one()
            for query in self._queries(wish, now):
                chosen = query.with_only_columns(literal(number), articles.c.id, articles.c.outlet_key)
                names = ["recrawl_id", "article_id", "outlet_key"]
                connection.execute(insert(recrawl_articles).from_select(names, chosen))
            ours = recrawl_articles.c.recrawl_id == number
            counted = (
                select(recrawl_articles.c.outlet_key, func.count().label("number"))
                .where(ours)
                .group_by(recrawl_articles.c.outlet_key)
                .order_by(recrawl_articles.c.outlet_key)
            )
            found = connection.execute(counted).all()
            total, keys = sum(row.number for row in found), [row.outlet_key for row in found]
            told = update(recrawls).where(recrawls.c.id == number).values(articles=total, outlet_keys=keys)
            row = connection.execute(told.returning(recrawls)).one()
            only = keys[0] if len(keys) == 1 else None
            append_events(connection, [event_of("recrawl", by, now, only, recrawl=number, articles=total, words=words)])
        return _recrawl(row)

    def stop(self, recrawl_id: int | None, now: datetime) -> list[Recrawl]:
        """Stops a re-crawl that runs, or all; what is being asked for is finished."""
        ours = recrawls.c.state == RecrawlState.RUNNING.value
        if recrawl_id is not None:
            ours = and_(ours, recrawls.c.id == recrawl_id)
        stopped = update(recrawls).where(ours).values(state=RecrawlState.STOPPED.value, ended_at=now)
        with writing(self.engine) as connection:
            return [_recrawl(row) for row in connection.execute(stopped.returning(recrawls))]

    def resume(self, recrawl_id: int) -> Recrawl:
        """Goes on with a re-crawl that was stopped. Raises UnknownRecrawl."""
        ours = and_(recrawls.c.id == recrawl_id, recrawls.c.state.in_(_UNFINISHED))
        running = update(recrawls).where(ours).values(state=RecrawlState.RUNNING.value, ended_at=None)
        with writing(self.engine) as connection:
            row = connection.execute(running.returning(recrawls)).first()
        if row is None:
            raise UnknownRecrawl(
                f"no re-crawl {recrawl_id} is unfinished; `presswatch recrawl --status` shows all there are"
            )
        return _recrawl(row)

    def recrawls(self, limit: int) -> list[Recrawl]:
        """Re-crawls, newest first."""
        with reading(self.engine) as connection:
            return [
                _recrawl(row)
                for row in connection.execute(select(recrawls).order_by(recrawls.c.id.desc()).limit(limit))
            ]

    def progress(self, recrawl_id: int, now: datetime) -> RecrawlProgress:
        """Counts of a re-crawl. Raises UnknownRecrawl."""
        ours = recrawl_articles.c.recrawl_id == recrawl_id
        how = (
            select(recrawl_articles.c.reason, func.count())
            .where(ours, recrawl_articles.c.reason.is_not(None))
            .group_by(recrawl_articles.c.reason)
        )
        lately = select(func.count()).where(
            ours, recrawl_articles.c.reason.is_not(None), recrawl_articles.c.finished_at > now - timedelta(hours=1)
        )
        with reading(self.engine) as connection:
            row = connection.execute(select(recrawls).where(recrawls.c.id == recrawl_id)).first()
            if row is None:
                raise UnknownRecrawl(f"there is no re-crawl {recrawl_id}; `presswatch recrawl --status` shows all")
            reasons: dict[str, int] = {reason: number for reason, number in connection.execute(how)}  # noqa: C416 (rows)
            last_hour = connection.execute(lately).scalar_one()
            waiting = connection.execute(select(func.count()).where(ours, IS_WAITING)).scalar_one()
        return RecrawlProgress(
            recrawl=_recrawl(row),
            ended=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
            under_way=max(0, row.articles - sum(reasons.values()) - waiting),
            last_hour=last_hour,
        )

    def is_left(self, outlet_keys: list[str]) -> bool:
        """Whether a running re-crawl has articles of these outlets left that are not even being asked for."""
        left = (
            select(recrawl_articles.c.article_id)
            .join(recrawls, recrawls.c.id == recrawl_articles.c.recrawl_id)
            .where(recrawls.c.state == RecrawlState.RUNNING.value, IS_WAITING)
            .where(recrawl_articles.c.outlet_key.in_(outlet_keys))
        )
        with reading(self.engine) as connection:
            return connection.execute(left.limit(1)).first() is not None

    # --------------------------------------------------------------------------------------- parts

    def _queries(self, wish: RecrawlWish, now: datetime) -> list[Select[Any]]:
        """What chooses the articles; several where they are named one by one."""
        query = _chosen(wish, now)
        if wish.article_ids is None:
            return [query]
        ids = sorted(set(wish.article_ids))
        return [query.where(articles.c.id.in_(ids[start : start + _CHUNK])) for start in range(0, len(ids), _CHUNK)]


def _chosen(wish: RecrawlWish, now: datetime) -> Select[Any]:
    query = (
        select(articles.c.id, articles.c.outlet_key, articles.c.url)
        .join(outlets, outlets.c.key == articles.c.outlet_key)
        .where(outlets.c.removed_at.is_(None))
    )
    if wish.outlet_keys:
        query = query.where(articles.c.outlet_key.in_(wish.outlet_keys))
    if wish.published_from is not None or wish.published_before is not None:
        newest = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
        query = query.join(revisions, newest)
        published = func.coalesce(revisions.c.published_at, articles.c.first_seen_at)
        if wish.published_from is not None:
            query = query.where(published >= wish.published_from)
        if wish.published_before is not None:
            query = query.where(published < wish.published_before)
    if wish.story_id is not None:
        query = query.join(story_articles, story_articles.c.article_id == articles.c.id)
        query = query.where(story_articles.c.story_id == wish.story_id)
    if wish.is_due:
        query = query.join(revisit_plans, revisit_plans.c.article_id == articles.c.id)
        query = query.where(revisit_plans.c.due_at <= now)
    return query


def _recrawl(row: Row[Any]) -> Recrawl:
    return Recrawl(
        id=row.id,
        words=row.words,
        state=RecrawlState(row.state),
        created_at=row.created_at,
        ended_at=row.ended_at,
        articles=row.articles,
        outlet_keys=tuple(row.outlet_keys),
        is_capped=row.is_capped,
    )
