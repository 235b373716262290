"""What publishers say of when to come again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.outlets.cadence.bounds import after_skips, floor_s, fresh_s
from storage.records import PublisherWords

FRESH = {
    "max-age": ({"Cache-Control": "public, max-age=600"}, 600),
    "max-age less its age": ({"Cache-Control": "max-age=600", "Age": "200"}, 400),
    "an age above it": ({"Cache-Control": "max-age=600", "Age": "900"}, 0),
    "no-cache makes max-age void": ({"Cache-Control": "max-age=600, no-cache"}, None),
    "no-store too": ({"Cache-Control": "no-store, max-age=600"}, None),
    "no-cache makes Expires void": (
        {
            "Cache-Control": "no-cache",
            "Date": "Wed, 11 Mar 2026 12:00:00 GMT",
            "Expires": "Wed, 11 Mar 2026 13:00:00 GMT",
        },
        None,
    ),
    "Expires from Date": (
        {"Date": "Wed, 11 Mar 2026 12:00:00 GMT", "Expires": "Wed, 11 Mar 2026 12:30:00 GMT", "Age": "60"},
        1740,
    ),
    "max-age wins over Expires": (
        {
            "Cache-Control": "max-age=5",
            "Date": "Wed, 11 Mar 2026 12:00:00 GMT",
            "Expires": "Thu, 12 Mar 2026 12:00:00 GMT",
        },
        5,
    ),
    "Expires of 0": ({"Date": "Wed, 11 Mar 2026 12:00:00 GMT", "Expires": "0"}, None),
    "nothing": ({}, None),
    "nonsense": ({"Cache-Control": "max-age=often;;", "Age": "young", "Expires": "never", "Date": "today"}, None),
}


@pytest.mark.parametrize(("headers", "seconds"), FRESH.values(), ids=FRESH.keys())
def test_how_long_an_answer_is_fresh(headers, seconds):
    assert fresh_s(headers.get) == seconds


def test_the_longest_floor_counts_each_capped():
    assert floor_s(PublisherWords()) == (0.0, "")
    assert floor_s(PublisherWords(fresh_s=60, ttl_s=1800, update_s=3600)) == (3600.0, "sy:updatePeriod")
    assert floor_s(PublisherWords(fresh_s=10**9)) == (10_800.0, "Cache-Control or Expires")
    assert floor_s(PublisherWords(ttl_s=10**9)) == (86_400.0, "ttl")


def test_skipped_hours_are_of_gmt_and_void_when_nothing_is_left():
    at = datetime(2026, 3, 11, 23, 40, tzinfo=UTC)
    assert after_skips(at, PublisherWords(skip_hours=(23, 0))) == datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
    assert after_skips(at, PublisherWords(skip_days=(3, 4))) == at
    assert after_skips(at, PublisherWords(skip_days=(2, 3))) == datetime(2026, 3, 13, 0, 0, tzinfo=UTC)
    assert after_skips(at, PublisherWords(skip_hours=tuple(range(24)))) == at
