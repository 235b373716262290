"""Real publishing times replayed against what tells that a source is silent, visited at steady gaps."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.outlets.cadence.memory import Memory
from crawler.outlets.health.source import Examiner
from storage.ports import VisitToExamine
from storage.records import SourceState, VisitOutcome, VisitReport

DAY = 86_400.0
_LISTED = 20
#: A feed that was cut off is waited for so long at most.
_MOST_DAYS = 30


@dataclass(slots=True, kw_only=True)
class Watched:
    """A feed as the service remembers it between visits."""

    memory: Memory
    seen: int
    last_ok: float
    last_new: float | None = None
    owed: float = 0.0
    longest: float = 0.0
    level: float = 1.0
    state: SourceState | None = None
    since: datetime | None = None

    def visit(self, now: float, new: Sequence[float]) -> SourceState:
        """A visit at `now` that finds these new; the state that the service's own examiner tells."""
        self.memory.learn(now, new, _LISTED)
        at = _moment(now)
        told = Examiner().examine(
            VisitToExamine(
                report=VisitReport(
                    source_id=1, started_at=at, finished_at=at, outcome=VisitOutcome.READ, next_due_at=at
                ),
                state=self.state,
                since=self.since,
                is_new=bool(new),
                last_new_at=_moment(self.last_new) if self.last_new else None,
                last_ok_at=_moment(self.last_ok),
                last_read_at=None,
                moved_to=None,
                moved_answers=0,
                memory=self.memory.pack(),
                owed=self.owed,
                longest_owed=self.longest,
                owed_level=self.level,
            )
        )
        self.owed, self.longest, self.level = told.owed, told.longest_owed, told.owed_level
        self.last_ok = now
        self.state, self.since = told.state, told.since
        if new:
            self.last_new = now
        return told.state

    def copy(self) -> Watched:
        """Itself, to be cut off."""
        memory = Memory.unpack(self.memory.pack())
        assert memory is not None
        return Watched(
            memory=memory,
            seen=self.seen,
            last_ok=self.last_ok,
            last_new=self.last_new,
            owed=self.owed,
            longest=self.longest,
            level=self.level,
            state=self.state,
            since=self.since,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How a feed that was cut off at a moment was found silent."""

    hours: float  # from the first article that was missed
    articles: float  # that the profile expected meanwhile
    months: float  # the same, by the gap that it expects once in a month


def replay(
    times: Sequence[float], *, begin: float, since: float, until: float, gap_s: float, cuts: int, seed: str
) -> tuple[list[float], list[Found | None]]:
    """False alarms from `since` on, after learning from `begin` on; and what became of cuts at random moments."""
    rng = random.Random(seed)
    moments = sorted(rng.uniform(since, until) for _ in range(cuts))
    watched = Watched(memory=Memory.begin(begin, [], _LISTED), seen=bisect_right(times, begin), last_ok=begin)
    false: list[float] = []
    found: list[Found | None] = []
    was_silent = False
    now = begin + gap_s
    while now < until:
        while moments and moments[0] <= now:
            moments.pop(0)
            found.append(_cut(watched.copy(), now, gap_s))
        end = bisect_right(times, now, lo=watched.seen)
        new = times[watched.seen : end]
        watched.seen = end
        is_silent = watched.visit(now, new) in {SourceState.SILENT, SourceState.DEAD}
        if is_silent and not was_silent and now >= since:
            false.append(now)
        was_silent = is_silent
        now += gap_s
    return false, found


def _cut(watched: Watched, now: float, gap_s: float) -> Found | None:
    begun, at = now, now
    rate = watched.memory.profile.mean_rate(now)
    usual = _month_gap(30 * DAY * rate)
    while at - begun < _MOST_DAYS * DAY:
        at += gap_s
        if watched.visit(at, ()) in {SourceState.SILENT, SourceState.DEAD}:
            expected = sum(
                watched.memory.profile.expected(begun + n * DAY, min(begun + (n + 1) * DAY, at))
                for n in range(int((at - begun) // DAY) + 1)
            )
            return Found(hours=(at - begun) / 3600, articles=expected, months=expected / usual)
    return None


def _month_gap(articles: float) -> float:
    """The longest gap among so many articles of a Poisson process, in articles expected: its mean is H(n)."""
    return sum(1 / k for k in range(1, max(2, round(articles)) + 1))


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
