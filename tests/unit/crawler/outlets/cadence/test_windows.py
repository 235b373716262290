"""Windows in which a source is not visited, and the times of cron lines, over changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.outlets.cadence.schedule import check_cron, check_span, next_cron, told_span
from crawler.outlets.cadence.windows import after_windows, check_windows
from crawler.outlets.errors import BadOrder

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


MOVES = {
    "outside a window nothing moves": (["00:00-05:00"], "2026-06-01T05:00", "2026-06-01T05:00"),
    "inside, its end": (["00:00-05:00"], "2026-06-01T04:59", "2026-06-01T05:00"),
    "before midnight of one that passes it": (["22:00-05:00"], "2026-06-01T23:00", "2026-06-02T05:00"),
    "after midnight of one that passes it": (["22:00-05:00"], "2026-06-02T01:00", "2026-06-02T05:00"),
    "one window ends in another": (["01:00-03:00", "03:00-04:00"], "2026-06-01T02:00", "2026-06-01T04:00"),
    "until midnight": (["22:00-24:00"], "2026-06-01T23:00", "2026-06-02T00:00"),
    "an end that the change to summer time skips": (["00:00-02:30"], "2026-03-29T01:00", "2026-03-29T03:30"),
    "an end on the night of the change to winter time": (["00:00-05:00"], "2026-10-25T01:00", "2026-10-25T05:00"),
}


@pytest.mark.parametrize(("windows", "at", "then"), MOVES.values(), ids=MOVES.keys())
def test_a_visit_moves_out_of_windows(windows, at, then):
    moved = after_windows(berlin(at).astimezone(UTC), check_windows(windows), BERLIN)
    assert abs(moved - berlin(then).astimezone(UTC)) <= timedelta(hours=1 if "03-29" in at else 0)
    local = moved.astimezone(BERLIN)
    assert after_windows(local, check_windows(windows), BERLIN) == local


@pytest.mark.parametrize(
    "text", ["", "5-6", "25:00-26:00", "05:00-05:00", "05:60-06:00", "24:00-01:00", "00:00-05:00h"]
)
def test_a_window_that_makes_no_sense_is_refused_with_an_example(text):
    with pytest.raises(BadOrder, match=r"00:00-05:00"):
        check_windows([text])


def test_windows_that_leave_no_minute_are_refused():
    with pytest.raises(BadOrder, match="leave no minute"):
        check_windows(["00:00-12:00", "12:00-24:00"])


CRON = {
    "in winter": ("0 7 * * *", "2026-01-05T08:00", "2026-01-06T07:00"),
    "a time that summer time skips comes at the change": ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T03:00"),
    "the day after it is itself again": ("30 2 * * *", "2026-03-29T12:00", "2026-03-30T02:30"),
    "a time that comes twice": ("30 2 * * *", "2026-10-24T12:00", "2026-10-25T02:30"),
}


@pytest.mark.parametrize(("line", "after", "then"), CRON.values(), ids=CRON.keys())
def test_a_cron_line_follows_the_clock_on_the_wall(line, after, then):
    assert next_cron(check_cron(line), berlin(after).astimezone(UTC), BERLIN) == berlin(then).astimezone(UTC)


def test_a_time_that_comes_twice_is_visited_once():
    first = next_cron("30 2 * * *", berlin("2026-10-24T12:00"), BERLIN)
    assert next_cron("30 2 * * *", first, BERLIN) == berlin("2026-10-26T02:30").astimezone(UTC)


@pytest.mark.parametrize("line", ["", "* * * *", "61 * * * *", "0 0 30 2 *", "* * * * * *", "@hourly", "a b c d e"])
def test_a_cron_line_that_makes_no_sense_is_refused_with_an_example(line):
    with pytest.raises(BadOrder, match=r"such as"):
        check_cron(line)


def test_a_cron_line_that_almost_never_comes_is_refused():
    with pytest.raises(BadOrder, match="less than once a year"):
        check_cron("0 0 29 2 *")


def test_spans_are_read_and_told():
    assert [check_span(text) for text in ("20m", "90s", "6h", "1d", " 5 min ")] == [1200, 90, 21_600, 86_400, 300]
    assert [told_span(seconds) for seconds in (45, 90, 1200, 21_600, 86_400, 259_200)] == [
        *("45 s", "90 s", "20 min", "6 h", "1 day", "3 days"),
    ]


@pytest.mark.parametrize("text", ["", "20", "0m", "-5m", "31d", "often"])
def test_a_span_that_makes_no_sense_is_refused_with_an_example(text):
    with pytest.raises(BadOrder, match=r"\d[smhd]"):
        check_span(text)
