"""How often a job is given out that its workers do not come back from.

The first time all that a dead worker held is counted, visited or not: what it was about is known to nobody. From then
on these jobs are suspects, and counted when their visit begins; what waits for its turn when a worker dies again,
killed by something else, is not blamed for it.
"""

from __future__ import annotations

#: The last of these deliveries is made alone, so that what is in quarantine afterwards is what kills workers, and not
#: what was with them by chance.
MOST_DELIVERIES = 3


def killer_detail() -> str:
    """The sentence that a person reads of a source that went into quarantine for it."""
    return f"in quarantine after {MOST_DELIVERIES} workers died while they visited it"
