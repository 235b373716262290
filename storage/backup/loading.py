"""Filling an empty database with a dump, a file a transaction; and proving that all of it is there.

Until that is proven the database calls itself version LOADING, so that no process of Presswatch starts on a part of a
store; what was killed goes on with the next file.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, Table, inspect, select, text

from storage.backup.dumping import ROWS, Dump, DumpedTable, Progress, lines_in, read_dump
from storage.backup.rows import count_of, inserting, sum_of, tables_of, values_of
from storage.errors import BackupUnusable
from storage.sql.engine import reading, writing
from storage.sql.schema import articles
from storage.sql.search_index import index_articles, indexed_now
from storage.sql.upgrade import HEAD, LOADING, current_version, upgrade

_INDEXED = 500  # articles a transaction
_INDEX = "search index"


def load_dump(engine: Engine, folder: Path, *, progress: Progress) -> Dump:
    """Fills the database with a dump, or goes on with the same one. Raises BackupUnusable where the database holds
    anything else, or in the end anything other than the dump; and StoreUnavailable.
    """
    dump = read_dump(folder)
    if dump.schema != HEAD:
        raise BackupUnusable(
            f"the dump is of the schema {dump.schema}, this Presswatch has {HEAD}; dump and load with the same version"
        )
    _begin(engine, dump)
    with reading(engine) as connection:
        tables = {table.name: table for table in tables_of(connection)}
    if set(tables) != {each.name for each in dump.tables}:
        raise BackupUnusable(f"{folder} names other tables than this Presswatch has; dump the store again")
    for each in dump.tables:
        _fill(engine, folder, each, tables[each.name], progress)
    _index(engine, progress)
    for each in dump.tables:
        verify_table(engine, each, tables[each.name], progress)
    _end(engine, dump, tables)
    return dump


def verify_table(engine: Engine, dumped: DumpedTable, table: Table, progress: Progress) -> None:
    """Reads a table back. Raises BackupUnusable where it is not what was dumped."""
    with reading(engine) as connection:
        for found in sum_of(connection, table, ROWS):
            if dumped.rows:
                progress(f"{table.name} verified", found.rows, dumped.rows)
    if (found.rows, found.digest) != (dumped.rows, dumped.digest):
        raise BackupUnusable(
            f"{table.name} holds {found.rows} rows with the digest {found.digest}, the dump {dumped.rows} with "
            f"{dumped.digest}; empty the database and load the dump again"
        )


# --------------------------------------------------------------------------------------- parts


def _begin(engine: Engine, dump: Dump) -> None:
    where = engine.url.render_as_string(hide_password=True)
    version = current_version(engine)
    if version == LOADING:
        with reading(engine) as connection:
            begun = connection.execute(text("SELECT dump FROM load_state")).scalar()
        if begun != dump.id:
            raise BackupUnusable(f"another dump is half loaded at {where}; go on with that, or empty the database")
        return
    if version is None:
        upgrade(engine)
    with writing(engine) as connection:
        full = [table.name for table in tables_of(connection) if count_of(connection, table)]
        # A new schema brings its own first rows along; a store that was ever used has outlets or events.
        if "outlets" in full or "events" in full or "candidates" in full:
            raise BackupUnusable(f"there is a store already at {where}; name an empty database, or move that one away")
        for table in reversed(tables_of(connection)):
            connection.execute(table.delete())
        connection.execute(text("CREATE TABLE load_state (dump VARCHAR(64) NOT NULL, indexed BIGINT NOT NULL)"))
        connection.execute(text("CREATE TABLE load_files (name VARCHAR(200) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO load_state (dump, indexed) VALUES (:dump, 0)"), {"dump": dump.id})
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": LOADING})


def _fill(engine: Engine, folder: Path, dumped: DumpedTable, table: Table, progress: Progress) -> None:
    with reading(engine) as connection:
        loaded = set(connection.execute(text("SELECT name FROM load_files")).scalars())
    statement, done = inserting(table, engine.dialect.name), 0
    for number, name in enumerate(dumped.files):
        if name in loaded:
            done = min(dumped.rows, done + ROWS)
            continue
        rows = _values(folder, dumped, number, table)
        with writing(engine) as connection:
            if rows:
                connection.execute(statement, rows)
            connection.execute(text("INSERT INTO load_files (name) VALUES (:name)"), {"name": name})
        done += len(rows)
        progress(table.name, done, dumped.rows)


def _values(folder: Path, dumped: DumpedTable, number: int, table: Table) -> list[dict[str, object]]:
    try:
        return [values_of(table, line) for line in lines_in(folder, dumped, number)]
    except ValueError as error:
        raise BackupUnusable(f"{dumped.files[number]}: {error}; dump the store again") from error


def _index(engine: Engine, progress: Progress) -> None:
    """Makes the search index again; what waited to be indexed goes on waiting."""
    with reading(engine) as connection:
        total, done = count_of(connection, articles), 0
    while True:
        with writing(engine) as connection:
            after = connection.execute(text("SELECT indexed FROM load_state")).scalar_one()
            next_ones = select(articles.c.id).where(articles.c.id > after).order_by(articles.c.id).limit(_INDEXED)
            ids = list(connection.execute(next_ones).scalars())
            if not ids:
                return
            index_articles(connection, indexed_now(connection, ids))
            connection.execute(text("UPDATE load_state SET indexed = :upto"), {"upto": ids[-1]})
        done += len(ids)
        progress(_INDEX, done, total)


def _end(engine: Engine, dump: Dump, tables: dict[str, Table]) -> None:
    """Numbers go on where they were, and the database is a store."""
    with writing(engine) as connection:
        for each in dump.tables:
            if each.last_number:
                _set_number(connection, tables[each.name], each.last_number)
        connection.execute(text("DROP TABLE load_files"))
        connection.execute(text("DROP TABLE load_state"))
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": HEAD})
    with writing(engine) as connection:
        connection.execute(text("ANALYZE"))


def _set_number(connection: Connection, table: Table, last: int) -> None:
    column = table.autoincrement_column
    if column is None:
        return
    if connection.dialect.name != "sqlite":
        name = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar()
        if name is not None:
            connection.execute(text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": name, "last": last})
        return
    if not inspect(connection).has_table("sqlite_sequence") or not table.dialect_options["sqlite"]["autoincrement"]:
        return  # its numbers go on from the greatest there is
    given = {"name": table.name, "last": last}
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), given)
