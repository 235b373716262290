"""How soon articles are found at equal polls: the service's own pacer beside fixed intervals and entry_frequency.

Real publishing times are replayed: a warm-up of 28 days, in which the pacer learns from its own visits only, then
up to 56 days that are scored. Fixed intervals and entry_frequency are given as many polls as the pacer spent.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.benchmarks.cadence_replay import DAY, Feeds, entry_frequency, fixed, gaps, load, replay, score

WINDOW = 20
SOURCES_A_MINUTE = 100_000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--gaps", default="60,30,15,5", help="mean minutes between the polls of a feed")
    asked.add_argument("--days", type=float, default=56, help="how many days are scored, at most")
    asked.add_argument("--every", type=int, default=1, help="takes each so manieth feed")
    options = asked.parse_args()
    path = Path(os.environ.get("PRESSWATCH_SHARED", "../shared")) / "polling" / "publish_times.csv.gz"
    if not path.exists():
        print(f"{path} is not there; PRESSWATCH_SHARED names the folder of shared data")
        return
    feeds = load(path, options.days, options.every)
    articles = sum(sum(feeds.since <= at < feeds.until for at in own) for own in feeds.times.values())
    print(f"{len(feeds.times)} feeds, {articles} articles in {feeds.days:g} days; delays as ratios at equal polls")
    names = (
        "gap",
        "mean",
        "x fixed",
        "x freq.",
        "p95 x",
        "means x",
        "missed",
        "spent",
        "week 1 x",
        "us/visit",
        "bytes",
    )
    print(" ".join(f"{name:>9}" for name in names))
    minutes = [float(gap) for gap in options.gaps.split(",")]
    figures: dict[str, Any] = {}
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for gap, row in zip(minutes, pool.map(measure, [feeds] * len(minutes), minutes), strict=True):
            print(" ".join(f"{value:9.4g}" for value in (gap, *row.values())), flush=True)
            figures |= judged(f"{gap:g}", row)
    print(json.dumps(figures))


def measure(feeds: Feeds, minutes: float) -> dict[str, float]:
    """One row of the table."""
    gap_s = minutes * 60
    begun = time.process_time()
    polls, largest = replay(feeds, gap_s, WINDOW)
    cpu_s = time.process_time() - begun
    own = score(feeds.times, polls, feeds.since, feeds.until, WINDOW)
    spent_s = gaps(feeds, polls.values())
    steady = score(feeds.times, fixed(feeds, spent_s), feeds.since, feeds.until, WINDOW)
    frequency = score(feeds.times, entry_frequency(feeds, own.polls, spent_s), feeds.since, feeds.until, WINDOW)
    return {
        "mean_min": own.mean / 60,
        "mean_x_fixed": own.mean / steady.mean,
        "mean_x_entry_frequency": own.mean / frequency.mean,
        "p95_x_fixed": own.p95 / steady.p95,
        "mean_of_means_x_fixed": own.mean_of_means / steady.mean_of_means,
        "missed_percent": 100 * own.missed,
        "budget_spent": gap_s / spent_s,
        "first_week_x_fixed": first_week(feeds, gap_s),
        "us_a_visit": 1e6 * cpu_s / sum(map(len, polls.values())),
        "bytes_a_source": float(largest),
    }


def first_week(feeds: Feeds, gap_s: float) -> float:
    """Mean delay in the first seven days of feeds that are all new, beside fixed intervals with as many polls."""
    week = replace(feeds, until=min(feeds.since + 7 * DAY, feeds.until))
    polls, _ = replay(week, gap_s, WINDOW, begin=week.since)
    own = score(week.times, polls, week.since, week.until, WINDOW)
    steady = fixed(week, gaps(week, polls.values()))
    return own.mean / score(week.times, steady, week.since, week.until, WINDOW).mean


def judged(gap: str, row: dict[str, float]) -> dict[str, Any]:
    """The figures with their bars."""
    minute_s = SOURCES_A_MINUTE * row["us_a_visit"] / 1e6
    bars = {
        "mean_x_fixed": 0.68,
        "mean_x_entry_frequency": 0.68,
        "p95_x_fixed": 0.95,
        "mean_of_means_x_fixed": 1.05,
        "missed_percent": 0.1,
        "first_week_x_fixed": 1.0,
        "bytes_a_source": 1024,
    }
    figures = {f"{name}_{gap}": _figure(row[name], bar) for name, bar in bars.items()}
    return figures | {f"s_for_100000_sources_{gap}": _figure(minute_s, 60)}


def _figure(value: float, bar: float) -> dict[str, Any]:
    return {"value": round(value, 4), "bar": bar, "holds": value <= bar}


if __name__ == "__main__":
    main()
