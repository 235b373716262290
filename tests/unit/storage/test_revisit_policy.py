"""When a stored article is asked for again, and what that costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.records import RevisitPolicy, cost_of, quickness_of

OUT = datetime(2026, 5, 9, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = RevisitPolicy()

CASES = {
    "an hour after it came out": (OUT, 1.0, 0, OUT + HOUR),
    "at the next age after each fetch": (OUT + HOUR, 1.0, 0, OUT + 6 * HOUR),
    "ages that passed are not made up for": (OUT + 8 * DAY, 1.0, 0, OUT + 30 * DAY),
    "not right after it was fetched anyway": (OUT + 50 * HOUR / 60, 1.0, 0, OUT + 6 * HOUR),
    "never again after the last age": (OUT + 181 * DAY, 1.0, 0, None),
    "sooner where articles are often changed": (OUT + HOUR, 0.5, 0, OUT + 3 * HOUR),
    "a day after it was not there": (OUT + HOUR, 1.0, 1, OUT + HOUR + DAY),
    "half a year after it was not there for the fourth time": (OUT, 1.0, 4, OUT + 180 * DAY),
    "never again when it was not there five times": (OUT, 1.0, 5, None),
}


@pytest.mark.parametrize("case", CASES)
def test_an_article_is_due(case: str):
    after, quickness, absences, due = CASES[case]
    assert POLICY.next_due(OUT, after, quickness, absences) == due


def test_without_requests_a_day_nothing_is_due():
    assert RevisitPolicy(a_day=0).next_due(OUT, OUT) is None


def test_an_outlet_of_which_nothing_is_known_is_asked_at_the_ages_named():
    assert quickness_of(0, 0) == 1
    assert quickness_of(500, 5) == 1
    assert 0.25 < quickness_of(500, 60) < 0.6
    assert quickness_of(500, 500) == 0.25


def test_the_cost_counts_each_age_on_the_day_on_which_it_comes():
    policy = RevisitPolicy(ages_s=(3_600, 10 * 86_400), a_day=5)
    cost = cost_of(policy, {100 - 8: 6}, today=100)
    assert cost.articles_a_day == pytest.approx(6 / 30)
    assert cost.most_a_day == 6  # those of eight days ago, in two days
    assert cost.is_over
    assert cost_of(RevisitPolicy(a_day=0), {92: 6}, today=100).mean_a_day == 0
