"""When a source is visited next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.outlets.cadence.backoff import LONGEST_WAIT, next_visit

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HALF = 0.5  # the jitter that changes nothing
CASES = {
    "a source that is well comes after its interval": (900, 0, 900),
    "after one failure it comes at its usual time": (900, 1, 900),
    "the second doubles its wait": (900, 2, 1800),
    "the third doubles it again": (900, 3, 3600),
    "after many it comes once a day": (900, 10, 86_400),
    "after very many too": (900, 10_000, 86_400),
    "a source that comes once a week is not visited more often when it fails": (604_800, 3, 604_800),
    "a second is doubled too": (1, 2, 2),
}


@pytest.mark.parametrize(("interval_s", "failures", "wait_s"), CASES.values(), ids=CASES.keys())
def test_the_next_visit(interval_s: int, failures: int, wait_s: int):
    assert next_visit(NOW, interval_s, failures, HALF) == NOW + timedelta(seconds=wait_s)


def test_a_host_that_asks_for_longer_is_left_alone_for_longer():
    assert next_visit(NOW, 900, 1, HALF, NOW + timedelta(days=3)) == NOW + timedelta(days=3)
    assert next_visit(NOW, 900, 2, HALF, NOW + timedelta(seconds=1)) == NOW + timedelta(seconds=1800)
    assert next_visit(NOW, 900, 0, HALF, NOW - timedelta(days=3)) == NOW + timedelta(seconds=900)


@given(st.integers(1, 604_800), st.integers(0, 10**6), st.floats(0, 1))
def test_it_is_never_at_once_and_never_far_past_a_day_or_the_interval(interval_s: int, failures: int, jitter: float):
    wait = next_visit(NOW, interval_s, failures, jitter) - NOW
    interval = timedelta(seconds=interval_s)
    assert 0.949 * interval <= wait <= 1.051 * max(interval, LONGEST_WAIT)
