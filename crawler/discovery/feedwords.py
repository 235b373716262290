"""What an RSS feed says of when to come again: ttl, skipHours, skipDays (RSS 2.0), sy:update* (mod_syndication)."""

from __future__ import annotations

import re

from storage.records import PublisherWords

_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_TTL = re.compile(rb"<ttl\s*>\s*(\d{1,9})\s*</ttl", re.IGNORECASE)
_PERIOD = re.compile(rb"<(?:sy|syn)?:?updatePeriod\s*>\s*([a-z]+)\s*</", re.IGNORECASE)
_FREQUENCY = re.compile(rb"<(?:sy|syn)?:?updateFrequency\s*>\s*(\d{1,6})\s*</", re.IGNORECASE)
_HOURS = re.compile(rb"<skipHours\s*>(.{0,2000}?)</skipHours", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(rb"<hour\s*>\s*(\d{1,2})\s*</hour", re.IGNORECASE)
_DAYS = re.compile(rb"<skipDays\s*>(.{0,1000}?)</skipDays", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(rb"<day\s*>\s*([a-z]{6,9})\s*</day", re.IGNORECASE)
_PERIODS_S = {b"hourly": 3_600, b"daily": 86_400, b"weekly": 604_800, b"monthly": 2_592_000, b"yearly": 31_536_000}
_WEEK = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_EDGE_BYTES = 16_384
_MIDNIGHT = 24  # "may not be used", says RSS 2.0 of it, and feeds use it for 0


def head_of(body: bytes) -> bytes:
    """What stands before a feed's first entry, of a sane length."""
    first = _ENTRY.search(body)
    return (body[: first.start()] if first else body)[:_EDGE_BYTES]


def publisher_words(body: bytes) -> PublisherWords:
    """Of a feed's bytes, in an encoding that holds ASCII; read before its first entry and after its last."""
    first = _ENTRY.search(body)
    head = body[: first.start()] if first else body
    tail = body[-_EDGE_BYTES:] if first else b""
    ends = list(_ENTRY_END.finditer(tail))
    text = _COMMENT.sub(b"", head[:_EDGE_BYTES] + (tail[ends[-1].end() :] if ends else b""))
    ttl, period, frequency = _TTL.search(text), _PERIOD.search(text), _FREQUENCY.search(text)
    hours, days = _HOURS.search(text), _DAYS.search(text)
    period_s = _PERIODS_S.get(period[1].lower()) if period else None
    named = [day.lower() for day in _DAY.findall(days[1])] if days else []
    skipped = {int(hour) % _MIDNIGHT for hour in _HOUR.findall(hours[1]) if int(hour) <= _MIDNIGHT} if hours else set()
    return PublisherWords(
        ttl_s=int(ttl[1]) * 60 or None if ttl else None,
        update_s=period_s // max(int(frequency[1]) if frequency else 1, 1) if period_s else None,
        skip_hours=tuple(sorted(skipped)),
        skip_days=tuple(sorted({_WEEK.index(day) for day in named if day in _WEEK})),
    )
