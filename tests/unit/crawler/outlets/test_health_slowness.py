"""A source that answers, but many times slower than it used to."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from crawler.outlets.health.slowness import Slowness, answered
from crawler.outlets.health.source import Examiner
from storage.ports import VisitToExamine
from storage.records import SourceState, VisitOutcome, VisitReport

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def after(*times: float, begin: Slowness = Slowness()) -> Slowness:  # noqa: B008 (it is frozen)
    for took_s in times:
        begin = answered(begin, took_s)
    return begin


USUAL = after(*[0.4] * 20)


def test_three_slow_answers_in_a_row_are_slow():
    slow = [after(*[8.0] * number, begin=USUAL).is_slow for number in range(5)]
    assert slow == [False, False, False, True, True]


def test_one_usual_answer_ends_it():
    assert not after(8.0, 8.0, 8.0, 0.5, begin=USUAL).is_slow


NOT_SLOW = {
    "a few slow ones among others": [8.0, 8.0, 0.4] * 9,
    "not many times its own past": [1.9] * 9,
    "slower than ever, but quick all the same": [2.9] * 9,
    "what was not measured": [float("nan"), float("inf"), -1.0] * 9,
}


@pytest.mark.parametrize("times", NOT_SLOW.values(), ids=NOT_SLOW)
def test_it_is_not_slow(times: list[float]):
    slowness = USUAL
    for took_s in times:
        slowness = answered(slowness, took_s)
        assert not slowness.is_slow


def test_a_source_that_always_was_slow_is_not():
    rng = random.Random(5)
    slowness = Slowness()
    for _ in range(2_000):
        slowness = answered(slowness, rng.lognormvariate(2.0, 0.4))
        assert not slowness.is_slow


def test_nothing_is_said_of_a_source_that_is_hardly_known():
    assert not after(*[0.1] * 5, *[9.0] * 4).is_slow


def test_a_lasting_change_is_usual_in_the_end():
    slowness, visits = after(*[8.0] * 3, begin=USUAL), 0
    while slowness.is_slow:
        slowness, visits = answered(slowness, 8.0), visits + 1
        assert visits < 1_000
    assert visits > 100, "a server that is ill for a day is not usual"


def test_the_state_is_slow_with_both_times_in_its_sentence():
    usual, states = USUAL, []
    for number, took_s in enumerate([0.4, 12.0, 12.0, 12.0, 0.4]):
        at = NOW + timedelta(hours=number)
        told = Examiner().examine(
            VisitToExamine(
                report=VisitReport(
                    source_id=1,
                    started_at=at,
                    finished_at=at,
                    outcome=VisitOutcome.UNCHANGED,
                    next_due_at=at,
                    took_s=took_s,
                ),
                state=None,
                since=None,
                is_new=False,
                last_new_at=at,
                last_ok_at=at,
                last_read_at=None,
                moved_to=None,
                moved_answers=0,
                memory=None,
                owed=0.0,
                longest_owed=0.0,
                usual_answer_s=usual.usual_s,
                answers=usual.answers,
                slow_answers=usual.slow,
            )
        )
        usual = Slowness(usual_s=told.usual_answer_s, answers=told.answers, slow=told.slow_answers)
        states.append(told)
    assert [told.state for told in states] == [SourceState.OK] * 3 + [SourceState.SLOW, SourceState.OK]
    assert states[3].cause == "slow-answers"
    assert "12 s" in states[3].sentence
    assert "0.4" in states[3].sentence
    assert all(one.answers <= other.answers for one, other in pairwise(states))
