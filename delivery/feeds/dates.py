"""Times as the three formats write them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime


def rfc822(at: datetime) -> str:
    """For RSS 2.0: "Sat, 09 May 2020 15:31:00 +0000"."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0))


def rfc3339(at: datetime) -> str:
    """For Atom (RFC 4287 3.3) and JSON Feed: "2020-05-09T15:31:00Z"."""
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
