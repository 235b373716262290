"""States of a source: what a visit says, and what a source owes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.outlets.cadence.memory import Memory
from crawler.outlets.health.silence import Silence, bound, ended, is_silent, waited
from crawler.outlets.health.source import Examiner
from storage.ports import VisitToExamine
from storage.records import SourceState, VisitOutcome, VisitReport
from tests.benchmarks.cadence_replay import load
from tests.benchmarks.health_replay import DAY, replay

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = 3600.0

FAILURES = {
    "its name has no address": ("dns", "dns"),
    "its certificate is wrong": ("tls", "certificate"),
    "no whole answer came in time": ("timeout", "slow"),
    "its robots.txt forbids it": ("robots", "robots"),
    "it is not there": ("http-404", "dead"),
    "it is no feed": ("unreadable", "dead"),
    "it refuses us": ("http-403", "blocked"),
    "it has had enough of us": ("http-429", "blocked"),
    "a challenge stands there": ("challenge", "blocked"),
    "its host asked for rest": ("resting", "blocked"),
    "the server is broken": ("http-500", "failing"),
    "nobody answers": ("connection", "failing"),
}


def visit(outcome: VisitOutcome = VisitOutcome.READ, **values: Any) -> VisitToExamine:
    of_report = {name: values.pop(name) for name in ("reason", "detail", "is_gone") if name in values}
    report = VisitReport(source_id=1, started_at=NOW, finished_at=NOW, outcome=outcome, next_due_at=NOW, **of_report)
    usual: dict[str, Any] = {
        "state": SourceState.OK,
        "since": NOW - timedelta(days=30),
        "is_new": False,
        "last_new_at": NOW - timedelta(hours=1),
        "last_ok_at": NOW - timedelta(hours=1),
        "last_read_at": None,
        "moved_to": None,
        "moved_answers": 0,
        "memory": None,
        "owed": 0.0,
        "longest_owed": 0.0,
    }
    return VisitToExamine(report=report, **usual | values)


def hourly(days: int) -> Memory:
    """The memory of a source that published each hour for so many days until NOW."""
    until = NOW.timestamp()
    at = until - days * DAY
    memory = Memory.begin(at, [], 20)
    while at < until - 1:
        at += HOUR
        memory.learn(at, [at - 60], 20)
    return memory


@pytest.mark.parametrize(("reason", "state"), FAILURES.values(), ids=FAILURES)
def test_a_failure_names_the_state(reason, state):
    told = Examiner().examine(visit(VisitOutcome.FAILED, reason=reason, detail="so it is"))
    assert (told.state, told.sentence, told.since) == (state, "so it is", NOW)


def test_what_answers_410_is_gone():
    told = Examiner().examine(visit(VisitOutcome.FAILED, reason="http-410", is_gone=True))
    assert told.state is SourceState.GONE


def test_a_state_begins_with_the_first_visit_that_shows_it():
    began = NOW - timedelta(days=2)
    same = Examiner().examine(visit(VisitOutcome.FAILED, reason="dns", state=SourceState.DNS, since=began))
    other = Examiner().examine(visit(VisitOutcome.FAILED, reason="tls", state=SourceState.DNS, since=began))
    assert (same.since, other.since) == (began, NOW)


def test_a_redirect_that_was_kept_up_is_a_proposal():
    told = Examiner().examine(visit(moved_to="https://new.example/feed", moved_answers=10))
    assert told.state is SourceState.MOVED
    assert not told.state.is_ill
    assert "https://new.example/feed" in told.sentence


def test_an_hourly_source_that_stops_is_quiet_then_silent_then_frozen():
    memory = hourly(28).pack()
    states = []
    for hours in (1, 6, 30, 24 * 9):
        gap = NOW - timedelta(hours=hours)
        seen = visit(VisitOutcome.UNCHANGED, memory=memory, last_new_at=gap, last_ok_at=NOW, owed=float(hours))
        states.append(Examiner().examine(seen).state)
    assert states == [SourceState.OK, SourceState.QUIET, SourceState.SILENT, SourceState.DEAD]


def test_something_new_pays_what_was_owed():
    memory = hourly(28).pack()
    told = Examiner().examine(visit(memory=memory, is_new=True, owed=30.0, last_new_at=NOW - timedelta(hours=30)))
    assert (told.state, told.owed) == (SourceState.OK, 0.0)
    assert told.longest_owed > 12


def test_a_source_that_was_silent_for_as_long_before_is_not_called_silent():
    memory, now = hourly(28), NOW.timestamp()
    owed = Silence(owed=20.0)
    assert is_silent(owed, memory, now - 20 * HOUR, now)
    assert not is_silent(Silence(owed=20.0, longest=18.0), memory, now - 20 * HOUR, now)


def test_one_long_outage_does_not_make_deaf():
    memory, now = hourly(28), NOW.timestamp()
    after = ended(Silence(owed=500.0), memory, now - HOUR, now)
    assert bound(after, memory, now) < 25


def test_after_a_time_in_which_nobody_looked_no_single_visit_makes_it_silent():
    """Its answer may be one that a cache kept from before."""
    memory, now = hourly(28), NOW.timestamp()
    once = waited(Silence(owed=1.0), memory, now - 3 * DAY, now)
    assert not is_silent(once, memory, now - 3 * DAY, now)
    for _ in range(3):
        once = waited(once, memory, now - 3 * DAY, now)
    assert is_silent(once, memory, now - 3 * DAY, now)


def test_a_source_that_was_slow_when_it_last_published_owes_less():
    memory, now = hourly(28), NOW.timestamp()
    assert ended(Silence(), memory, now - HOUR, now).level == pytest.approx(1, abs=0.1)
    for day in range(1, 4):  # a holiday: one article a day
        memory.learn(now + day * DAY, [now + day * DAY - 60], 20)
    holiday = ended(Silence(), memory, now, now)
    assert holiday.level < 0.5
    full = waited(Silence(), memory, now, now + 4 * HOUR).owed
    assert waited(holiday, memory, now, now + 4 * HOUR).owed == pytest.approx(holiday.level * full)


def test_a_new_source_must_owe_twice_as_much():
    now = NOW.timestamp()
    assert bound(Silence(), hourly(7), now) == 2 * bound(Silence(), hourly(28), now)


def test_the_profile_says_what_is_owed_not_the_clock():
    """A source of the daytime owes nothing much at night."""
    until = NOW.timestamp()
    at = until - 28 * DAY
    memory = Memory.begin(at, [], 20)
    while at < until - 1:
        at += HOUR
        memory.learn(at, [at - 60] if 8 <= datetime.fromtimestamp(at, UTC).hour < 20 else [], 20)
    night, day = NOW.replace(hour=20).timestamp(), NOW.replace(hour=8).timestamp()
    by_night = by_day = Silence()
    for hour in range(11):
        by_night = waited(by_night, memory, night + hour * HOUR, night + (hour + 1) * HOUR)
        by_day = waited(by_day, memory, day + hour * HOUR, day + (hour + 1) * HOUR)
    assert by_night.owed < 0.2 * by_day.owed


@pytest.mark.shared
def test_real_publishing_times_give_no_false_alarm_and_a_feed_cut_off_is_found(shared: Path):
    feeds = load(shared / "polling" / "publish_times.csv.gz", 365, every=12)
    alarms, found = 0, []
    for name, times in feeds.times.items():
        since = feeds.until - 30 * DAY
        false, cuts = replay(
            times, begin=feeds.since - 28 * DAY, since=since, until=feeds.until, gap_s=2 * HOUR, cuts=1, seed=name
        )
        alarms += bool(false)
        found += cuts
    assert alarms <= len(feeds.times) * 2 / 38
    assert all(found)
