"""What is followed in feed readers, in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Row,
    String,
    Table,
    delete,
    false,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import FeedExists, UnknownFeed, UnknownOutlet
from storage.records import EventKind, ReaderFeed
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.metadata import BigKey, Utc, Words, metadata
from storage.sql.orders import BY_COMMAND
from storage.sql.schema import outlets

reader_feeds = Table(
    "reader_feeds",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("words", Words),
    Column("outlet_key", Words),
    Column("language", Words),
    Column("is_summary", Boolean, nullable=False, server_default=false()),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)


class SqlReaderFeedBook:
    """Implements `storage.ports.ReaderFeedBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def add(
        self,
        *,
        name: str,
        token: str,
        now: datetime,
        words: str | None = None,
        outlet_key: str | None = None,
        language: str | None = None,
        is_summary: bool = False,
        by: str = BY_COMMAND,
    ) -> ReaderFeed:
        """Adds a feed; see the port."""
        values = {
            "name": name,
            "token": token,
            "words": words,
            "outlet_key": outlet_key,
            "language": language,
            "is_summary": is_summary,
            "created_at": now,
            "updated_at": now,
        }
        insert = self._insert(reader_feeds).values(**values).on_conflict_do_nothing(index_elements=["name"])
        with writing(self._engine) as connection:
            _require_outlet(connection, outlet_key)
            row = connection.execute(insert.returning(reader_feeds)).first()
            if row is None:
                raise FeedExists(f"a feed is called {name!r} already; choose another name or remove that one")
            append_events(connection, [_changed(row, "feed added", by, now)])
            return _feed(row)

    def change_token(self, feed_id: int, token: str, now: datetime, by: str = BY_COMMAND) -> ReaderFeed:
        """Gives a feed another address; see the port."""
        change = update(reader_feeds).where(reader_feeds.c.id == feed_id).values(token=token, updated_at=now)
        with writing(self._engine) as connection:
            row = connection.execute(change.returning(reader_feeds)).first()
            if row is None:
                raise _unknown(f"number {feed_id}")
            append_events(connection, [_changed(row, "feed given another address", by, now)])
            return _feed(row)

    def remove(self, feed_id: int, now: datetime, by: str = BY_COMMAND) -> None:
        """Removes a feed; see the port."""
        with writing(self._engine) as connection:
            gone = delete(reader_feeds).where(reader_feeds.c.id == feed_id).returning(reader_feeds)
            row = connection.execute(gone).first()
            if row is None:
                raise _unknown(f"number {feed_id}")
            append_events(connection, [_changed(row, "feed removed", by, now)])

    def feeds(self) -> list[ReaderFeed]:
        """All of them, by name."""
        with reading(self._engine) as connection:
            return [_feed(row) for row in connection.execute(select(reader_feeds).order_by(reader_feeds.c.name))]

    def named(self, name: str) -> ReaderFeed:
        """Raises UnknownFeed."""
        return self._one(reader_feeds.c.name == name, repr(name))

    def by_token(self, token: str) -> ReaderFeed:
        """Raises UnknownFeed."""
        return self._one(reader_feeds.c.token == token, "at that address")

    def _one(self, condition: ColumnElement[bool], told: str) -> ReaderFeed:
        with reading(self._engine) as connection:
            row = connection.execute(select(reader_feeds).where(condition)).first()
        if row is None:
            raise _unknown(told)
        return _feed(row)


def _unknown(told: str) -> UnknownFeed:
    return UnknownFeed(f"there is no feed {told}; `presswatch feeds list` shows those there are")


def _require_outlet(connection: Connection, key: str | None) -> None:
    if key is None:
        return
    known = select(outlets.c.key).where(outlets.c.key == key, outlets.c.removed_at.is_(None))
    if connection.execute(known).first() is None:
        raise UnknownOutlet(f"no outlet is called {key!r}; `presswatch outlets list` shows those there are")


def _feed(row: Row[Any]) -> ReaderFeed:
    return ReaderFeed(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)


def _changed(row: Row[Any], what: str, by: str, now: datetime) -> dict[str, Any]:
    """Without the token: whoever reads the log need not be able to read the feed."""
    return {
        "at": now,
        "kind": EventKind.CHANNEL_CHANGED.value,
        "outlet_key": row.outlet_key,
        "article_id": None,
        "payload": {"channel": row.name, "what": what, "reason": None, "by": by},
    }
