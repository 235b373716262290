"""A bound for what a search may cost: a query of a few letters can ask a database to go through its whole index."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from storage.errors import SearchTooDear
from storage.sql.engine import reading

#: Fifty times what a search may take at a million articles: what takes longer would be given up by whoever waits.
MOST_S = 30.0
_AGAIN_S = 0.05
#: What PostgreSQL says of a statement that was ended (SQLSTATE, query_canceled).
_ENDED = "57014"


@contextmanager
def searching(engine: Engine, most_s: float = MOST_S) -> Iterator[Connection]:
    """`reading`, ended after so many seconds (on PostgreSQL each statement of it). Raises SearchTooDear as well."""
    with reading(engine) as connection:
        try:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL statement_timeout = {max(1, int(most_s * 1000))}"))
                yield connection
            else:
                with _interrupted_after(connection, most_s):
                    yield connection
        except DBAPIError as error:
            if not _is_ended(error):
                raise
            raise SearchTooDear(
                f"the search took longer than {most_s:g} s and was ended; ask for less: more letters before a *, "
                "fewer words, or fewer days"
            ) from error


@contextmanager
def _interrupted_after(connection: Connection, most_s: float) -> Iterator[None]:
    """SQLite ends a statement only when another thread says so: FTS5 tells nobody how far it is."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(f"a connection of SQLite's own driver is needed, not {type(driver).__name__}")
    is_over, interrupting = threading.Event(), threading.Lock()

    def watch() -> None:
        left_s = most_s
        while not is_over.wait(left_s):
            with interrupting:  # else it could end what somebody else does with this connection later
                if not is_over.is_set():
                    driver.interrupt()
            left_s = _AGAIN_S  # between two statements there is nothing to end

    threading.Thread(target=watch, name="search bound", daemon=True).start()
    try:
        yield
    finally:
        with interrupting:
            is_over.set()


def _is_ended(error: DBAPIError) -> bool:
    of_sqlite = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return of_sqlite or getattr(error.orig, "sqlstate", None) == _ENDED
