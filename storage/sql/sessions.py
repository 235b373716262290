"""Sessions of browsers in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, delete, select

from storage.digests import digest_of
from storage.errors import UnknownUser
from storage.records import User
from storage.sql.audit import audit_row
from storage.sql.engine import reading, writing
from storage.sql.user_tables import audit_log, sessions, users
from storage.sql.users import user_from, users_at

_LOGGED_IN = "log-in"


class SqlSessionBook:
    """Implements `storage.ports.SessionBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, *, user: User, key: str, ends_at: datetime, address: str | None, now: datetime) -> None:
        """Begins a session; see the port."""
        with writing(self._engine) as connection:
            # A user who is disabled at this moment must not come out of it with a session.
            holds = select(users.c.id).where(users.c.id == user.id, users.c.token_at == user.token_at)
            if connection.execute(holds.where(~users.c.is_disabled).with_for_update()).first() is None:
                raise UnknownUser(f"{user.name} was disabled, removed or given another token just now")
            connection.execute(delete(sessions).where(sessions.c.ends_at <= now))
            row = {"key_digest": digest_of(key), "user_id": user.id, "begun_at": now, "ends_at": ends_at}
            connection.execute(sessions.insert().values(row))
            entry = audit_row(who=user.name, address=address, what=_LOGGED_IN, about="", now=now, outcome="done")
            connection.execute(audit_log.insert().values(entry))

    def user_of(self, key: str, now: datetime) -> User | None:
        """Whose session that is; None where it has ended, or its user is disabled."""
        session = select(sessions.c.user_id).where(sessions.c.key_digest == digest_of(key), sessions.c.ends_at > now)
        with reading(self._engine) as connection:
            query = users_at(now).where(users.c.id == session.scalar_subquery(), ~users.c.is_disabled)
            row = connection.execute(query).first()
            return None if row is None else user_from(row)

    def end(self, key: str) -> None:
        """Ends a session, if there is one."""
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.key_digest == digest_of(key)))

    def end_all(self, user_id: int) -> int:
        """Ends all sessions of a user; how many there were."""
        with writing(self._engine) as connection:
            return connection.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount
