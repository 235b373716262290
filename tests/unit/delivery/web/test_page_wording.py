"""Words and times as the pages show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from delivery.web import wording
from delivery.web.board_words import delay_words
from delivery.web.history import history_of
from storage.records import Delay, Moment, Precision, Revision, Zone

NOW = datetime(2020, 5, 9, 15, 31, tzinfo=UTC)

TOLD = {
    "a minute": (Precision.MINUTE, Zone.STATED, "9 May 2020, 15:31 UTC"),
    "a day": (Precision.DAY, Zone.NONE, "9 May 2020 (day only)"),
}


@pytest.mark.parametrize(("precision", "zone", "expected"), TOLD.values(), ids=TOLD)
def test_a_date_is_shown_as_exactly_as_it_is_known(precision, zone, expected):
    assert wording.told(Moment(at=NOW, precision=precision, rule="x", zone=zone)) == expected


def test_a_time_is_shown_in_utc():
    tehran = timezone(timedelta(hours=4, minutes=30))
    assert wording.when(datetime(2020, 5, 9, 2, 0, tzinfo=tehran)) == "8 May 2020, 21:30 UTC"


def test_an_assumed_zone_is_said():
    assumed = Moment(at=NOW, precision=Precision.MINUTE, rule="x", zone=Zone.OUTLET)
    assert "assumed" in wording.zone_note(assumed)


def test_a_machine_reads_a_day_as_a_day():
    day = Moment(at=NOW.replace(hour=0, minute=0), precision=Precision.DAY, rule="x", zone=Zone.NONE)
    assert wording.iso(day) == "2020-05-09"
    assert wording.iso(NOW) == "2020-05-09T15:31:00Z"


AGO = {
    "just now": timedelta(seconds=-5),
    "in a moment": timedelta(seconds=5),
    "12 min ago": timedelta(minutes=-12),
    "in 40 min": timedelta(minutes=40),
    "3 h ago": timedelta(hours=-3, minutes=-50),
    "2 days ago": timedelta(days=-2),
    "9 March 2020": timedelta(days=-61),
}


@pytest.mark.parametrize(("expected", "away"), AGO.items())
def test_how_long_ago(expected, away):
    assert wording.ago(NOW + away, NOW) == expected


def test_days_are_named_from_the_reader_s_day():
    assert wording.day_heading(NOW, NOW) == "Today, Saturday 9 May 2020"
    assert wording.day_heading(NOW - timedelta(hours=16), NOW) == "Yesterday, Friday 8 May 2020"
    assert wording.day_heading(NOW - timedelta(days=5), NOW) == "Monday 4 May 2020"


def revision(number: int, **changes: object) -> Revision:
    values = {
        "id": number,
        "article_id": 1,
        "number": number,
        "seen_at": NOW,
        "capture_id": None,
        "title": "A",
        "authors": (),
        "body": "one two",
        "published": None,
        "modified": None,
        "language": "en",
        "credit": None,
        "section": None,
        "lead_image": None,
        "evidence": (),
        "extractor": "1",
    }
    return Revision(**(values | changes))


def test_each_revision_tells_what_it_changed():
    newest_first = [revision(3, title="B", body="one"), revision(2, authors=("X",)), revision(1)]
    steps = history_of(newest_first)
    assert [step.revision.number for step in steps] == [3, 2, 1]
    assert [step.changed for step in steps] == [("headline", "text", "byline"), ("byline",), ()]
    assert [step.words for step in steps] == [1, 2, 2]


DELAYS = {
    "unknown": None,
    "45 s": (45, 45),
    "at most 14 min": (0, 840),
    "3 min to 14 min": (180, 840),
    "at most 8.5 h": (0, 30_600),
    "at most 44 h": (0, 158_400),
    "at most 120 days": (0, 10_368_000),
}


@pytest.mark.parametrize(("told", "seconds"), DELAYS.items(), ids=DELAYS)
def test_a_delay_is_told_as_the_interval_that_it_is(told, seconds):
    delay = seconds and Delay(least=timedelta(seconds=seconds[0]), most=timedelta(seconds=seconds[1]))
    assert delay_words(delay) == told
