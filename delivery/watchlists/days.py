"""Days as a query writes them: 2026, 2026-05, 2026-05-09, 2026-05-01..2026-05-09."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from storage.folding import fold_finely

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DECEMBER = 12


class BadDay(ValueError):
    """No day can be read; the message tells what was expected."""


def day_span(text: str, *, is_range: bool = False) -> tuple[datetime, datetime]:
    """When a day, month or year (or, with `is_range`, FIRST..LAST) begins, and when it is over; UTC.

    Raises BadDay.
    """
    first, dots, last = text.partition("..")
    if dots and is_range:
        since, until = _span(first)[0], _span(last)[1]
        if since >= until:
            raise BadDay("a first day before the last")
        return since, until
    return _span(text)


def _span(text: str) -> tuple[datetime, datetime]:
    # Folding makes the digits of all scripts one, and a hyphen a space.
    found = _DAY.fullmatch("-".join(fold_finely(text).split()))
    if found is None:
        raise BadDay("a day such as 2026-05-09, a month such as 2026-05 or a year")
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        since = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if day is not None:
            return since, since + timedelta(days=1)
        if month is not None:
            is_last = month == _DECEMBER
            return since, since.replace(year=since.year + is_last, month=1 if is_last else month + 1)
        return since, since.replace(year=since.year + 1)
    except (ValueError, OverflowError) as error:
        raise BadDay("a day that the calendar has, such as 2026-05-09") from error
