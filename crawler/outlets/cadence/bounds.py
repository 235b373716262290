"""The publisher's own words about when to come again, and what is made of them.

Each is a floor, and each is capped, because many are wrong: a ttl of a week on a news feed, a max-age of a year from
a misconfigured cache.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from storage.records import PublisherWords

#: Caches are told much that was never meant for feeds.
LONGEST_FRESH = timedelta(hours=3)
#: RSS ttl and sy:updatePeriod are meant for readers of feeds.
LONGEST_TTL = timedelta(days=1)
_DIRECTIVE = re.compile(r'\s*([a-z-]+)\s*(?:=\s*"?(\d{1,10})"?)?\s*(?:,|$)', re.IGNORECASE)
_WEEK_HOURS = 168


def fresh_s(header: Callable[[str], str | None]) -> int | None:
    """How many seconds an answer stays fresh, of its headers; None where they do not say, or say not to keep it.

    max-age wins over Expires, and Age is taken off (RFC 9111 4.2); no-cache and no-store make both void.
    """
    directives = {name.lower(): value for name, value in _DIRECTIVE.findall(header("Cache-Control") or "")}
    if "no-cache" in directives or "no-store" in directives:
        return None
    age = header("Age") or ""
    spent = int(age) if age.isascii() and age.isdigit() and len(age) <= 10 else 0  # noqa: PLR2004 - some 300 years
    if directives.get("max-age"):
        return max(0, int(directives["max-age"]) - spent)
    expires, sent = _date(header("Expires")), _date(header("Date"))
    if expires is None or sent is None:
        return None
    return max(0, int((expires - sent).total_seconds()) - spent)


def floor_s(words: PublisherWords) -> tuple[float, str]:
    """The longest of the publisher's floors in seconds, capped, and which it is ("" for none)."""
    told = [
        (words.fresh_s, LONGEST_FRESH, "Cache-Control or Expires"),
        (words.ttl_s, LONGEST_TTL, "ttl"),
        (words.update_s, LONGEST_TTL, "sy:updatePeriod"),
    ]
    floors = [(min(float(value), cap.total_seconds()), name) for value, cap, name in told if value]
    return max(floors, default=(0.0, ""))


def after_skips(at: datetime, words: PublisherWords) -> datetime:
    """The first moment from `at` on that is in no hour (of GMT) and on no day that the publisher skips.

    Where nothing is left of the week, the words are void.
    """
    moment = at.astimezone(UTC)
    for _ in range(_WEEK_HOURS):
        if moment.hour not in words.skip_hours and moment.weekday() not in words.skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


def _date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
