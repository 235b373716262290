"""Opening a database: SQLite with the settings that make it durable and concurrent, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from storage.errors import StoreUnavailable
from storage.sql.metadata import storable_json

#: Of the library that Python brings.
SQLITE_VERSION = sqlite3.sqlite_version_info
#: How long a writer waits for another one before it gives up (SQLite has one writer at a time).
BUSY_TIMEOUT_S = 60
#: A PostgreSQL that does not answer, or whose machine is gone, is given up after seconds; by default after minutes or
#: never. An address that names one of these itself wins.
_PATIENCE = {
    "connect_timeout": 5,  # s, until it has let us in
    "tcp_user_timeout": 10_000,  # ms, for what was sent and never acknowledged
    "keepalives_idle": 10,  # s, after which an idle connection is asked whether it lives,
    "keepalives_interval": 5,  # so often,
    "keepalives_count": 3,  # until it is held for dead
}
_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://...`.

    SQLite runs in WAL mode with synchronous=FULL: a commit that was answered survives a loss of power.
    Transactions begin with BEGIN IMMEDIATE where they write (`writing`), so two writers wait for each other
    instead of failing half-way. PostgreSQL answers a commit once it is on disk, also where the server, the database or
    the role sets synchronous_commit to off. Raises StoreUnavailable for an address that cannot be read or a folder that
    cannot be made.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _make_folder(Path(parsed.database).parent)
        engine = create_engine(parsed, json_serializer=storable_json, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    patience = {name: value for name, value in _PATIENCE.items() if name not in parsed.query}
    engine = create_engine(
        parsed, json_serializer=storable_json, pool_pre_ping=True, pool_size=5, max_overflow=10, connect_args=patience
    )
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def is_missing(url: str) -> bool:
    """Whether there is nothing at all where the store would be, so that opening it would make one.

    Raises StoreUnavailable for an address that cannot be read.
    """
    parsed = _parsed(url)
    return parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists()


def carelessness(engine: Engine) -> list[str]:
    """Settings of the server by which it may lose what it has answered, and that we cannot change."""
    if engine.dialect.name == "sqlite":
        return []
    with reading(engine) as connection:
        wanted = text("SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'")
        return sorted(connection.execute(wanted).scalars())


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for one consistent look: all its queries see the same moment. Raises StoreUnavailable."""
    with _translated(engine), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, undone on any exception. Raises StoreUnavailable."""
    with (
        _translated(engine),
        engine.connect().execution_options(presswatch_writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except NoFreeConnection as error:
        raise StoreUnavailable(f"the database {_shown(engine)} is too busy: {error}") from error
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, OperationalError):
            raise StoreUnavailable(f"the database {_shown(engine)} does not answer: {error.orig}") from error
        if getattr(error.orig, "sqlite_errorcode", None) in _DAMAGED:
            raise StoreUnavailable(
                f"the file of the database {_shown(engine)} is damaged or no database ({error.orig}); "
                "move it away and put a copy of it in its place"
            ) from error
        raise
    except engine.dialect.loaded_dbapi.OperationalError as error:  # of a driver's cursor
        raise StoreUnavailable(f"the database {_shown(engine)} does not answer: {error}") from error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, ValueError) as error:  # its text is not passed on: it may hold the password
        raise StoreUnavailable(
            "the address of the database cannot be read; write PRESSWATCH_DATABASE_URL as sqlite:////folder/file or "
            "postgresql://user:password@host:5432/name, with %40 for an @ in a name or password"
        ) from error
    return parsed


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"the folder of the database cannot be made: {error}; set PRESSWATCH_DATA_DIR to a folder of yours"
        ) from error


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-16000"):
        connection.execute(f"PRAGMA {pragma}")


#: Since version 14, where it was built with LZ4, and where nobody has chosen otherwise.
_COMPRESS_FASTER = """
    SELECT set_config(name, 'lz4', false) FROM pg_settings
    WHERE name = 'default_toast_compression' AND source = 'default' AND 'lz4' = ANY (enumvals)
"""


def _prepare_postgres(connection: Any, _record: object) -> None:
    """Commits that wait for the disk; no compilation of queries, which takes longer than any of ours; texts compressed
    with LZ4, at a tenth of the CPU that PostgreSQL's own way takes.
    """
    from storage.sql.tsvectors import send_tsvectors  # noqa: PLC0415 (loads psycopg)

    send_tsvectors(connection)
    was_on = connection.autocommit
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('jit', 'off', false), CASE WHEN current_setting('synchronous_commit') = 'off' "
            "THEN set_config('synchronous_commit', 'on', false) END"
        )
        cursor.execute(_COMPRESS_FASTER)
    connection.autocommit = was_on


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("presswatch_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
