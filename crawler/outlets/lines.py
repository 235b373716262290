"""Lines: where in an outlet file a key stands, for error texts.

The TOML readers at hand keep no line numbers, so they are looked up when there is something to tell.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

_KEY = re.compile(r"""[ \t]*(?:"(?P<double>[^"\\]*)"|'(?P<single>[^']*)'|(?P<bare>[A-Za-z0-9_-]+))[ \t]*[=.]""")
_TABLE = re.compile(r"""[ \t]*\[\[?[ \t]*["']?(?P<name>[^\]"'.]*?)["']?[ \t]*[\].]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A key at the top of a file (`table` is ""), or in the table of that name and index (from 0)."""

    table: str = ""
    index: int = 0
    key: str = ""


def line_of(text: str, place: Place) -> int:
    """Line, from 1, of a key; of its table, of its table's first, or 1, where the key itself is not found."""
    lines = [f"{line}\n" for line in text.removeprefix("\ufeff").split("\n")]
    best = 1
    table, index = "", 0
    for number, line in enumerate(lines, start=1):
        header, key = _TABLE.match(line), _KEY.match(line)
        if not (header or key) or not _is_statement(lines[: number - 1]):
            continue
        if header:
            index = index + 1 if table == header["name"] else 0
            table = header["name"]
            if place in (Place(key=table), Place(table=table, index=index)):
                return number
            best = number if (table, index) == (place.table, place.index) else best
        elif key and (table, index if table else 0) == (place.table, place.index):
            if (key["double"] or key["single"] or key["bare"] or "") == place.key:
                return number
        elif key and not table and place.table == (key["double"] or key["single"] or key["bare"]):
            best = number
    return best


def _is_statement(before: list[str]) -> bool:
    """Whether a new statement begins after these lines: then they are valid by themselves."""
    try:
        tomllib.loads("".join(before))
    except tomllib.TOMLDecodeError:
        return False
    return True
