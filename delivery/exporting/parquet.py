"""Rows as a Parquet file, by DuckDB: the optional extra `parquet`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from delivery.exporting.columns import COLUMNS, Type, Value
from delivery.exporting.forms import as_json_lines

_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.NUMBER: "BIGINT",
    Type.TIME: "TIMESTAMP WITH TIME ZONE",
    Type.TEXTS: "VARCHAR[]",
}
_MEMORY = "512MB"
_LONGEST_LINE = 64 * 1024 * 1024
_ROWS_A_GROUP = 2_000


class NoParquet(Exception):
    """DuckDB is not installed. Install the extra: `pip install 'presswatch[parquet]'`, or `pip install duckdb`."""


def duckdb() -> Any:
    """The library. Raises NoParquet where it is not installed."""
    try:
        return import_module("duckdb")
    except ImportError as error:
        raise NoParquet((NoParquet.__doc__ or "").strip()) from error


def write_parquet(rows: Iterable[Mapping[str, Value]], file: Path) -> None:
    """Writes a file of typed columns, compressed with zstd; what is under way lies beside it, not in memory.

    Raises NoParquet.
    """
    library = duckdb()
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".export-") as folder:
        lines = Path(folder, "rows.jsonl")
        with lines.open("wb") as out:
            out.writelines(as_json_lines(rows))
        names = {column.name: _TYPES[column.type] for column in COLUMNS}
        settings = {
            "memory_limit": _MEMORY,
            "threads": 1,
            "temp_directory": folder,
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
        }
        with library.connect(":memory:", config=settings) as connection:
            given = connection.read_json(
                str(lines), columns=names, format="newline_delimited", maximum_object_size=_LONGEST_LINE
            )
            given.write_parquet(str(file), compression="zstd", row_group_size=_ROWS_A_GROUP)
