"""A changed layout: fill rates that fall out of an outlet's own past."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.outlets.health.layout import drift_of
from crawler.outlets.health.repeats import repeated_shares
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


def lined(number: int, *lines: int) -> ArticleFigures:
    """An article whose lines are these."""
    return replace(row(number), lines=tuple(2 * line for line in lines))


def press(rng: random.Random, begin: int, count: int, furniture: int = 0) -> list[ArticleFigures]:
    """Articles of 15 to 40 lines, newest first: some belong to a story that runs on and repeat its background; each
    ends in a line that all have, and in so many lines of furniture that was never there before.
    """
    found = []
    for number in range(count):
        own = [rng.getrandbits(60) for _ in range(rng.randrange(15, 40))]
        story = rng.choice([None, None, 1, 2])
        background = [story * 1_000 + n for n in range(rng.randrange(5))] if story else []
        found.append(lined(begin + number, *own, *background, 7, *range(100, 100 + furniture)))
    return found


@pytest.mark.parametrize("furniture", [15, 25, 40])
def test_furniture_in_the_text_is_found_within_twenty_articles(furniture: int):
    rng = random.Random(furniture)
    before = press(rng, 20, 200)
    lately = press(rng, 0, 20, furniture)
    found = next(n for n in range(1, 21) if drift_of([*lately[-n:], *before], None))
    assert 5 <= found <= 20
    told = drift_of([*lately, *before], None) or ""
    assert "lines that others have" in told
    assert drift_of([*press(rng, -30, 20), *lately, *before], NOW - timedelta(hours=18)) is None, "mended again"


def test_nothing_is_told_of_what_running_stories_repeat():
    rng = random.Random(11)
    figures = press(rng, 0, 900)
    assert not any(drift_of(figures[number : number + 220], None) for number in range(0, 680, 4))


def test_a_text_that_is_printed_again_and_again_is_no_furniture():
    rng = random.Random(12)
    copies = [replace(press(rng, 0, 1)[0], lines=tuple(range(0, 60, 2)), first_seen_at=NOW) for _ in range(20)]
    assert drift_of([*copies, *press(rng, 20, 200)], None) is None


def test_articles_without_known_lines_say_nothing_of_repetition():
    assert repeated_shares([(), (2, 4), ()]) == [None, None, None]


def test_little_past_says_nothing():
    assert drift_of([*(row(n, byline=False) for n in range(20)), *past(20)[:20]], None) is None
