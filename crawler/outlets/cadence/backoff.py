"""When to visit a source next. Pure: the time and the share of jitter are arguments."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Failing sources are tried ever more rarely, down to once a day, and for ever.
LONGEST_WAIT = timedelta(days=1)
#: Share of an interval by which visits are spread, so that sources never fall into step.
SPREAD = 0.1
#: Enough to lead from a second to the longest wait; many more would overflow a timedelta.
_MOST_DOUBLINGS = 17


def next_visit(
    now: datetime, interval_s: int, failures: int, jitter: float, not_before: datetime | None = None
) -> datetime:
    """The next due time of a source.

    `failures` counts failed visits in a row, this one included: after the first the source comes again at the
    usual time, each further one doubles the wait. `jitter` is a number from 0 to 1. `not_before` is what the
    host asked for.
    """
    interval = timedelta(seconds=interval_s)
    doubled = interval * (1 << min(max(failures - 1, 0), _MOST_DOUBLINGS))
    waited = max(interval, min(doubled, LONGEST_WAIT))
    due = now + waited * (1 + SPREAD * (jitter - 0.5))
    return max(due, not_before) if not_before else due
