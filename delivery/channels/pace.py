"""How often and how long a delivery is tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Waits of the courier."""

    announce_every_s: float = 30.0  # to one hub, at most
    gather_every_s: float = 600.0  # to somebody who reads of changes, at most
    look_every_s: float = 1.0  # for new events and changed channels
    timeout_s: float = 10.0  # for one request with its answer
    first_wait_s: float = 10.0  # after the first failure; doubled with each further one
    longest_wait_s: float = 3_600.0
    pause_after: timedelta = timedelta(days=1)  # of failures; the operator is told, and it is tried on
    give_up_after: timedelta = timedelta(days=3)  # of failures; a weekend and a day to notice
    store_wait_s: float = 1.0  # while the store does not answer; doubled up to `longest_store_wait_s`
    longest_store_wait_s: float = 15.0
    end_within_s: float = 3.0  # how long a stop waits for requests that are under way

    @property
    def lease(self) -> timedelta:
        """How long a channel stays with a courier that is not heard of: longer than two requests may take."""
        return timedelta(seconds=2.5 * self.timeout_s)

    def wait_after(self, failures: int) -> timedelta:
        """Until the next try, after so many failures in a row."""
        doubled = self.first_wait_s * 2.0 ** min(failures - 1, 60)
        return timedelta(seconds=min(doubled, self.longest_wait_s))
