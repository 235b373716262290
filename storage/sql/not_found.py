"""What outlets answer for what is not there: asked once in a while, noted with the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.folding import fold
from storage.ports import BodyStore
from storage.records import Answer, NotFoundPage
from storage.sql.answers import answer_row, write_answers
from storage.sql.engine import reading, writing
from storage.sql.not_found_tables import not_found_pages
from storage.sql.schema import articles, revisions

#: Stored articles whose headlines such a page must not bear.
_LOOKED_AT = 200


class SqlNotFoundBook:
    """Implements `storage.ports.NotFoundBook`."""

    def __init__(self, engine: Engine, bodies: BodyStore) -> None:
        self._engine = engine
        self._bodies = bodies

    def pages_of(self, outlet_key: str) -> list[NotFoundPage]:
        """What is known of an outlet's hosts."""
        own = not_found_pages.c.outlet_key == outlet_key
        with reading(self._engine) as connection:
            rows = connection.execute(select(not_found_pages).where(own).order_by(not_found_pages.c.host))
            return [
                NotFoundPage(
                    host=row.host,
                    asked_at=row.asked_at,
                    url=row.url,
                    status=row.status,
                    title=row.title,
                    lines=tuple(row.lines),
                    is_telling=row.is_telling,
                )
                for row in rows
            ]

    def claim(self, outlet_key: str, page: NotFoundPage, before: datetime) -> bool:
        """Takes the turn to ask a host; see the port."""
        own = and_(not_found_pages.c.outlet_key == outlet_key, not_found_pages.c.host == page.host)
        turn = update(not_found_pages).where(own, not_found_pages.c.asked_at <= before).values(asked_at=page.asked_at)
        insert = (sqlite if self._engine.dialect.name == "sqlite" else postgresql).insert(not_found_pages)
        first = insert.values(outlet_key=outlet_key, **_columns(page)).on_conflict_do_nothing()
        queries = (first.returning(not_found_pages.c.host), turn.returning(not_found_pages.c.host))
        with writing(self._engine) as connection:
            return any(connection.execute(query).first() is not None for query in queries)

    def note(self, outlet_key: str, page: NotFoundPage, answer: Answer | None) -> None:
        """Notes what was answered; see the port."""
        if answer is not None:
            self._bodies.sync()
        own = and_(not_found_pages.c.outlet_key == outlet_key, not_found_pages.c.host == page.host)
        with writing(self._engine) as connection:
            values = _columns(page)
            if page.is_telling and _is_a_headline(connection, outlet_key, page.title):
                values["is_telling"] = False
            connection.execute(update(not_found_pages).where(own).values(values))
            write_answers(connection, [answer_row(answer, outlet_key)] if answer is not None else [])


def _columns(page: NotFoundPage) -> dict[str, Any]:
    return {
        "host": page.host,
        "asked_at": page.asked_at,
        "url": page.url,
        "status": page.status,
        "title": page.title,
        "lines": list(page.lines),
        "is_telling": page.is_telling,
    }


def _is_a_headline(connection: Connection, outlet_key: str, title: str) -> bool:
    """Whether one of an outlet's newest articles bears it: then it says nothing of a page."""
    newest = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
    query = select(revisions.c.title).select_from(articles).join(revisions, newest)
    query = query.where(articles.c.outlet_key == outlet_key).order_by(articles.c.id.desc()).limit(_LOOKED_AT)
    return any(fold(row.title) == title for row in connection.execute(query))
