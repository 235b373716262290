"""A whole database into a file and back: SQLite by its online backup, PostgreSQL by pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Engine, delete, func, inspect, select, text

from storage.backup.manifest import POSTGRESQL, PRIVATE, SQLITE
from storage.errors import BackupUnusable
from storage.sql.engine import writing
from storage.sql.schema import events
from storage.sql.user_tables import sessions

_TOLD_CHARS = 300
#: Numbers of events that were given out after a backup and are lost with it must not come again: receivers know what
#: they have had by them. At fifty articles a second, this is half a year.
_LEFT_OUT = 1_000_000_000


def kind_of(engine: Engine) -> str:
    """SQLITE or POSTGRESQL."""
    return SQLITE if engine.dialect.name == "sqlite" else POSTGRESQL


def dump(engine: Engine, target: Path) -> None:
    """Copies the database as it is at one moment, while others write. Raises BackupUnusable and OSError."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    if kind_of(engine) == SQLITE:
        _copy_sqlite(_file(engine.url), target)
        _check_sqlite(target)
    else:
        _run("pg_dump", engine.url, "--format=custom", "--no-owner", "--no-acl", f"--file={target}")


def load(engine: Engine, source: Path) -> None:
    """Fills an empty database. Raises BackupUnusable and OSError."""
    if kind_of(engine) == SQLITE:
        _check_sqlite(source)
        target = _file(engine.url)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{target.name}.partial")
        beside.unlink(missing_ok=True)
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        _copy_sqlite(source, beside)
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.rename(target)
    else:
        _run("pg_restore", engine.url, "--no-owner", "--no-acl", "--single-transaction", "--exit-on-error", str(source))
    _leave_numbers_out(engine)
    _end_sessions(engine)


def _copy_sqlite(source: Path, target: Path) -> None:
    """In one step, so that a writer beside it never makes it begin anew; in WAL mode no writer waits for it."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as read,
            closing(sqlite3.connect(target)) as written,
        ):
            read.backup(written)
            written.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
    except sqlite3.Error as error:
        raise BackupUnusable(f"the database {source} cannot be copied: {error}") from error


def _check_sqlite(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        answer = str(error)
    if answer != "ok":
        raise BackupUnusable(f"the copy of the database in {file} is damaged: {answer}; take another backup")


def _file(url: URL) -> Path:
    return Path(url.database or "")


def _leave_numbers_out(engine: Engine) -> None:
    with writing(engine) as connection:
        newest = (connection.execute(select(func.max(events.c.seq))).scalar() or 0) + _LEFT_OUT
        if kind_of(engine) == SQLITE:
            statement = "UPDATE sqlite_sequence SET seq = :newest WHERE name = 'events'"
        else:
            statement = "SELECT setval(pg_get_serial_sequence('events', 'seq'), :newest)"
        connection.execute(text(statement), {"newest": newest})


def _end_sessions(engine: Engine) -> None:
    """Who was logged in at the time of the backup may have been shown out since, by log-out or by an operator."""
    with writing(engine) as connection:
        if inspect(connection).has_table(sessions.name):  # a backup of an older version has none
            connection.execute(delete(sessions))


def _run(program: str, url: URL, *options: str) -> None:
    """Runs one of PostgreSQL's programs; the password goes by the environment, where the process list has it not."""
    found = shutil.which(program)
    if found is None:
        raise BackupUnusable(f"there is no {program} here; install PostgreSQL's client programs (postgresql-client)")
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    env = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(  # noqa: S603 (a fixed program; its arguments are ours and the operator's)
        [found, f"--dbname={address}", "--no-password", *options],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise BackupUnusable(f"{program} failed: {' '.join(done.stderr.split())[-_TOLD_CHARS:]}")
