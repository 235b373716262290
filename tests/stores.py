"""Stores with all tables and no rows, copied from one that was migrated: to migrate each test's own takes minutes in all."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, make_url

from storage.sql.engine import open_engine
from storage.sql.upgrade import upgrade


def lay_store(data: Path) -> None:
    """Puts a new SQLite store into a data folder, where the settings look for it."""
    _lay(data / "presswatch.sqlite3")


def open_store_at(url: str) -> Engine:
    """A database at the newest schema; a SQLite file that is not there yet is made."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).exists():
        _lay(Path(str(parsed.database)))
    engine = open_engine(url)
    upgrade(engine)
    return engine


def _lay(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_sqlite())


@cache
def _sqlite() -> bytes:
    with tempfile.TemporaryDirectory(prefix="presswatch-tests-") as folder:
        engine = open_engine(f"sqlite:///{folder}/presswatch.sqlite3")
        upgrade(engine)
        engine.dispose()
        return Path(folder, "presswatch.sqlite3").read_bytes()
