"""Users, their sessions, and the log of what was changed."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.records import AuditEntry, Role, User


class UserBook(Protocol):
    """Named tokens. A token is handed in as it is and kept as a digest alone."""

    def has_any(self) -> bool:
        """Whether there is any user, one who is disabled included."""

    def users(self, now: datetime) -> list[User]:
        """All of them, by name."""

    def add(self, *, name: str, role: Role, token: str, now: datetime) -> User:
        """Adds a user. Raises UserExists."""

    def rotate(self, name: str, token: str, now: datetime) -> User:
        """Gives a user another token and ends all sessions. Raises UnknownUser."""

    def change(self, name: str, *, now: datetime, role: Role | None = None, is_disabled: bool | None = None) -> User:
        """Changes what is given, at once for sessions too; whoever is disabled has none left. Raises UnknownUser."""

    def remove(self, name: str) -> None:
        """Removes a user with all sessions. Raises UnknownUser."""

    def by_token(self, token: str, now: datetime) -> User | None:
        """Whose token that is; None where it is nobody's, or its user is disabled."""

    def note_seen(self, user_id: int, now: datetime) -> None:
        """Notes that a user was there."""


class SessionBook(Protocol):
    """Browsers that are logged in. A session's key is kept as a digest alone."""

    def begin(self, *, user: User, key: str, ends_at: datetime, address: str | None, now: datetime) -> None:
        """Begins a session, with its entry in the audit log, and forgets all that have ended.

        Raises UnknownUser where the user is gone or disabled meanwhile.
        """

    def user_of(self, key: str, now: datetime) -> User | None:
        """Whose session that is; None where it has ended, or its user is disabled."""

    def end(self, key: str) -> None:
        """Ends a session, if there is one."""

    def end_all(self, user_id: int) -> int:
        """Ends all sessions of a user; how many there were."""


class AuditLog(Protocol):
    """Every change that somebody asked for, noted before it is made."""

    def begin(self, *, who: str, address: str | None, what: str, about: str, now: datetime) -> int:
        """Notes what is about to be done; the number of the entry."""

    def end(self, entry_id: int, outcome: str) -> None:
        """Notes how it ended."""

    def entries(self, limit: int, before_id: int | None = None, who: str | None = None) -> list[AuditEntry]:
        """The newest entries, newest first; `before_id` goes on."""
