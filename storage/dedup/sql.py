"""The seen-set in SQL, for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.dedup.generations import KEPT_GENERATIONS
from storage.ports import Claim
from storage.sql.engine import reading, writing
from storage.sql.seen import seen_claims, seen_cycle, seen_keys

_CHUNK = 500  # keys a statement; SQLite takes 32,766 variables, and short statements stay in its cache
_FORGET_CHUNK = 10_000  # rows a transaction, so that other writers wait for milliseconds only
_PURGE_LIMIT = 100  # claims of dead workers that one claim sweeps away


class SqlSeenSet:
    """A `SeenSet` whose tables (`storage.sql.seen`) exist already. All methods raise StoreUnavailable.

    Claims of other transactions are met by the primary key, never by a look before: a claim is an upsert that
    touches expired claims only. Rows are locked in the order of their keys, so that no two calls deadlock.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    def claim(self, keys: Sequence[int], owner: str, now: datetime, ttl: timedelta) -> list[Claim]:
        """Claims each key for `owner`; one answer a key, in order. A repeated key is TAKEN."""
        wanted = set(keys)
        with reading(self._engine) as connection:  # most URLs of a visit are known, and reading locks nobody out
            seen = _among(connection, wanted)
        new: set[int] = set()
        if unknown := sorted(wanted - seen):
            with writing(self._engine) as connection:
                _purge(connection, now)
                new = self._upsert_claims(connection, unknown, owner, now, now + ttl)
                # A key may have been confirmed since the look above. Asked after the claim's row is ours, the answer
                # is final: a confirm writes its key and deletes the claim in one transaction.
                late = _among(connection, unknown)
                _drop_claims(connection, sorted(late & new))
            seen |= late
        return _answers(keys, seen, new - seen)

    def confirm(self, keys: Iterable[int]) -> None:
        """Makes keys seen, claimed or not."""
        if not (ordered := sorted(set(keys))):
            return
        with writing(self._engine) as connection:
            _drop_claims(connection, ordered)
            newest = _newest(connection)
            statement = self._insert(seen_keys)
            statement = statement.on_conflict_do_update(
                index_elements=[seen_keys.c.key],
                set_={"generation": statement.excluded.generation},
                where=seen_keys.c.generation < statement.excluded.generation,
            )
            connection.execute(statement, [{"key": key, "generation": newest} for key in ordered])

    def seen(self, keys: Sequence[int]) -> list[bool]:
        """Whether each key is confirmed."""
        with reading(self._engine) as connection:
            known = _among(connection, set(keys))
        return [key in known for key in keys]

    def rotate(self) -> int:
        """Begins a new generation and forgets the oldest; returns how many are kept."""
        with writing(self._engine) as connection:
            statement = self._insert(seen_cycle).values(id=1, newest=2)
            statement = statement.on_conflict_do_update(
                index_elements=[seen_cycle.c.id], set_={"newest": seen_cycle.c.newest + 1}
            )
            newest: int = connection.execute(statement.returning(seen_cycle.c.newest)).scalar_one()
        self._forget_up_to(newest - KEPT_GENERATIONS)
        return min(newest, KEPT_GENERATIONS)

    def clear(self) -> None:
        """Forgets everything."""
        with writing(self._engine) as connection:
            for table in (seen_claims, seen_keys, seen_cycle):
                connection.execute(delete(table))

    def _upsert_claims(
        self, connection: Connection, keys: Sequence[int], owner: str, now: datetime, expires_at: datetime
    ) -> set[int]:
        """Claims what is unclaimed or expired; returns those keys."""
        statement = self._insert(seen_claims)
        upsert = statement.on_conflict_do_update(
            index_elements=[seen_claims.c.key],
            set_={"owner": statement.excluded.owner, "expires_at": statement.excluded.expires_at},
            where=seen_claims.c.expires_at <= now,
        ).returning(seen_claims.c.key)
        rows = [{"key": key, "owner": owner, "expires_at": expires_at} for key in keys]
        return set(connection.execute(upsert, rows).scalars())

    def _forget_up_to(self, generation: int) -> None:
        # A key that is being confirmed at this moment is passed over: it moves to the newest generation.
        oldest = select(seen_keys.c.key).where(seen_keys.c.generation <= generation).limit(_FORGET_CHUNK)
        while True:
            with writing(self._engine) as connection:
                found = list(connection.execute(oldest.with_for_update(skip_locked=True)).scalars())
                for chunk in _chunks(found):
                    connection.execute(delete(seen_keys).where(seen_keys.c.key.in_(chunk)))
            if len(found) < _FORGET_CHUNK:
                return


def _newest(connection: Connection) -> int:
    return connection.execute(select(seen_cycle.c.newest)).scalar() or 1


def _among(connection: Connection, keys: Iterable[int]) -> set[int]:
    """Which of these keys are confirmed."""
    return {
        key
        for chunk in _chunks(keys)
        for key in connection.execute(select(seen_keys.c.key).where(seen_keys.c.key.in_(chunk))).scalars()
    }


def _drop_claims(connection: Connection, keys: Sequence[int]) -> None:
    for chunk in _chunks(keys):
        locked = select(seen_claims.c.key).where(seen_claims.c.key.in_(chunk)).order_by(seen_claims.c.key)
        if found := list(connection.execute(locked.with_for_update()).scalars()):
            connection.execute(delete(seen_claims).where(seen_claims.c.key.in_(found)))


def _purge(connection: Connection, now: datetime) -> None:
    """Sweeps expired claims away, those nobody else is at."""
    expired = select(seen_claims.c.key).where(seen_claims.c.expires_at <= now).limit(_PURGE_LIMIT)
    if found := list(connection.execute(expired.with_for_update(skip_locked=True)).scalars()):
        connection.execute(delete(seen_claims).where(seen_claims.c.key.in_(found)))


def _answers(keys: Sequence[int], seen: set[int], new: set[int]) -> list[Claim]:
    unanswered = set(new)
    answers = []
    for key in keys:
        if key in seen:
            answers.append(Claim.SEEN)
        elif key in unanswered:
            unanswered.discard(key)
            answers.append(Claim.NEW)
        else:
            answers.append(Claim.TAKEN)
    return answers


def _chunks(keys: Iterable[int]) -> Iterable[list[int]]:
    iterator = iter(keys)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
