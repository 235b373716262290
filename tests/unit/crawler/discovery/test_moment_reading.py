"""Times keep what is known of them and nothing more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.moments import is_later, read_moment
from storage.records import Outlet, Precision, Zone

NOWHERE = Outlet(key="x", name="X", home_url="https://example.com/")
TEHRAN = Outlet(key="x", name="X", home_url="https://example.com/", timezone="Asia/Tehran")
BROKEN = Outlet(key="x", name="X", home_url="https://example.com/", timezone="No/Where")

CASES = {
    "an offset is led back to UTC": ("2026-01-05T10:20:30+02:00", NOWHERE, (8, 20, 30), Precision.SECOND, Zone.STATED),
    "Z is UTC": ("2026-01-05T10:20:30Z", TEHRAN, (10, 20, 30), Precision.SECOND, Zone.STATED),
    "a time without seconds": ("2026-01-05T10:20+02:00", NOWHERE, (8, 20, 0), Precision.MINUTE, Zone.STATED),
    "RFC 822 with an offset": ("Mon, 05 Jan 2026 10:20:30 +0330", NOWHERE, (6, 50, 30), Precision.SECOND, Zone.STATED),
    "RFC 822 in GMT": ("Mon, 05 Jan 2026 10:20:30 GMT", NOWHERE, (10, 20, 30), Precision.SECOND, Zone.STATED),
    "RFC 822 with an American zone": ("Mon, 05 Jan 2026 10:20:30 EST", NOWHERE, (15, 20, 30), Precision.SECOND, Zone.STATED),
    "a European zone": ("Mon, 05 Jan 2026 10:20:30 CET", NOWHERE, (9, 20, 30), Precision.SECOND, Zone.STATED),
    "a zone of many meanings": ("Mon, 05 Jan 2026 10:20:30 IST", NOWHERE, (0, 0, 0), Precision.DAY, Zone.NONE),
    "no zone, none known": ("2026-01-05T10:20:30", NOWHERE, (0, 0, 0), Precision.DAY, Zone.NONE),
    "no zone, the outlet's": ("2026-01-05 10:20:30", TEHRAN, (6, 50, 30), Precision.SECOND, Zone.OUTLET),
    "no zone, the outlet's is unknown": ("2026-01-05 10:20:30", BROKEN, (0, 0, 0), Precision.DAY, Zone.NONE),
    "a day": ("2026-01-05", TEHRAN, (0, 0, 0), Precision.DAY, Zone.NONE),
    "fractions of a second": ("2026-01-05T10:20:30.123Z", NOWHERE, (10, 20, 30), Precision.SECOND, Zone.STATED),
}  # fmt: skip


@pytest.mark.parametrize(("text", "outlet", "clock", "precision", "zone"), CASES.values(), ids=CASES.keys())
def test_what_a_written_time_tells(text, outlet, clock, precision, zone):
    moment = read_moment(text, rule="feed", outlet=outlet)
    assert moment.at == datetime(2026, 1, 5, *clock, tzinfo=UTC)
    assert (moment.precision, moment.zone, moment.rule) == (precision, zone, "feed")


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "2026-13-45"])
def test_what_is_no_time_tells_nothing(text):
    assert read_moment(text, rule="feed", outlet=TEHRAN) is None


@given(st.text(max_size=60))
def test_any_text_tells_an_aware_time_or_nothing(text):
    moment = read_moment(text, rule="feed", outlet=TEHRAN)
    assert moment is None or moment.at.tzinfo is UTC


def test_a_day_may_lie_after_any_of_its_hours():
    day = read_moment("2026-01-05", rule="sitemap lastmod", outlet=NOWHERE)
    assert is_later(day, datetime(2026, 1, 5, 18, tzinfo=UTC))
    assert not is_later(day, datetime(2026, 1, 6, tzinfo=UTC))
