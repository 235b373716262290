"""When a source is visited next: orders, publishers' words, what was learned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.outlets.cadence.memory import Memory
from crawler.outlets.cadence.pacer import Pacer
from storage.ports import VisitToPace
from storage.records import (
    Moment,
    Outlet,
    OutletSource,
    Pace,
    PaceMode,
    Precision,
    PublisherWords,
    SourceKind,
    VisitOutcome,
    VisitReport,
    Zone,
)

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)  # a Wednesday
URL = "https://gazette.example/feed"
OUTLET = Outlet(
    key="gazette",
    name="Gazette",
    home_url="https://gazette.example/",
    timezone="Asia/Beirut",
    sources=(OutletSource(kind=SourceKind.FEED, url=URL),),
)
PACER = Pacer(interval_s=900, floor_s=300, ceiling_s=6 * 3600)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SLACK = 1.06


def moment(at: datetime, precision: Precision = Precision.SECOND) -> Moment:
    return Moment(at=at, precision=precision, rule="feed", zone=Zone.STATED)


def report(at: datetime = NOW, outcome: VisitOutcome = VisitOutcome.READ, listed: int = 20) -> VisitReport:
    return VisitReport(
        source_id=1, started_at=at, finished_at=at, outcome=outcome, next_due_at=at + 30 * MINUTE, listed=listed
    )


def visit(at: datetime = NOW, **more) -> VisitToPace:
    values = {
        "source_id": 1,
        "url": URL,
        "outlet": OUTLET,
        "report": report(at),
        "arrived": (),
        "ordered": Pace(),
        "paused_until": None,
        "words": PublisherWords(),
        "price": 400.0,
        "memory": None,
    }
    return VisitToPace(**{**values, **more})


def waited(paced, at: datetime = NOW) -> timedelta:
    return paced.next_due_at - at


def lived(days: float, articles_a_day: float, *, begin: datetime = NOW, step: timedelta = HOUR, pacer: Pacer = PACER):
    """The memory of a source that was visited steadily and published evenly, but at night (00:00-06:00 UTC)."""
    memory, at, number = None, begin - timedelta(days=days), 0.0
    while at <= begin:
        per_step = articles_a_day / 18 * (step / HOUR) if at.hour >= 6 else 0.0
        number += per_step
        count, number = int(number), number - int(number)
        arrived = [moment(at - step * (k + 1) / (count + 1)) for k in range(count)]
        memory = pacer.pace(visit(at, memory=memory, arrived=arrived)).memory
        at += step
    return memory


def test_a_new_source_is_visited_at_the_usual_interval():
    first = PACER.pace(visit())
    assert first.next_due_at <= NOW + 15 * MINUTE * SLACK
    assert waited(PACER.pace(visit(price=None))) <= 15 * MINUTE * SLACK


def test_after_a_gap_the_next_visit_comes_in_a_quarter_of_the_time_but_not_below_the_floor():
    usual = waited(PACER.pace(visit(ordered=Pace(floor_s=60))))
    gap = PACER.pace(visit(has_gap=True, ordered=Pace(floor_s=60)))
    assert abs(waited(gap) - usual / 4) < timedelta(minutes=1)
    assert "may have missed" in gap.why
    assert waited(PACER.pace(visit(has_gap=True))) >= 5 * MINUTE / SLACK
    every = visit(has_gap=True, ordered=Pace(mode=PaceMode.EVERY, every_s=3600))
    assert waited(PACER.pace(every)) > timedelta(minutes=50)


def test_in_its_first_week_a_source_is_never_left_for_longer_than_the_interval():
    memory = PACER.pace(visit(NOW - 6 * DAY)).memory
    assert waited(PACER.pace(visit(memory=memory))) <= 15 * MINUTE * SLACK
    old = PACER.pace(visit(NOW - 30 * DAY)).memory
    assert waited(PACER.pace(visit(memory=old))) > 30 * MINUTE


def test_a_busy_source_is_visited_more_often_than_a_slow_one():
    busy, slow = lived(21, 200), lived(21, 5)
    assert 3 * waited(PACER.pace(visit(memory=busy))) < waited(PACER.pace(visit(memory=slow)))


def test_a_source_is_left_alone_at_night_and_not_by_day():
    midnight = NOW.replace(hour=0)
    by_day = waited(PACER.pace(visit(memory=lived(21, 60))))
    at_night = waited(PACER.pace(visit(midnight, memory=lived(21, 60, begin=midnight))), midnight)
    assert at_night > 2 * by_day


def test_news_breaking_now_brings_the_next_visit_forward():
    memory = lived(21, 20)
    quiet = waited(PACER.pace(visit(NOW + HOUR, memory=memory)), NOW + HOUR)
    burst = [moment(NOW + HOUR - k * MINUTE) for k in range(12)]
    assert waited(PACER.pace(visit(NOW + HOUR, memory=memory, arrived=burst)), NOW + HOUR) < quiet / 1.3


def test_floor_and_ceiling_hold():
    busy, slow = lived(21, 5000), lived(21, 0.2)
    assert waited(PACER.pace(visit(memory=busy, price=0.001))) >= 300 * 0.97 * timedelta(seconds=1)
    assert waited(PACER.pace(visit(memory=slow, price=1e12))) <= 6 * HOUR * SLACK
    assert waited(PACER.pace(visit(memory=busy, ordered=Pace(floor_s=7200)))) >= 2 * HOUR * 0.97


def test_a_list_that_would_overflow_is_visited_before_it_does():
    memory = lived(21, 480, step=10 * MINUTE)
    wait = waited(PACER.pace(visit(memory=memory, price=1e9)))
    assert wait * (480 / 18) / HOUR < 20


ORDERS = {
    "a steady interval": (Pace(mode=PaceMode.EVERY, every_s=1200), 20 * MINUTE),
    "a cron line, in the outlet's time zone": (Pace(mode=PaceMode.CRON, cron="30 17 * * *"), 3.5 * HOUR),
    "a cron line that makes no sense leaves the usual interval": (Pace(mode=PaceMode.CRON, cron="x"), 15 * MINUTE),
}


@pytest.mark.parametrize(("order", "wait"), ORDERS.values(), ids=ORDERS.keys())
def test_what_is_ordered_is_done(order: Pace, wait: timedelta):
    got = waited(PACER.pace(visit(ordered=order)))
    assert wait * 0.94 <= got <= wait * SLACK + MINUTE


def test_a_command_wins_over_the_source_and_the_source_over_its_outlet():
    outlet = replace(OUTLET, interval_s=3600)
    assert "every 1 h" in PACER.pace(visit(outlet=outlet)).why
    own = replace(outlet, sources=(replace(outlet.sources[0], pace=Pace(mode=PaceMode.EVERY, every_s=600)),))
    assert "every 10 min" in PACER.pace(visit(outlet=own)).why
    ordered = Pace(mode=PaceMode.ADAPTIVE)
    assert "expects" in PACER.pace(visit(outlet=own, ordered=ordered)).why


def test_a_window_moves_the_visit_to_its_end():
    order = Pace(mode=PaceMode.EVERY, every_s=3600, not_between=("14:30-20:00",))  # 12:30 to 18:00 UTC
    due = PACER.pace(visit(ordered=order)).next_due_at
    assert NOW.replace(hour=18) <= due <= NOW.replace(hour=18, minute=2)


def test_a_pause_holds_until_its_end_for_failures_too():
    until = NOW + 3 * DAY
    assert PACER.pace(visit(paused_until=until)).next_due_at == until
    assert PACER.pace(visit(paused_until=until, report=report(outcome=VisitOutcome.FAILED))).next_due_at == until


WORDS = {
    "how long it is fresh": (PublisherWords(fresh_s=7200), 2 * HOUR),
    "a year of freshness is capped": (PublisherWords(fresh_s=31_536_000), 3 * HOUR),
    "its ttl": (PublisherWords(ttl_s=4 * 3600), 4 * HOUR),
    "a week's ttl is capped": (PublisherWords(ttl_s=604_800), 24 * HOUR),
    "its update period": (PublisherWords(update_s=5 * 3600), 5 * HOUR),
    "hours that it skips": (PublisherWords(skip_hours=(12, 13, 14)), 3 * HOUR),
    "days that it skips": (PublisherWords(skip_days=(2,)), 12 * HOUR),
}


@pytest.mark.parametrize(("words", "wait"), WORDS.values(), ids=WORDS.keys())
class TestPublishersWords:
    def test_they_are_bounds(self, words: PublisherWords, wait: timedelta):
        assert wait * 0.97 <= waited(PACER.pace(visit(words=words))) <= wait * 1.03

    def test_an_operator_may_overrule_them(self, words: PublisherWords, wait: timedelta):
        for order in (Pace(heed_publisher=False), Pace(mode=PaceMode.EVERY, every_s=900)):
            assert waited(PACER.pace(visit(words=words, ordered=order))) <= 15 * MINUTE * SLACK


def test_a_floor_named_on_purpose_wins_over_ttl_but_not_over_freshness():
    named = Pace(floor_s=600)
    assert waited(PACER.pace(visit(words=PublisherWords(ttl_s=36_000), ordered=named))) <= 15 * MINUTE * SLACK
    assert waited(PACER.pace(visit(words=PublisherWords(fresh_s=7200), ordered=named))) >= 1.9 * HOUR


def test_failures_come_again_as_the_report_says():
    assert waited(PACER.pace(visit(report=report(outcome=VisitOutcome.FAILED)))) == 30 * MINUTE


def test_a_failure_teaches_nothing():
    memory = lived(10, 20)
    assert PACER.pace(visit(memory=memory, report=report(outcome=VisitOutcome.FAILED))).memory == memory


class TestHostileLists:
    def test_a_list_of_100_000_entries_causes_no_storm(self):
        memory = lived(14, 20)
        arrived = [moment(NOW + MINUTE)] * 100_000
        paced = PACER.pace(visit(NOW + HOUR, memory=memory, arrived=arrived, report=report(NOW + HOUR, listed=100_000)))
        assert waited(paced, NOW + HOUR) >= 300 * 0.97 * timedelta(seconds=1)
        after = Memory.unpack(paced.memory)
        assert after is not None
        assert sum(after.profile.hours) < 20 * 14 + 600

    def test_all_dates_equal_say_only_how_many_came(self):
        arrived = [moment(NOW - 400 * DAY)] * 20
        memory = Memory.unpack(PACER.pace(visit(arrived=arrived)).memory or b"")
        assert memory is not None
        assert sum(memory.profile.hours) == 0

    def test_old_articles_under_new_addresses_are_no_news(self):
        memory = lived(21, 5)
        calm = PACER.pace(visit(NOW + HOUR, memory=memory))
        moved = [moment(NOW - k * DAY) for k in range(2, 22)]
        churned = PACER.pace(visit(NOW + HOUR, memory=memory, arrived=moved))
        assert churned.next_due_at == calm.next_due_at

    def test_dates_in_the_future_are_not_believed(self):
        memory = lived(21, 5)
        told = PACER.pace(visit(NOW + HOUR, memory=memory, arrived=[moment(NOW + 9 * DAY)]))
        untold = PACER.pace(visit(NOW + HOUR, memory=memory, arrived=[None]))
        assert told.memory == untold.memory


class TestClocks:
    def test_an_hour_back_leaves_the_source_as_it_was(self):
        memory = lived(21, 20)
        paced = PACER.pace(visit(NOW - HOUR, memory=memory))
        assert timedelta() < waited(paced, NOW - HOUR) < HOUR

    def test_a_year_ahead_is_survived_there_and_back(self):
        memory = lived(21, 20)
        usual = waited(PACER.pace(visit(NOW + HOUR, memory=memory)), NOW + HOUR)
        ahead = PACER.pace(visit(NOW + 365 * DAY, memory=memory))
        assert waited(ahead, NOW + 365 * DAY) <= 6 * HOUR * SLACK
        back = PACER.pace(visit(NOW + HOUR, memory=ahead.memory))
        assert usual / 4 < waited(back, NOW + HOUR) < usual * 4


def test_what_is_remembered_fits_a_kilobyte_and_comes_back():
    packed = lived(21, 60)
    memory = Memory.unpack(packed)
    assert memory is not None
    assert len(packed) <= 1024
    assert memory.pack() == packed
    assert Memory.unpack(packed[:-1]) is None
    assert Memory.unpack(b"\xff" * len(packed)) is None


def test_what_a_young_source_is_worth_is_not_worked_out_with_each_visit():
    first = PACER.pace(visit(NOW))

    def worked_out_at(memory: bytes | None) -> float:
        kept = Memory.unpack(memory or b"")
        assert kept is not None
        return kept.demand_at

    soon = PACER.pace(visit(NOW + MINUTE, memory=first.memory))
    later = PACER.pace(visit(NOW + 15 * MINUTE, memory=soon.memory))

    assert worked_out_at(first.memory) == worked_out_at(soon.memory) == NOW.timestamp()
    assert worked_out_at(later.memory) == (NOW + 15 * MINUTE).timestamp()
    assert soon.demand == pytest.approx(first.demand)
