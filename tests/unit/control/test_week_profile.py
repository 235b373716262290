"""The picture of when an outlet publishes: the pacer's memories, in the outlet's own hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from lxml import html

from control.console import week_of
from crawler.outlets.cadence.memory import Memory
from delivery.web.drawing import week, week_words

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)  # a Wednesday
HOUR = 3600.0


def learned(zone: ZoneInfo, weekday: int, hour: int) -> bytes:
    """Eight weeks of ten articles each week in one hour of that zone."""
    start = NOW - timedelta(weeks=8)
    memory = Memory.begin(start.timestamp(), [], 10)
    at = start
    while at < NOW:
        at += timedelta(hours=1)
        local = (at - timedelta(hours=1)).astimezone(zone)
        is_hour = (local.weekday(), local.hour) == (weekday, hour)
        dates = [at.timestamp() - 1800 + minute for minute in range(10)] if is_hour else []
        memory.learn(at.timestamp(), dates, 10)
    return memory.pack()


def test_the_busiest_hour_stands_where_the_outlets_own_clock_has_it():
    zone = ZoneInfo("Asia/Jerusalem")
    told = week_of([learned(zone, weekday=1, hour=9)], zone, NOW)
    assert told is not None
    assert max(range(168), key=told.rates.__getitem__) == 24 + 9
    assert told.zone == "Asia/Jerusalem"
    assert "the busiest hour is Tuesday 09:00" in week_words(told.rates)


def test_sources_of_one_outlet_add_up():
    one = learned(ZoneInfo("UTC"), 0, 6)
    single, double = (week_of([one] * count, ZoneInfo("UTC"), NOW) for count in (1, 2))
    assert single is not None
    assert double is not None
    assert sum(double.rates) == 2 * sum(single.rates)


def test_nothing_learned_is_no_picture():
    assert week_of([], ZoneInfo("UTC"), NOW) is None
    assert week_of([b"of another version"], ZoneInfo("UTC"), NOW) is None


def test_a_week_is_drawn_as_168_squares_and_told_in_words():
    drawn = html.fragment_fromstring(str(week([0.0] * 167 + [2.0])))
    squares = drawn.xpath("//rect")
    assert len(squares) == 168
    assert [square.get("fill-opacity") for square in (squares[0], squares[-1])] == ["0.06", "1.0"]
    assert squares[-1].xpath("title/text()") == ["Sunday 23:00, 2.00 an hour"]
    assert "Sunday 2.0; the busiest hour is Sunday 23:00 with 2.00" in drawn.get("aria-label")
    assert str(week([0.0] * 168)).count("0.06") == 168
