"""Says who asks: by token, by session, or nobody; lets in, and shows out."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from delivery.access.credentials import Credentials, new_key
from delivery.access.limits import Allowance, network_of
from storage.errors import StorageError, UnknownUser
from storage.ports import AuditLog, SessionBook, UserBook
from storage.records import Role, User

log = structlog.get_logger(__name__)

#: Attempts to log in from one network: so many at once, then one in so many seconds.
LOG_INS, LOG_IN_EACH_S = 10, 60.0
#: The same for wrong tokens of programs, which may be many behind one address.
WRONG_TOKENS, WRONG_TOKEN_EACH_S = 30, 2.0
#: For so long it is not asked again whether there are users, where there were some.
_USERS_HOLD_FOR = timedelta(seconds=30)
_SEEN_EVERY = timedelta(minutes=10)


class TooManyAsked(Exception):
    """Asked too often; again after `wait_s` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"asked too often; again in {wait_s:.0f} s")
        self.wait_s = wait_s


class WrongCredentials(Exception):
    """That name and token are no user's, or its user is disabled: which of these is told to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who sends a request."""

    name: str  # as it is noted with what they change
    role: Role
    user: User | None = None  # None: there are no users, and it comes from this machine
    session_key: str | None = field(default=None, repr=False)  # None: by token, or no user
    #: Whether a browser may have sent it without its user's doing, as it does with cookies.
    is_ambient: bool = True


class AccessDesk:
    """Users of an open store; `clock` tells the time.

    A session holds for `session_h` hours. A user's token is good for `per_minute` requests a minute in each web
    process, and so are all sessions of theirs together.
    """

    def __init__(
        self,
        users: UserBook,
        sessions: SessionBook,
        audit: AuditLog,
        *,
        clock: Callable[[], datetime],
        session_h: float = 168,
        per_minute: int = 600,
    ) -> None:
        self.audit = audit
        self.session_s = int(session_h * 3600)
        self._users = users
        self._sessions = sessions
        self._clock = clock
        self._had_users_at: datetime | None = None
        self._log_ins = Allowance(LOG_INS, LOG_IN_EACH_S)
        self._strangers = Allowance(WRONG_TOKENS, WRONG_TOKEN_EACH_S)
        self._requests = Allowance(per_minute, 60 / per_minute)

    def has_users(self) -> bool:
        """Whether there are users: the first one closes the door at once, the last one opens it after a while."""
        now = self._clock()
        if self._had_users_at is not None and timedelta(0) <= now - self._had_users_at < _USERS_HOLD_FOR:
            return True
        self._had_users_at = now if self._users.has_any() else None
        return self._had_users_at is not None

    def by_session(self, key: str) -> Asker | None:
        """Whose session that is; None where it is none, or has ended. Raises TooManyAsked."""
        now = self._clock()
        user = self._sessions.user_of(key, now)
        if user is None:
            return None
        # Apart from the token's: a script of theirs that runs wild keeps nobody from their own pages.
        if wait_s := self._requests.take(("session", user.id), now):
            raise TooManyAsked(wait_s)
        self._note_seen(user, now)
        return Asker(name=user.name, role=user.role, user=user, session_key=key)

    def by_token(self, credentials: Credentials, address: str | None) -> Asker | None:
        """Whose token that is; None where it is nobody's. Raises TooManyAsked."""
        now, network = self._clock(), network_of(address)
        if wait_s := self._strangers.wait_s(network, now):
            raise TooManyAsked(wait_s)
        user = self._holder(credentials.token, credentials.name, now)
        if user is None:
            self._strangers.take(network, now)
            log.warning("token_refused", address=address)
            return None
        if wait_s := self._requests.take(user.id, now):
            raise TooManyAsked(wait_s)
        self._note_seen(user, now)
        return Asker(name=user.name, role=user.role, user=user, is_ambient=credentials.is_basic)

    def log_in(self, name: str, token: str, address: str | None) -> str:
        """Begins a session and returns its key, a new one each time. Raises TooManyAsked and WrongCredentials."""
        now, network = self._clock(), network_of(address)
        if wait_s := self._log_ins.take(network, now):
            raise TooManyAsked(wait_s)
        user = self._holder(token, unicodedata.normalize("NFC", name), now)
        if user is None:
            log.warning("log_in_refused", address=address)  # the name is not told: it may be the token, by mistake
            raise WrongCredentials
        key, ends_at = new_key(), now + timedelta(seconds=self.session_s)
        try:
            self._sessions.begin(user=user, key=key, ends_at=ends_at, address=address, now=now)
        except UnknownUser:
            raise WrongCredentials from None
        self._log_ins.give_back(network, now)
        self._note_seen(user, now)
        return key

    def log_out(self, key: str) -> None:
        """Ends a session."""
        self._sessions.end(key)

    def log_out_everywhere(self, user: User) -> None:
        """Ends all sessions of a user."""
        self._sessions.end_all(user.id)

    def _holder(self, token: str, name: str | None, now: datetime) -> User | None:
        """Unknown names and wrong tokens take the same way, so that time tells nobody which it was."""
        user = self._users.by_token(token, now)
        if user is None or (name is not None and not hmac.compare_digest(user.name.encode(), _bytes(name))):
            return None
        return user

    def _note_seen(self, user: User, now: datetime) -> None:
        if user.seen_at is not None and abs(now - user.seen_at) < _SEEN_EVERY:
            return
        try:
            self._users.note_seen(user.id, now)
        except StorageError as error:  # a full disk keeps nobody from reading
            log.warning("user_not_noted", error=str(error))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
