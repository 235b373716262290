"""What was ordered of a source's visits: checked, merged, told, and the times of a cron line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TypeVar

from cronsim import CronSim, CronSimError

from crawler.outlets.errors import BadOrder
from storage.records import Pace, PaceMode

_T = TypeVar("_T")

_CRON_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_CRON_EXAMPLE = 'write five fields: minute hour day month weekday, such as "*/20 6-22 * * *" or "0 7,19 * * MON-FRI"'
_SPAN = re.compile(r"\s*(\d{1,6})\s*(s|m|min|h|d)\s*")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_SHORTEST_S, _LONGEST_S = 1, 30 * 86_400
#: A line that finds no day in so long would leave its source silent.
_SOONEST = timedelta(days=366)


def check_cron(line: str) -> str:
    """A cron line, its blanks made even. Raises BadOrder."""
    even = " ".join(line.split())
    fields = even.split(" ") if even else []
    if len(fields) != len(_CRON_FIELDS):
        raise BadOrder(f'the cron line "{line}" has {len(fields)} fields', _CRON_EXAMPLE)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        first = next(CronSim(even, start))
    except CronSimError as error:
        raise BadOrder(f'the cron line "{line}" makes no sense: {str(error).lower()}', _CRON_EXAMPLE) from None
    except StopIteration:
        raise BadOrder(f'the cron line "{line}" names a day that never comes', _CRON_EXAMPLE) from None
    if first - start > _SOONEST:
        raise BadOrder(f'the cron line "{line}" would visit less than once a year', _CRON_EXAMPLE)
    return even


def next_cron(line: str, after: datetime, zone: tzinfo) -> datetime:
    """The line's next time after a moment. A time that a change of the clock skips comes at the change; one that it
    repeats comes once, unless the line means every hour (as Debian's cron does). Raises BadOrder.
    """
    try:
        return next(CronSim(line, after.astimezone(zone))).astimezone(UTC)
    except (CronSimError, StopIteration):
        raise BadOrder(f'the cron line "{line}" has no next time', _CRON_EXAMPLE) from None


def check_span(text: str) -> int:
    """Seconds of a span such as 20m, 90s, 6h or 1d. Raises BadOrder."""
    found = _SPAN.fullmatch(text.lower())
    if found is None:
        raise BadOrder(f'"{text}" is no span of time', "write it as 20m, 90s, 6h or 1d")
    span_s = int(found[1]) * _UNITS[found[2]]
    if not _SHORTEST_S <= span_s <= _LONGEST_S:
        raise BadOrder(f'"{text}" is out of range', "write a span from 1s to 30d")
    return span_s


@lru_cache(maxsize=4_096)
def merged(*orders: Pace) -> Pace:
    """One order of several, the narrowest first; a mode comes with its own interval or cron line."""
    by_mode = next((order for order in orders if order.mode is not None), Pace(mode=PaceMode.ADAPTIVE))
    return Pace(
        mode=by_mode.mode,
        every_s=by_mode.every_s,
        cron=by_mode.cron,
        not_between=_first(*(order.not_between for order in orders)),
        floor_s=_first(*(order.floor_s for order in orders)),
        ceiling_s=_first(*(order.ceiling_s for order in orders)),
        heed_publisher=_first(*(order.heed_publisher for order in orders)),
    )


def told_span(seconds: float) -> str:
    """A span as a person says it: 45 s, 20 min, 6 h, 3 days."""
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit or (seconds >= unit and seconds % unit == 0):
            return f"{seconds / unit:.3g} {name}".replace("1 days", "1 day")
    return f"{seconds:.3g} s"


def _first(*values: _T | None) -> _T | None:
    return next((value for value in values if value is not None), None)
