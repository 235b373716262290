"""When a digest is due: at the analyst's hour, in their time zone. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from storage.records import Channel, Daily

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


#: More than the clocks of two machines differ by.
_CLOCKS_DIFFER = timedelta(hours=1)


class BadHour(ValueError):
    """That is no hour of a day, or no time zone; the message tells what is."""


def daily_at(time: str, zone: str) -> Daily:
    """Of "07:30" and "Asia/Tehran". Raises BadHour."""
    found = _TIME.fullmatch(time.strip())
    if found is None:
        raise BadHour(f"{time!r} is no hour; write it as 07:30")
    try:
        ZoneInfo(zone)
    except (ValueError, KeyError, OSError) as error:
        raise BadHour(f"{zone!r} is no time zone; write it as Asia/Jerusalem, Europe/London or UTC") from error
    return Daily(minute=60 * int(found[1]) + int(found[2]), zone=zone)


def shown(daily: Daily) -> str:
    """Such as "07:30 Asia/Tehran"."""
    return f"{daily.minute // 60:02}:{daily.minute % 60:02} {daily.zone}"


def is_due(channel: Channel, now: datetime) -> bool:
    """Whether the hour has come since the last digest. After one that only a clock that was ahead can have sent, it is
    due at once, so that none is kept back until that time comes.
    """
    if channel.daily is None:
        return False
    last = channel.digest_at or channel.created_at
    return last < last_hour(channel.daily, now) or last > now + _CLOCKS_DIFFER


def last_hour(daily: Daily, now: datetime) -> datetime:
    """The newest moment, not after `now`, at which it was the hour there.

    An hour that a change to summer time leaves out comes as much later; one that comes twice counts the first time.
    """
    local = now.astimezone(ZoneInfo(daily.zone))
    for days in (0, 1):
        day = local.date() - timedelta(days=days)
        at = datetime(day.year, day.month, day.day, daily.minute // 60, daily.minute % 60, tzinfo=ZoneInfo(daily.zone))
        if (moment := at.astimezone(UTC)) <= now:
            return moment
    return moment
