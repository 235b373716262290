"""How commands print: records as JSON for scripts, plain lines for people."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import click

from control.logs import printable
from storage.records import LiveEntry, Moment, Picture, Precision

_OPENING_CHARS = 80
json_option = click.option("--json", "as_json_lines", is_flag=True, help="Print JSON for a script.")


def as_json(value: Any) -> str:
    """Records, and what is made of them, as JSON; on a terminal, what came from outside cannot it either."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, indent=2).replace("\x7f", "\\u007f")
    return (
        text if text.isascii() else "".join(c if c.isascii() or c.isprintable() else json.dumps(c)[1:-1] for c in text)
    )


def say(text: str = "") -> None:
    """Prints a line; what came from outside cannot control the terminal."""
    click.echo(printable(text))


def moment_text(moment: Moment | None) -> str:
    """A moment with as much precision as it has."""
    if moment is None:
        return "no date"
    if moment.precision is Precision.DAY:
        return f"{moment.at:%Y-%m-%d} (day only)"
    return (
        f"{moment.at:%Y-%m-%d %H:%M:%S} UTC"
        if moment.precision is Precision.SECOND
        else f"{moment.at:%Y-%m-%d %H:%M} UTC"
    )


def picture_text(picture: Picture | None) -> str:
    """A picture's address, caption and credit in a line; empty without one."""
    if picture is None:
        return ""
    told = [picture.url, picture.caption and f"“{picture.caption}”", picture.credit and f"credit: {picture.credit}"]
    return "; ".join(filter(None, told))


def entry_lines(entries: Iterable[LiveEntry]) -> Iterator[str]:
    """A line an entry of a live blog: its moment, and its headline or how its text begins."""
    for entry in entries:
        opening = entry.headline or " ".join(entry.text.split())[:_OPENING_CHARS]
        yield f"entry of {moment_text(entry.at)}: {opening}"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, or in how long, something is."""
    if moment is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    size = abs(seconds)
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if size >= length or unit == "s":
            text = f"{round(size / length)} {unit}"
            return f"{text} ago" if seconds >= 0 else f"in {text}"
    raise AssertionError("unreachable")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
