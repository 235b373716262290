"""Times as feeds and sitemaps write them, with what is really known of them.

A time without a zone is never passed off as UTC: it is read in the outlet's zone, or only its day is kept.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from functools import lru_cache
from zoneinfo import ZoneInfo

from storage.records import Moment, Outlet, Precision, Zone

_MAX_CHARS = 80
_YEARS = range(1970, 2101)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?P<second>:\d{2})?")
_OFFSET = re.compile(r"(?:[+-]\d{2}:?\d{2}|[+-]\d{2}|(?<![A-Za-z])(?P<name>[A-Z]{1,5}))\s*(?:\([^)]*\))?\s*$")
# RFC 822's names, and those of others that mean one offset only (IST is Indian, Israeli and Irish; BST British
# and Bangladeshi). Hours from UTC.
_RFC_822_NAMES = frozenset(
    {"Z", "UT", "UTC", "GMT", "AST", "ADT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"}
)
_OTHER_NAMES = {
    "WET": 0.0, "WEST": 1.0, "CET": 1.0, "CEST": 2.0, "EET": 2.0, "EEST": 3.0, "MSK": 3.0, "IDT": 3.0, "IRST": 3.5,
    "IRDT": 4.5, "TRT": 3.0, "PKT": 5.0, "HKT": 8.0, "JST": 9.0, "KST": 9.0, "AEST": 10.0, "AEDT": 11.0,
}  # fmt: skip
_SPANS = {
    Precision.SECOND: timedelta(0),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.DAY: timedelta(days=1),
}


def read_moment(text: str, *, rule: str, outlet: Outlet, clock: datetime | None = None) -> Moment | None:
    """What a written time tells, or None when it cannot be read or its year is none of 1970 to 2100.

    Reads ISO 8601 and RFC 822. A caller whose own parser knows more spellings hands over what it read as
    `clock`: naive, in UTC when the text states a zone, else as the clock was written.
    """
    text = text.strip()[:_MAX_CHARS]
    found = _CLOCK.search(text)
    try:
        if clock is None:
            clock = _read(text)
        if clock is None or clock.year not in _YEARS:
            return None
        if found is None:
            return _day(clock, rule)
        precision = Precision.SECOND if found["second"] else Precision.MINUTE
        return _with_zone(clock, text[found.end() :], precision, rule, outlet.timezone)
    except (ValueError, OverflowError):
        return None


def is_later(moment: Moment, since: datetime) -> bool:
    """Whether a moment may lie after a time: one of which only the day or minute is known may lie at its end."""
    return moment.at + _SPANS[moment.precision] > since


def _with_zone(clock: datetime, tail: str, precision: Precision, rule: str, outlet_zone: str | None) -> Moment:
    stated = _OFFSET.search(tail)
    name = stated["name"] if stated else None
    if stated and (name is None or name in _RFC_822_NAMES):
        return Moment(at=clock.replace(tzinfo=UTC), precision=precision, rule=rule, zone=Zone.STATED)
    if name in _OTHER_NAMES:
        at = clock.replace(tzinfo=UTC) - timedelta(hours=_OTHER_NAMES[name])
        return Moment(at=at, precision=precision, rule=rule, zone=Zone.STATED)
    zone = _zone(outlet_zone) if outlet_zone else None
    if zone is None:
        return _day(clock, rule)
    return Moment(at=clock.replace(tzinfo=zone).astimezone(UTC), precision=precision, rule=rule, zone=Zone.OUTLET)


def _day(clock: datetime, rule: str) -> Moment:
    midnight = clock.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    return Moment(at=midnight, precision=Precision.DAY, rule=rule, zone=Zone.NONE)


def _read(text: str) -> datetime | None:
    """The clock as written, led back to UTC where an offset stands."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        fields = parsedate_tz(text)
        if fields is None:
            return None
        offset = timedelta(seconds=fields[9] or 0)
        return datetime(*fields[:6]) - offset  # noqa: DTZ001 - naive on purpose: the zone is judged apart
    return read.astimezone(UTC).replace(tzinfo=None, microsecond=0) if read.tzinfo else read.replace(microsecond=0)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None
