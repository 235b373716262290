"""Time windows in which a source is not visited: "00:00-05:00", in the outlet's time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from crawler.outlets.errors import BadOrder

_FORM = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")
_DAY_MINUTES = 1_440
_EXAMPLE = 'write it as "00:00-05:00" (it may pass midnight: "22:00-05:00")'


def check_window(text: str) -> str:
    """The window, written evenly. Raises BadOrder."""
    since, until = _minutes(text)
    return f"{since // 60:02}:{since % 60:02}-{until // 60:02}:{until % 60:02}"


def check_windows(texts: Sequence[str]) -> tuple[str, ...]:
    """Windows that leave at least one minute of the day. Raises BadOrder."""
    windows = tuple(check_window(text) for text in texts)
    if all(_is_within(minute, windows) for minute in range(_DAY_MINUTES)):
        together = ", ".join(windows)
        raise BadOrder(f"{together} leave no minute of the day for a visit", "pause the source instead, or shorten one")
    return windows


def after_windows(at: datetime, windows: Sequence[str], zone: tzinfo) -> datetime:
    """The first moment from `at` on that lies in no window.

    A window's end is a time of the wall clock there, right on the days too when the clock is changed: an end that is
    skipped comes as long after the change as it stood after it, of one that comes twice the second counts.
    """
    moment = at
    for _ in range(2 * len(windows) + 2):  # one window may end in another; two days' worth at most
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        inside = next((window for window in windows if _is_within(minute, (window,))), None)
        if inside is None:
            return moment
        moment = max(_end_of(local, inside, zone), moment + timedelta(minutes=1))
    return moment


def _end_of(local: datetime, window: str, zone: tzinfo) -> datetime:
    since, until = _minutes(window)
    day = local.date()
    if since > until and local.hour * 60 + local.minute >= since or until == _DAY_MINUTES:  # noqa: RUF021
        day += timedelta(days=1)
    clock = time(until // 60 % 24, until % 60)
    return max(datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))


def _is_within(minute: int, windows: Sequence[str]) -> bool:
    for window in windows:
        since, until = _minutes(window)
        if since <= minute < until if since < until else minute >= since or minute < until:
            return True
    return False


def _minutes(text: str) -> tuple[int, int]:
    """Minutes of the day at which a window begins and ends; 24:00 is an end only."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadOrder(f'"{text}" is no time window', _EXAMPLE)
    numbers = [int(part) for part in found.groups()]
    since, until = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if numbers[1] > 59 or numbers[3] > 59 or since >= _DAY_MINUTES or until > _DAY_MINUTES:  # noqa: PLR2004
        raise BadOrder(f'"{text}" names a time that no day has', _EXAMPLE)
    if since == until:
        raise BadOrder(f'"{text}" begins and ends at once', _EXAMPLE)
    return since, until
