"""Users in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.digests import digest_of
from storage.errors import UnknownUser, UserExists
from storage.records import Role, User
from storage.sql.engine import reading, writing
from storage.sql.user_tables import sessions, users

_UNKNOWN = "there is no user {!r}; `presswatch users list` shows those there are"


class SqlUserBook:
    """Implements `storage.ports.UserBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def has_any(self) -> bool:
        """Whether there is any user, one who is disabled included."""
        with reading(self._engine) as connection:
            return connection.execute(select(users.c.id).limit(1)).first() is not None

    def users(self, now: datetime) -> list[User]:
        """All of them, by name."""
        with reading(self._engine) as connection:
            return [user_from(row) for row in connection.execute(users_at(now).order_by(users.c.name))]

    def add(self, *, name: str, role: Role, token: str, now: datetime) -> User:
        """Adds a user. Raises UserExists."""
        values = {"name": name, "role": role.value, "token_digest": digest_of(token), "created_at": now}
        insert = self._insert(users).values(**values, token_at=now).on_conflict_do_nothing(index_elements=["name"])
        with writing(self._engine) as connection:
            if connection.execute(insert.returning(users.c.id)).first() is None:
                raise UserExists(f"there is a user {name!r} already; choose another name, or `users rotate` that one")
            return _named(connection, name, now)

    def rotate(self, name: str, token: str, now: datetime) -> User:
        """Gives a user another token and ends all sessions. Raises UnknownUser."""
        with writing(self._engine) as connection:
            user = _named(connection, name, now)
            values = {"token_digest": digest_of(token), "token_at": now}
            connection.execute(update(users).where(users.c.id == user.id).values(values))
            connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
            return _named(connection, name, now)

    def change(self, name: str, *, now: datetime, role: Role | None = None, is_disabled: bool | None = None) -> User:
        """Changes what is given; see the port."""
        given: dict[str, Any] = {"role": role.value if role else None, "is_disabled": is_disabled}
        values = {column: value for column, value in given.items() if value is not None}
        with writing(self._engine) as connection:
            user = _named(connection, name, now)
            if values:
                connection.execute(update(users).where(users.c.id == user.id).values(values))
            if is_disabled:
                connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
            return _named(connection, name, now)

    def remove(self, name: str) -> None:
        """Removes a user with all sessions. Raises UnknownUser."""
        with writing(self._engine) as connection:
            # Held until the end: whoever logs in at this moment waits, and finds nobody then.
            found = connection.execute(select(users.c.id).where(users.c.name == name).with_for_update()).scalar()
            if found is None:
                raise UnknownUser(_UNKNOWN.format(name))
            connection.execute(delete(sessions).where(sessions.c.user_id == found))
            connection.execute(delete(users).where(users.c.id == found))

    def by_token(self, token: str, now: datetime) -> User | None:
        """Whose token that is; None where it is nobody's, or its user is disabled."""
        query = users_at(now).where(users.c.token_digest == digest_of(token), ~users.c.is_disabled)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
            return None if row is None else user_from(row)

    def note_seen(self, user_id: int, now: datetime) -> None:
        """Notes that a user was there."""
        with writing(self._engine) as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(seen_at=now))


def users_at(now: datetime) -> Select[Any]:
    """Users with how many sessions each has that have not ended."""
    living = select(func.count()).where(sessions.c.user_id == users.c.id, sessions.c.ends_at > now)
    names = ("id", "name", "role", "is_disabled", "created_at", "token_at", "seen_at")
    return select(*(users.c[name] for name in names), living.scalar_subquery().label("sessions"))


def user_from(row: Row[Any]) -> User:
    """The record of a row of `users_at`."""
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public way to a row's columns by name)
    return User(**values | {"role": Role(row.role)})


def _named(connection: Connection, name: str, now: datetime) -> User:
    condition: ColumnElement[bool] = users.c.name == name
    row = connection.execute(users_at(now).where(condition)).first()
    if row is None:
        raise UnknownUser(_UNKNOWN.format(name))
    return user_from(row)
