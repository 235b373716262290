"""Periods as a person writes them: 2020-05..2020-06, 2020-05-03..2020-05-09, 2020-05.., ..2020, 2020-05."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click

_PART = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DECEMBER = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days; None: without a beginning or an end."""

    text: str  # as it was written
    first: date | None
    last: date | None  # included

    def within(self, zone: str | None) -> tuple[datetime | None, datetime | None]:
        """Its beginning and its end, which is not included, where those days are of this IANA zone; None: of UTC."""
        place: tzinfo = ZoneInfo(zone) if zone else UTC
        end = self.last + timedelta(days=1) if self.last else None
        return _midnight(self.first, place), _midnight(end, place)


class PeriodType(click.ParamType[Period]):
    """Reads a period."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Period:
        """The period; fails with what is wrong and an example."""
        if isinstance(value, Period):
            return value
        begin, dots, end = str(value).strip().partition("..")
        first, last = self._days(begin), self._days(end if dots else begin)
        if (first is None and last is None) or (first and last and first[0] > last[1]):
            self.fail(f"{value!r} is no period; write it as 2020-05..2020-06 or 2020-05-03..2020-05-09", param, ctx)
        return Period(text=str(value).strip(), first=first and first[0], last=last and last[1])

    def _days(self, text: str) -> tuple[date, date] | None:
        """First and last day of a year, month or day; None for none."""
        if not text.strip():
            return None
        found = _PART.fullmatch(text.strip())
        try:
            return _days_of(*(int(part) if part else None for part in found.groups())) if found else self._no_day(text)
        except (ValueError, OverflowError):
            return self._no_day(text)

    def _no_day(self, text: str) -> NoReturn:
        self.fail(f"{text!r} is no day, month or year; write 2020-05-03, 2020-05 or 2020")


def _days_of(year: int | None, month: int | None, day: int | None) -> tuple[date, date]:
    """First and last day of what was named. Raises ValueError and OverflowError for what no calendar has."""
    first = date(year or 0, month or 1, day or 1)
    if day:
        return first, first
    last_month = month or _DECEMBER
    after = date(first.year + last_month // _DECEMBER, last_month % _DECEMBER + 1, 1)
    return first, after - timedelta(days=1)


def period_option(name: str, *, help: str) -> Callable[[Any], Any]:  # noqa: A002 (click's own word)
    """An option that takes a period."""
    return click.option(name, type=PeriodType(), metavar="FROM..TO", help=help)


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None
