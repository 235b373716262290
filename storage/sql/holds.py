"""Legal holds in SQL, and what they keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from storage.errors import UnknownHold, UnknownStory
from storage.records import Hold
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.orders import event_of
from storage.sql.retention_tables import holds
from storage.sql.schema import articles
from storage.sql.story_tables import stories, story_articles


class SqlHoldBook:
    """Implements `storage.ports.HoldBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def place(
        self,
        *,
        article_id: int | None = None,
        outlet_key: str | None = None,
        story_id: int | None = None,
        why: str,
        by: str,
        now: datetime,
    ) -> Hold:
        """Holds an article, an outlet or a story; see the port."""
        held = {"article_id": article_id, "outlet_key": outlet_key, "story_id": story_id}
        with writing(self._engine) as connection:
            if story_id is not None:
                _require_story(connection, story_id)
            members = sorted(_members(connection, [story_id] if story_id is not None else []))
            placed = insert(holds).values(**held, members=members, why=why, by=by, placed_at=now).returning(holds.c.id)
            number = connection.execute(placed).scalar_one()
            told = {"article": article_id} if article_id is not None else {"story": story_id} if story_id else {}
            append_events(connection, [event_of("hold", by, now, outlet_key, hold=number, why=why, **told)])
            return _hold(connection.execute(_HOLDS.where(holds.c.id == number)).one())

    def lift(self, number: int, *, why: str, by: str, now: datetime) -> Hold:
        """Ends a hold; see the port."""
        lifting = update(holds).where(holds.c.id == number, holds.c.lifted_at.is_(None))
        with writing(self._engine) as connection:
            values = {"lifted_at": now, "lifted_by": by, "lifted_why": why}
            if not connection.execute(lifting.values(values)).rowcount:
                raise UnknownHold(f"no hold {number} stands; `presswatch hold --list` shows those that do")
            hold = _hold(connection.execute(_HOLDS.where(holds.c.id == number)).one())
            append_events(connection, [event_of("lift hold", by, now, hold.outlet_key, hold=number, why=why)])
            return hold

    def holds(self, *, with_lifted: bool = False) -> list[Hold]:
        """Newest first."""
        query = _HOLDS if with_lifted else _HOLDS.where(holds.c.lifted_at.is_(None))
        with reading(self._engine) as connection:
            return [_hold(row) for row in connection.execute(query.order_by(holds.c.id.desc()))]


@dataclass(frozen=True, slots=True)
class Held:
    """What is held at one moment. Holds are few; the articles of a held story are those of now."""

    outlets: frozenset[str]
    articles: frozenset[int]

    def keeps(self, outlet_key: str, article_id: int | None) -> bool:
        """Whether something of this outlet and article is held."""
        return outlet_key in self.outlets or article_id in self.articles


def held_now(connection: Connection, *, is_deleting: bool) -> Held:
    """All that is held. One that is placed while a transaction deletes comes before that, or after it."""
    if is_deleting and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE holds IN SHARE MODE")
    found = connection.execute(select(holds).where(holds.c.lifted_at.is_(None))).all()
    told = [row.story_id for row in found if row.story_id is not None]
    return Held(
        outlets=frozenset(row.outlet_key for row in found if row.outlet_key is not None),
        articles=frozenset(
            {row.article_id for row in found if row.article_id is not None}
            | {member for row in found for member in row.members}
            | set(_members(connection, told))
        ),
    )


def _members(connection: Connection, story_ids: Sequence[int]) -> Sequence[int]:
    """The articles of these stories, or of those that their ids lead to now."""
    if not story_ids:
        return ()
    leading = select(func.coalesce(stories.c.merged_into, stories.c.id)).where(stories.c.id.in_(story_ids))
    now = list(connection.execute(leading).scalars())
    return (
        connection.execute(select(story_articles.c.article_id).where(story_articles.c.story_id.in_(now)))
        .scalars()
        .all()
    )


def _require_story(connection: Connection, story_id: int) -> None:
    if connection.execute(select(stories.c.id).where(stories.c.id == story_id)).first() is None:
        raise UnknownStory(f"no story has the id {story_id}; `presswatch stories list` shows those there are")


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        id=row.id,
        article_id=row.article_id,
        outlet_key=row.outlet_key,
        story_id=row.story_id,
        url=row.url,
        why=row.why,
        by=row.by,
        placed_at=row.placed_at,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lifted_why=row.lifted_why,
    )


_HOLDS = select(holds, articles.c.url).outerjoin(articles, articles.c.id == holds.c.article_id)
