"""One clock: when a host, or all hosts of a domain, may be asked again. Holds state; waits for nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Rest after a 429 or 503 that names no time: doubles with each in a row. A day of 503 is then 18 requests.
_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(hours=2)
_MOST_DOUBLINGS = 10
#: An answer that began so soon says nothing of strain; and a worker that is busy itself sees such times everywhere.
_QUICK_S = 1.0
#: However slow a host answers, it is asked again after this.
_LONGEST_SLOW_DOWN_S = 60.0


@dataclass(eq=False)
class Clock:
    """The clock of what is called `name`. Delays count from the end of an answer, as the host sees it."""

    name: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wishes_s: dict[str, float] = field(default_factory=dict)  # delays by who asks for them
    slow_down_s: float = 0.0
    last_end: float = float("-inf")  # monotonic
    free_at: float = float("-inf")  # monotonic; what is left of the pause of a worker that had it before
    is_pause_kept: bool = True  # whether the pause since `last_end` is stored
    not_before: datetime | None = None
    refusals: int = 0  # 429 and 503 in a row
    is_known: bool = False  # whether what is stored of it has been looked up
    turns: int = 0  # under way or waited for

    def delay_s(self, least_s: float) -> float:
        """The pause between two requests: the longest that anybody or anything asks for."""
        return max(least_s, self.slow_down_s, *self.wishes_s.values(), 0.0)

    def due_at(self, delay_s: float) -> float:
        """When it may be asked again, monotonic."""
        return max(self.last_end + delay_s, self.free_at)

    def resting_until(self, now: datetime) -> datetime | None:
        """Until when it is to be left alone, if so."""
        return self.not_before if self.not_before and self.not_before > now else None

    def refuse(self, now: datetime, asked: datetime | None) -> datetime:
        """Takes a 429 or 503; returns until when it rests.

        The first in a row is taken at its word; from the second on our own rest counts too where it is longer, so
        that one that always says "a minute" is not asked 1,440 times in a day of failure. What comes while it
        rests is of the same burst: only a later time counts.
        """
        if not self.resting_until(now):
            self.refusals += 1
            own = now + min(_FIRST_REST * 2 ** min(self.refusals - 1, _MOST_DOUBLINGS), _LONGEST_REST)
            if asked is None or (self.refusals > 1 and own > asked):
                asked = own
        moments = [moment for moment in (self.not_before, asked) if moment]
        self.not_before = max(moments)
        return self.not_before

    def answer_took(self, latency_s: float, factor: float, *, is_well: bool) -> None:
        """Slows down for one that answers slowly, as Scrapy's AutoThrottle does: at once, and back by halves.

        `factor` is how many times the time of an answer it is then left alone. What went wrong came quickly,
        often: it makes nothing faster.
        """
        wanted = min(latency_s * factor, _LONGEST_SLOW_DOWN_S) if latency_s >= _QUICK_S else 0.0
        if wanted >= self.slow_down_s:
            self.slow_down_s = wanted
        elif is_well:
            halved = (self.slow_down_s + wanted) / 2
            self.slow_down_s = halved if halved >= _QUICK_S * factor else wanted
