"""Bringing a database to the schema that this version needs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from storage.errors import StoreNotReady
from storage.sql.engine import reading, writing

#: The newest migration. A test checks that Alembic agrees; asking Alembic here would cost every start 0.2 s.
HEAD = "0044"
#: What a database calls its version while a dump is loaded into it.
LOADING = "loading"
#: Any number, the same in all versions: only one process migrates at a time.
_MIGRATION_LOCK = 7_304_002


_HALF_LOADED = "the database holds a part of a dump; run `presswatch db load` with the same folder again"


def current_version(engine: Engine) -> str | None:
    """The version the database is at, None when it is empty."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def check(engine: Engine) -> None:
    """Raises StoreNotReady unless the database is at the version that this code needs."""
    version = current_version(engine)
    if version == LOADING:
        raise StoreNotReady(_HALF_LOADED)
    if version != HEAD:
        state = f"is at version {version}" if version else "has no tables yet"
        raise StoreNotReady(f"the database {state}, this Presswatch needs {HEAD}; run `presswatch db upgrade`")


def upgrade(engine: Engine) -> bool:
    """Runs the migrations that are missing; True when there were any. Safe to call from several processes."""
    version = current_version(engine)
    if version == HEAD:
        return False
    if version == LOADING:
        raise StoreNotReady(_HALF_LOADED)
    from alembic import command  # noqa: PLC0415 (costs 0.2 s, and most starts have nothing to migrate)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    try:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise StoreNotReady(f"the database cannot be brought to version {HEAD}: {error.orig}") from error
    return True
