"""A changed layout: fill rates that fall out of an outlet's own past."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from crawler.outlets.health.layout import drift_of
from storage.records import ArticleFigures

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def row(number: int, *, byline: bool = True, precision: str | None = "minute", words: int = 500) -> ArticleFigures:
    """The article that is so many hours old."""
    return ArticleFigures(
        first_seen_at=NOW - timedelta(hours=number),
        words=words,
        authors=int(byline),
        precision=precision,
        language="en",
        marks=(),
    )


def past(begin: int, share: float = 0.9) -> list[ArticleFigures]:
    rng = random.Random(7)
    return [row(begin + n, byline=rng.random() < share, words=rng.randrange(200, 1200)) for n in range(200)]


BREAKS = {
    "bylines are gone": ({"byline": False}, "byline"),
    "dates are gone": ({"precision": None}, "date"),
    "times of day are gone": ({"precision": "day"}, "time of day"),
    "only a teaser is read": ({"words": 30}, "text"),
    "the menu is read with the text": ({"words": 9_000}, "text"),
}


@pytest.mark.parametrize(("broken", "told"), BREAKS.values(), ids=BREAKS)
def test_a_break_is_found_within_twenty_articles(broken, told):
    lately = [row(n, **broken) for n in range(20)]
    found = next(n for n in range(1, 21) if drift_of([*lately[:n], *past(20)], None))
    assert found <= 20
    assert told in drift_of([*lately, *past(20)], None)


def test_nothing_is_told_of_an_outlet_that_is_as_ever():
    figures = past(0)
    assert not any(drift_of(figures[n:], None) for n in range(100))


def test_a_burst_without_bylines_that_was_there_before_is_no_break():
    burst = [row(n, byline=False) for n in range(10)]
    assert drift_of([*burst, *past(10)], None) is not None
    before = past(10)
    before[60:70] = [row(70 + n, byline=False) for n in range(10)]
    assert drift_of([*burst, *before], None) is None


def test_a_break_goes_on_until_it_is_mended():
    """What came after it is not taken for the past, though there is much of it."""
    broken = [row(20 + n, byline=False) for n in range(100)]
    figures = [*broken, *past(120)]
    since = NOW - timedelta(hours=115)
    assert drift_of(figures, since) is not None
    mended = [row(n) for n in range(20)]
    assert drift_of([*mended, *figures], since) is None


def test_little_past_says_nothing():
    assert drift_of([*(row(n, byline=False) for n in range(20)), *past(20)[:20]], None) is None
