"""One price for all sources, by which a budget is spent; and the pacer's worth on real publishing times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.outlets.cadence.price import borne_out, set_price, within_sites
from tests.benchmarks.cadence_replay import DAY, entry_frequency, fixed, gaps, load, replay, score

HOUR = 3600.0


def test_there_is_no_price_while_nothing_is_known():
    assert set_price(None, 0.0, 0.0, 0, 100.0) is None
    assert set_price(None, 0.0, 1.0, 0, 0.0) is None


def test_half_the_budget_is_four_times_the_price():
    full, half = set_price(None, 0.0, 0.5, 0, 96.0), set_price(None, 0.0, 0.5, 0, 48.0)
    assert full is not None
    assert half is not None
    assert half.price == pytest.approx(4 * full.price)


def test_what_was_spent_above_the_budget_makes_visits_dearer_until_it_is_kept():
    demands, budget, visits, price = 0.5, 96.0, 0.0, None
    for hour in range(14 * 24):
        price = set_price(price, hour * HOUR, demands, round(visits), budget)
        spent = 1.4 * 3600 * demands / price.price**0.5  # sources come more often than their demands tell
        visits += spent
    assert spent * 24 == pytest.approx(budget, rel=0.03)


@pytest.mark.parametrize("jump", [-HOUR, 365 * DAY])
def test_a_clock_that_jumps_leaves_the_price(jump):
    first = set_price(None, 1e9, 0.5, 100, 96.0)
    after = set_price(first, 1e9 + jump, 0.5, 101, 96.0)
    assert after.price == pytest.approx(first.price)


@pytest.mark.shared
def test_on_real_publishing_times_it_beats_fixed_intervals_and_entry_frequency_at_equal_polls(shared):
    feeds = load(shared / "polling" / "publish_times.csv.gz", days=14, every=3)
    polls, largest = replay(feeds, 3600, 20)
    gap_s = gaps(feeds, polls.values())
    own = score(feeds.times, polls, feeds.since, feeds.until, 20)
    steady = score(feeds.times, fixed(feeds, gap_s), feeds.since, feeds.until, 20)
    frequency = score(feeds.times, entry_frequency(feeds, own.polls, gap_s), feeds.since, feeds.until, 20)
    assert 0.9 < gap_s / 3600 < 1.1
    assert own.mean < 0.75 * steady.mean
    assert own.mean < 0.75 * frequency.mean
    assert own.missed <= 0.001
    assert largest <= 1024
    week = replace(feeds, until=feeds.since + 7 * DAY)
    young, _ = replay(week, 3600, 20, begin=week.since)
    new = score(week.times, young, week.since, week.until, 20)
    assert new.mean < score(week.times, fixed(week, gaps(week, young.values())), week.since, week.until, 20).mean


def test_a_site_gets_its_budget_and_what_it_would_have_spent_above_goes_to_others():
    left = within_sites({"large": 8.0, "one": 1.0, "other": 1.0}, 100.0, 40.0)
    price = sum(left.values()) / 100.0
    assert {site: round(demand / price, 3) for site, demand in left.items()} == {"large": 40, "one": 30, "other": 30}
    assert within_sites({"one": 3.0, "other": 1.0}, 100.0, 80.0) == {"one": 3.0, "other": 1.0}
    used_up = borne_out(borne_out(1.0, 40, 40.0), 44, 40.0)
    assert used_up > 1.1
    assert borne_out(used_up, 38, 40.0) == used_up
    assert 1 <= borne_out(used_up, 20, 40.0) < used_up
    assert within_sites({}, 0.0, 10.0) == {}
