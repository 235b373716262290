"""Rows of any table as JSON and back, the same from SQLite and PostgreSQL: numbers, JSON and text as they are stored.

Times are microseconds and JSON is its own text, so that nothing is read into anything and written otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Connection,
    Float,
    LargeBinary,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    inspect,
    select,
    table,
    tuple_,
    type_coerce,
)
from sqlalchemy import column as plain_column
from sqlalchemy.sql.expression import ColumnElement, Insert
from sqlalchemy.types import TypeEngine

from storage.errors import BackupUnusable
from storage.sql.metadata import Structure, Utc, metadata

#: Made again from the texts; what else the database keeps of its own is no table of ours.
DERIVED = ("article_words", "search_words")
_OWN = ("alembic_version", "sqlite_", "load_")
_DIGEST_BITS = 128


@dataclass(slots=True)
class Sum:
    """How many rows there are, and a digest that does not depend on their order: databases sort text each their way."""

    rows: int = 0
    total: int = 0

    def add(self, line: str) -> None:
        """Takes one row, as `line_of` writes it."""
        digest = hashlib.blake2b(line.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BITS // 8).digest()
        self.rows += 1
        self.total = (self.total + int.from_bytes(digest)) % (1 << _DIGEST_BITS)

    @property
    def digest(self) -> str:
        """Hexadecimal."""
        return f"{self.total:0{_DIGEST_BITS // 4}x}"


def tables_of(connection: Connection) -> list[Table]:
    """All tables of the store, those first to which others refer. Raises BackupUnusable where the database has one that
    this version does not know.
    """
    known = {each.name for each in metadata.sorted_tables}
    there = {name for name in inspect(connection).get_table_names() if not name.startswith((*_OWN, *DERIVED))}
    if unknown := there - known:
        raise BackupUnusable(f"the database has tables that are not of Presswatch: {', '.join(sorted(unknown))}")
    return list(metadata.sorted_tables)


def pages(connection: Connection, of: Table, size: int) -> Iterator[list[str]]:
    """The rows of a table as lines, `size` at a time, in the order of its key: one page is held, and no more."""
    keys = list(of.primary_key.columns)
    query = _query(of, connection.dialect.name).limit(size)
    after: Sequence[Any] | None = None
    while True:
        page = query if after is None else query.where(_beyond(keys, after))
        rows = connection.execute(page).all()
        if rows:
            yield [line_of([_plain(value) for value in row]) for row in rows]
            after = [rows[-1]._mapping[key.name] for key in keys]  # noqa: SLF001 (SQLAlchemy's documented name)
        if len(rows) < size:
            return


def line_of(values: Sequence[Any]) -> str:
    """One row, its columns in the order of the table."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def sum_of(connection: Connection, of: Table, size: int) -> Iterator[Sum]:
    """The sum of a table after each page, the last one of all."""
    found = Sum()
    yield found
    for page in pages(connection, of, size):
        for line in page:
            found.add(line)
        yield found


def values_of(of: Table, line: str) -> dict[str, Any]:
    """The values of a row, for `inserting`. Raises ValueError for a line that is none of the table."""
    values = json.loads(line)
    columns = list(of.columns)
    if not isinstance(values, list) or len(values) != len(columns):
        raise ValueError(f"a row of {of.name} has not {len(columns)} columns")
    return {column.name: _from_json(column.type, value) for column, value in zip(columns, values, strict=True)}


def inserting(of: Table, dialect: str) -> Insert:
    """Adds rows exactly as they were."""
    names = {column.name: _given(column.name, column.type, dialect) for column in of.columns}
    bare = table(of.name, *(plain_column(name, _raw(of.columns[name].type)) for name in names))
    return bare.insert().values(names)


def count_of(connection: Connection, of: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(of)).scalar_one())


def _query(of: Table, dialect: str) -> Select[Any]:
    columns = [_taken(column, dialect).label(column.name) for column in of.columns]
    return select(*columns).order_by(*of.primary_key.columns)


def _beyond(keys: Sequence[ColumnElement[Any]], after: Sequence[Any]) -> ColumnElement[bool]:
    """Rows after one, by its key, which the index of the key finds."""
    kinds = [_raw(key.type) for key in keys]
    raw = [type_coerce(key, kind) for key, kind in zip(keys, kinds, strict=True)]
    return tuple_(*raw) > tuple_(*(bindparam(None, value, kind) for value, kind in zip(after, kinds, strict=True)))


def _taken(column: Any, dialect: str) -> ColumnElement[Any]:
    if isinstance(column.type, (JSON, Structure)) and dialect != "sqlite":
        return cast(column, Text)
    return type_coerce(column, _raw(column.type))


def _given(name: str, kind: TypeEngine[Any], dialect: str) -> ColumnElement[Any]:
    given = bindparam(name, type_=_raw(kind))
    return cast(given, JSON) if isinstance(kind, (JSON, Structure)) and dialect != "sqlite" else given


def _raw(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """As the database keeps it."""
    if isinstance(kind, Utc):
        return BigInteger()
    if isinstance(kind, (Boolean, Float, LargeBinary)) or _is_number(kind):
        return kind
    return Text()


def _is_number(kind: TypeEngine[Any]) -> bool:
    return getattr(kind, "python_type", None) is int


def _plain(value: Any) -> Any:
    """What JSON has no word for, in one that it has."""
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode("ascii")
    return value


def _from_json(kind: TypeEngine[Any], value: Any) -> Any:
    if value is not None and isinstance(kind, LargeBinary):
        return base64.b64decode(value, validate=True)
    return value
