"""Whether silence is told rightly: real publishing times replayed through the service's own examiner.

The last month is judged, all before it is learned from. False alarms are counted by outlet; then each feed is cut off at
random moments of that month, and the time until it is found silent is told in hours, in articles that its profile
expected meanwhile, and by the longest gap that its profile expects in a month, which is the interval that an operator
must expect without anything being wrong. The time between two articles is no measure: one gap in twenty is longer than
three of them by chance alone, which is an alarm a day for a feed of twenty articles a day.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.cadence_replay import load
from tests.benchmarks.health_replay import DAY, Found, replay

MONTH_DAYS = 30


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--gap", type=float, default=30, help="minutes between visits")
    asked.add_argument("--cuts", type=int, default=5, help="how often each feed is cut off")
    asked.add_argument("--every", type=int, default=1, help="takes each so manieth feed")
    options = asked.parse_args()
    path = Path(os.environ.get("PRESSWATCH_SHARED", "../shared")) / "polling" / "publish_times.csv.gz"
    if not path.exists():
        print(f"{path} is not there; PRESSWATCH_SHARED names the folder of shared data")
        return
    feeds = load(path, 365, options.every)
    begin, since = feeds.since - 28 * DAY, feeds.until - MONTH_DAYS * DAY
    task = partial(judge, begin=begin, since=since, until=feeds.until, gap_s=options.gap * 60, cuts=options.cuts)
    rows = []
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for row in pool.map(task, feeds.times.items()):
            rows.append(row)
            print(told(row), flush=True)
    print(json.dumps(figures(rows)))


def judge(feed: tuple[str, list[float]], *, begin: float, since: float, until: float, gap_s: float, cuts: int) -> Any:
    """One feed: its name, false alarms, what became of its cuts, and the CPU of a visit in microseconds."""
    name, times = feed
    begun = time.process_time()
    false, found = replay(times, begin=begin, since=since, until=until, gap_s=gap_s, cuts=cuts, seed=name)
    return name, false, found, 1e6 * (time.process_time() - begun) / ((until - begin) / gap_s)


def told(row: tuple[str, list[float], list[Found | None], float]) -> str:
    name, false, found, _ = row
    when = ", ".join(f"{datetime.fromtimestamp(at, UTC):%m-%d %H:%M}" for at in false) or "-"
    hours = median(one.hours for one in found if one) if any(found) else float("nan")
    months = median(one.months for one in found if one) if any(found) else float("nan")
    return f"{name:30} found after {hours:7.1f} h, {months:4.1f} months' gaps; false: {when}"


def figures(rows: list[tuple[str, list[float], list[Found | None], float]]) -> dict[str, Any]:
    cuts = [one for row in rows for one in row[2]]
    found = [one for one in cuts if one is not None]
    quiet = sum(not row[1] for row in rows)
    months = sorted(one.months for one in found)
    within = sum(value <= 3 for value in months) / max(1, len(cuts))
    return {
        "outlets": {"value": len(rows)},
        "without_false_alarm": {
            "value": quiet,
            "bar": round(len(rows) * 36 / 38),
            "holds": quiet >= len(rows) * 36 / 38,
        },
        "cuts_found": {"value": round(len(found) / max(1, len(cuts)), 3), "bar": 1.0, "holds": len(found) == len(cuts)},
        "found_within_3_expected_gaps": {"value": round(within, 3)},
        "found_within_3_expected_articles": {
            "value": round(sum(one.articles <= 3 for one in found) / max(1, len(cuts)), 3)
        },
        "median_gaps_to_detection": {"value": round(median(months), 2), "bar": 3, "holds": median(months) <= 3},
        "median_articles_to_detection": {"value": round(median(one.articles for one in found), 1)},
        "median_hours_to_detection": {"value": round(median(one.hours for one in found), 1)},
        "us_a_visit": {"value": round(sum(row[3] for row in rows) / len(rows))},
    }


if __name__ == "__main__":
    main()
