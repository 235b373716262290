"""Alerts: once each, certain, and never a flood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.outlets.health.alerts import Alarm
from storage.ports import SourceHealth
from storage.records import SourceState

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def source(number: int, state: SourceState = SourceState.OK, **values: Any) -> SourceHealth:
    usual: dict[str, Any] = {
        "since": NOW - 45 * MINUTE if state.is_ill else NOW - timedelta(days=3),
        "failures": 3 if state.is_ill and state is not SourceState.SILENT else 0,
        "slow_answers": 0,
        "last_visit_at": NOW - MINUTE,
        "alerted_at": None,
    }
    return SourceHealth(
        source_id=number,
        outlet_key=f"o{number}",
        outlet_name=f"Outlet {number}",
        domain=f"o{number}.example",
        url=f"https://o{number}.example/feed",
        state=state,
        cause=state.value,
        sentence="so it is",
        **usual | values,
    )


def fleet(ill: int, state: SourceState = SourceState.DNS, of: int = 20) -> list[SourceHealth]:
    return [source(n, state if n < ill else SourceState.OK) for n in range(of)]


def raised(sources: list[SourceHealth]) -> list[int]:
    return [one.source_id for one in Alarm().decide(sources, NOW, None, None).raised]


CERTAIN = {
    "a timeout the third time": (SourceState.SLOW, 3, True),
    "a timeout the second time": (SourceState.SLOW, 2, False),
    "a refusal the second time": (SourceState.BLOCKED, 2, True),
    "a refusal the first time": (SourceState.BLOCKED, 1, False),
    "gone for good the first time": (SourceState.GONE, 1, True),
    "silent though it answers": (SourceState.SILENT, 0, True),
}


@pytest.mark.parametrize(("state", "failures", "is_told"), CERTAIN.values(), ids=CERTAIN)
def test_a_state_is_told_when_it_is_certain(state, failures, is_told):
    assert raised([source(0, state, failures=failures), *fleet(0)[1:]]) == ([0] if is_told else [])


def test_what_was_told_is_not_told_again():
    assert raised([source(0, SourceState.DNS, alerted_at=NOW - MINUTE), *fleet(0)[1:]]) == []


def test_what_is_well_again_is_told_once():
    told = Alarm().decide([source(0, alerted_at=NOW - MINUTE), *fleet(0)[1:]], NOW, None, None)
    assert [one.source_id for one in told.ended] == [0]


def test_when_all_sources_fail_at_once_only_the_network_is_told():
    told = Alarm().decide(fleet(20), NOW, None, None)
    assert (told.network_raised, list(told.raised)) == (True, [])


def test_when_all_answers_are_slow_at_once_only_the_network_is_told_until_they_are_not():
    slow = [source(n, SourceState.SLOW, failures=0, slow_answers=3) for n in range(3)]
    going = [source(n, slow_answers=1) for n in range(3, 20)]
    told = Alarm().decide([*slow, *going], NOW, None, None)
    assert (told.network_raised, list(told.raised)) == (True, [])
    since = NOW - 45 * MINUTE
    assert not Alarm().decide([*slow, *going], NOW, since, None).network_ended
    assert Alarm().decide([*slow, *fleet(0)[3:]], NOW, since, None).network_ended
    assert raised([*slow[:1], *fleet(0)[1:]]) == [0], "one slow source is its own fault"


def test_nearly_all_is_enough_and_half_is_not():
    assert Alarm().decide(fleet(17), NOW, None, None).network_raised
    assert raised(fleet(10)) == list(range(10))


def test_a_source_that_was_ill_long_before_the_outage_is_no_part_of_it():
    """It was told then; that all others are well keeps it from being taken for the network."""
    old = source(0, SourceState.DEAD, since=NOW - timedelta(days=2), last_visit_at=NOW - timedelta(days=1))
    assert raised([old, *fleet(0)[1:]]) == [0]


def test_while_the_network_is_down_no_source_is_told():
    told = Alarm().decide(fleet(20), NOW, NOW - 10 * MINUTE, None)
    assert (list(told.raised), told.network_raised, told.network_ended) == ([], False, False)


def test_the_network_is_over_when_half_of_what_is_visited_is_well():
    assert Alarm().decide(fleet(10), NOW, NOW - 10 * MINUTE, None).network_ended
    assert not Alarm().decide(fleet(11), NOW, NOW - 10 * MINUTE, None).network_ended


def test_after_the_network_is_back_only_what_still_fails_is_told():
    until = NOW - 10 * MINUTE
    sources = [
        source(0, SourceState.DNS, last_visit_at=NOW - MINUTE),
        source(1, SourceState.DNS, last_visit_at=NOW - 20 * MINUTE),
        *fleet(0)[2:],
    ]
    told = Alarm().decide(sources, NOW, NOW - 60 * MINUTE, until)
    assert [one.source_id for one in told.raised] == [0]


def test_it_waits_for_other_visits_to_tell_whose_fault_it_is_but_not_for_ever():
    idle = [source(n, last_visit_at=NOW - timedelta(hours=5)) for n in range(1, 20)]
    assert raised([source(0, SourceState.DNS), *idle]) == []
    assert raised([source(0, SourceState.DNS, since=NOW - timedelta(hours=2)), *idle]) == [0]


def test_one_source_alone_is_told_though_nobody_can_tell():
    assert raised([source(0, SourceState.DNS)]) == [0]
