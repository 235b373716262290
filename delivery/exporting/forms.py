"""Rows as JSON Lines and as CSV: an iterator of rows in, one of bytes out. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TypeAlias

from delivery.exporting.columns import COLUMNS, Value

#: A spreadsheet takes a cell that begins so for a formula, and runs it; OWASP, "CSV Injection".
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Form(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Form.JSONL: "application/x-ndjson; charset=utf-8",
    Form.CSV: "text/csv; charset=utf-8",
    Form.PARQUET: "application/vnd.apache.parquet",
}


def as_json_lines(rows: Iterable[Mapping[str, Value]]) -> Iterator[bytes]:
    """An object a line, UTF-8."""
    for row in rows:
        yield (json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def as_csv(rows: Iterable[Mapping[str, Value]]) -> Iterator[bytes]:
    """CSV by RFC 4180 in UTF-8, with a line of names; lists are JSON. Texts that a spreadsheet would run begin with an
    apostrophe.
    """
    yield _line([column.name for column in COLUMNS])
    for row in rows:
        yield _line([_cell(row[column.name]) for column in COLUMNS])


Writer: TypeAlias = Callable[[Iterable[Mapping[str, Value]]], Iterator[bytes]]
WRITERS: Mapping[Form, Writer] = {Form.JSONL: as_json_lines, Form.CSV: as_csv}


def _line(cells: list[str | int | None]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode("utf-8", "replace")


def _cell(value: Value) -> str | int | None:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        value = value.replace("\x00", "\ufffd")
        return f"'{value}" if value.startswith(_FORMULAS) else value
    return value
