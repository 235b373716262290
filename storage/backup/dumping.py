"""A dump: all rows of the store in a folder, from which either database can be filled.

One file a few thousand rows, so that a dump or a load that was killed goes on where it was. `dump.json` names them all
and is written last: a folder without it is no dump yet. The archive is no part of it; it stays in the data folder.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, inspect, text

from storage.backup.manifest import PRIVATE, made_at
from storage.backup.rows import Sum, count_of, pages, tables_of
from storage.errors import BackupUnusable
from storage.sql.engine import reading
from storage.sql.upgrade import HEAD, check

MANIFEST = "dump.json"
#: Rows a file, and a transaction of the load.
ROWS = 2_000
_FORMAT = 1
_MAX_CHARS = 256 * 1024 * 1024
#: Told after each file: the table, how many of its rows are done, and how many it has.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpedTable:
    """What is dumped of a table; `digests` are SHA-256 of the rows in each file, before they are deflated."""

    name: str
    rows: int
    digest: str  # `storage.backup.rows.Sum`
    files: tuple[str, ...]
    digests: tuple[str, ...]
    last_number: int | None  # that the database gave out by itself; None: it gives none here


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """All of a dump."""

    made_at: str  # RFC 3339, UTC
    presswatch: str
    schema: str
    database: str  # it came from: "sqlite" or "postgresql"
    tables: tuple[DumpedTable, ...]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def id(self) -> str:
        """The same for the same rows."""
        words = "".join(f"{table.name} {table.rows} {table.digest}\n" for table in self.tables)
        return hashlib.sha256(words.encode()).hexdigest()


def make_dump(engine: Engine, folder: Path, *, now: datetime, version: str, progress: Progress) -> Dump:
    """Writes all rows as they are at one moment into a folder, new or of a dump that was killed: files that hold what
    they should are not written again. Raises BackupUnusable, StoreUnavailable and StoreNotReady.
    """
    check(engine)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / MANIFEST).exists():
            raise BackupUnusable(f"{folder} holds a whole dump; name another folder, or `presswatch db load` it")
        if any(not path.name.endswith((".jsonl.gz", ".sha256", ".partial")) for path in folder.iterdir()):
            raise BackupUnusable(f"{folder} holds other files; name a new folder for a dump")
        with reading(engine) as connection:
            dumped = tuple(_dump_table(connection, table, folder, progress) for table in tables_of(connection))
            kind = engine.dialect.name
        dump = Dump(made_at=made_at(now), presswatch=version, schema=HEAD, database=kind, tables=dumped)
        _write(folder / MANIFEST, json.dumps({"format": _FORMAT, **asdict(dump)}, indent=1).encode())
    except OSError as error:
        raise BackupUnusable(f"the dump cannot be written: {error}; make room, then run it again") from error
    return dump


def read_dump(folder: Path) -> Dump:
    """What a dump says of itself. Raises BackupUnusable."""
    place = folder / MANIFEST
    try:
        with place.open(encoding="utf-8") as words:
            told = json.loads(words.read(_MAX_CHARS))
        if told["format"] != _FORMAT:
            raise BackupUnusable(f"{place} has the format {told['format']!r}, this Presswatch reads {_FORMAT}")
        plain = {name: str(told[name]) for name in ("made_at", "presswatch", "schema", "database")}
        return Dump(tables=tuple(_table(each) for each in told["tables"]), **plain)
    except FileNotFoundError as error:
        raise BackupUnusable(f"{folder} holds no {MANIFEST}: it is no dump, or one that was not finished") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupUnusable(f"{place} cannot be read: {error}; dump the store again") from error


def lines_in(folder: Path, table: DumpedTable, number: int) -> list[str]:
    """The rows in one file of a table. Raises BackupUnusable for a file that is not what was dumped."""
    place = folder / table.files[number]
    try:
        body = gzip.decompress(place.read_bytes())
    except (OSError, EOFError, ValueError) as error:
        raise BackupUnusable(f"{place} cannot be read: {error}; dump the store again") from error
    if hashlib.sha256(body).hexdigest() != table.digests[number]:
        raise BackupUnusable(f"{place} is not what was dumped; dump the store again")
    # By "\n" alone: texts hold other line ends (U+2028, U+0085), which JSON does not escape.
    return body.decode("utf-8", "surrogatepass").removesuffix("\n").split("\n") if body else []


def _dump_table(connection: Connection, table: Table, folder: Path, progress: Progress) -> DumpedTable:
    total, found = count_of(connection, table), Sum()
    files: list[str] = []
    digests: list[str] = []
    for page in pages(connection, table, ROWS):
        for line in page:
            found.add(line)
        name = f"{table.name}.{len(files):06}.jsonl.gz"
        digests.append(_keep(folder / name, ("\n".join(page) + "\n").encode("utf-8", "surrogatepass")))
        files.append(name)
        progress(table.name, found.rows, total)
    return DumpedTable(
        name=table.name,
        rows=found.rows,
        digest=found.digest,
        files=tuple(files),
        digests=tuple(digests),
        last_number=_last_number(connection, table),
    )


def _keep(place: Path, body: bytes) -> str:
    """Writes a file unless it is there and holds this; returns the digest of what it holds."""
    digest = hashlib.sha256(body).hexdigest()
    note = place.with_suffix(".sha256")
    if place.exists() and note.exists() and note.read_text() == digest:
        return digest
    note.unlink(missing_ok=True)
    _write(place, gzip.compress(body, 1, mtime=0))
    _write(note, digest.encode())
    return digest


def _write(place: Path, body: bytes) -> None:
    """Puts a file onto the disk, whole or not at all; it may hold secrets."""
    beside = place.with_name(f"{place.name}.partial")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(place)


def _last_number(connection: Connection, table: Table) -> int | None:
    """The last number that the database gave out; a number of an event is never given out twice."""
    column = table.autoincrement_column
    if column is None:
        return None
    newest = connection.execute(text(f'SELECT max("{column.name}") FROM "{table.name}"')).scalar() or 0  # noqa: S608
    if connection.dialect.name == "sqlite":
        if not inspect(connection).has_table("sqlite_sequence"):
            return int(newest)
        given = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        return max(int(newest), int(given.scalar() or 0))
    name = connection.execute(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
    ).scalar()
    if name is None:
        return int(newest)
    last = connection.execute(text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")).scalar()  # noqa: S608
    return max(int(newest), int(last or 0))


def _table(told: Any) -> DumpedTable:
    files, digests = tuple(map(str, told["files"])), tuple(map(str, told["digests"]))
    if len(files) != len(digests) or any(Path(name).name != name or not name.endswith(".jsonl.gz") for name in files):
        raise ValueError(f"it names files of {told['name']!r} that no dump has")
    last = told["last_number"]
    return DumpedTable(
        name=str(told["name"]),
        rows=int(told["rows"]),
        digest=str(told["digest"]),
        files=files,
        digests=digests,
        last_number=None if last is None else int(last),
    )
