"""Retry-After: how long a host asks to be left alone (RFC 9110 10.2.3)."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime, timedelta


def parse_retry_after(value: str | None, now: datetime) -> datetime | None:
    """The moment that a Retry-After header names, None when it names none that lies ahead.

    It is read as seconds or as a date; 0, the past and what cannot be read count as absent. A long one is kept.
    """
    if not value:
        return None
    value = value.strip()
    if value.isdecimal() and len(value) <= 9:  # noqa: PLR2004 (30 years in seconds; more is a mistake)
        return now + timedelta(seconds=int(value)) if int(value) else None
    try:
        moment = email.utils.parsedate_to_datetime(value)
        # An HTTP-date is always GMT (RFC 9110 5.6.7); at the ends of time another zone has no UTC.
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if moment > now else None
