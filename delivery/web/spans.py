"""How long ago an article may have been found, as pages let it be chosen."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Within(StrEnum):
    """How long ago an article may have been found."""

    ANY = ""
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_SPANS = {
    Within.HOUR: timedelta(hours=1),
    Within.DAY: timedelta(hours=24),
    Within.WEEK: timedelta(days=7),
    Within.MONTH: timedelta(days=30),
}
SPAN_NAMES = {
    Within.ANY: "Any time",
    Within.HOUR: "Last hour",
    Within.DAY: "Last 24 hours",
    Within.WEEK: "Last 7 days",
    Within.MONTH: "Last 30 days",
}


def since_of(within: Within, now: datetime) -> datetime | None:
    """When it begins; None for any time."""
    return now - _SPANS[within] if within in _SPANS else None
