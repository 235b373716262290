"""When a digest is due, in any time zone and at both changes of its clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from delivery.channels.hours import BadHour, daily_at, is_due, last_hour, shown
from storage.records import Channel, ChannelKind, ChannelState, Daily

ADDED = datetime(2026, 6, 1, 12, tzinfo=UTC)
DESK = Channel(
    id=1,
    kind=ChannelKind.EMAIL,
    name="desk",
    url="mailto:desk@example.org",
    secret="s",
    state=ChannelState.ACTIVE,
    created_at=ADDED,
    cursor=0,
    watchlist_id=4,
    daily=Daily(minute=450, zone="Asia/Tehran"),
    digest_at=ADDED,
)

HOURS = {
    "half past seven in Tehran is four in UTC": ("07:30", "Asia/Tehran", "2026-06-02T05:00", "2026-06-02T04:00"),
    "before the hour it was yesterday's": ("07:30", "Asia/Tehran", "2026-06-02T03:59", "2026-06-01T04:00"),
    "at the hour itself it is today's": ("07:30", "Asia/Tehran", "2026-06-02T04:00", "2026-06-02T04:00"),
    "the day there may be another than in UTC": ("06:00", "Pacific/Auckland", "2026-06-01T20:00", "2026-06-01T18:00"),
    "in winter an hour later": ("07:00", "Europe/London", "2026-12-01T09:00", "2026-12-01T07:00"),
    "in summer an hour sooner": ("07:00", "Europe/London", "2026-06-01T09:00", "2026-06-01T06:00"),
    "an hour left out comes as much later": ("01:30", "Europe/London", "2026-03-29T09:00", "2026-03-29T01:30"),
    "an hour that comes twice counts the first time": (
        "01:30",
        "Europe/London",
        "2026-10-25T09:00",
        "2026-10-25T00:30",
    ),
}


@pytest.mark.parametrize(("time", "zone", "now", "expected"), HOURS.values(), ids=HOURS)
def test_the_last_hour_is_told_in_the_zone_of_the_analyst(time: str, zone: str, now: str, expected: str):
    at = last_hour(daily_at(time, zone), datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_digest_is_due_once_a_day_from_the_hour_on():
    assert not is_due(DESK, ADDED + timedelta(hours=15))
    assert is_due(DESK, ADDED + timedelta(hours=16))
    assert is_due(DESK, ADDED + timedelta(days=9)), "late, where nobody was there to send it"
    told = replace(DESK, digest_at=ADDED + timedelta(hours=16, seconds=2))
    assert not is_due(told, ADDED + timedelta(hours=39))
    assert is_due(told, ADDED + timedelta(hours=40))


def test_a_clock_that_was_ahead_keeps_no_digest_back():
    assert is_due(replace(DESK, digest_at=ADDED + timedelta(days=400)), ADDED + timedelta(hours=1))
    few_seconds = replace(DESK, digest_at=ADDED + timedelta(seconds=5))
    assert not is_due(few_seconds, ADDED), "another courier's clock, a little ahead"


@pytest.mark.parametrize("time", ["7", "24:00", "07:60", "half past seven", ""])
def test_what_is_no_hour_is_refused(time: str):
    with pytest.raises(BadHour, match="07:30"):
        daily_at(time, "UTC")


@pytest.mark.parametrize("zone", ["Tehran", "../etc/passwd", "", "UTC+3"])
def test_what_is_no_time_zone_is_refused(zone: str):
    with pytest.raises(BadHour, match="Asia/Jerusalem"):
        daily_at("07:30", zone)


def test_an_hour_is_shown_as_it_was_given():
    assert shown(daily_at("7:05", "Asia/Tehran")) == "07:05 Asia/Tehran"
