"""E17: what is dated ahead of when it was fetched is flagged, and is no freshness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.extract.ahead import not_ahead
from crawler.extract.article import extract_article
from storage.records import Moment, Precision, Zone

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def minute(at: datetime) -> Moment:
    return Moment(at=at, precision=Precision.MINUTE, rule="json-ld", zone=Zone.STATED)


def day(at: datetime) -> Moment:
    return Moment(at=at, precision=Precision.DAY, rule="json-ld", zone=Zone.NONE)


# what was read -> what is kept, and whether it is flagged
CASES = {
    "a minute ago": (minute(NOW - timedelta(minutes=1)), minute(NOW - timedelta(minutes=1)), False),
    "clocks that differ a little": (minute(NOW + timedelta(minutes=4)), minute(NOW + timedelta(minutes=4)), False),
    "two hours ahead, as local time called UTC": (minute(NOW + timedelta(hours=2)), day(TODAY), True),
    "tomorrow where the day has begun": (minute(NOW + timedelta(hours=13)), day(TODAY + timedelta(days=1)), True),
    "in three days": (minute(NOW + timedelta(days=3)), None, True),
    "today": (day(TODAY), day(TODAY), False),
    "tomorrow, a day only": (day(TODAY + timedelta(days=1)), day(TODAY + timedelta(days=1)), False),
    "the day after": (day(TODAY + timedelta(days=2)), None, True),
    "no date": (None, None, False),
}


@pytest.mark.parametrize(("read", "kept", "flagged"), CASES.values(), ids=CASES.keys())
def test_a_date_ahead(read: Moment | None, kept: Moment | None, flagged: bool):
    found, evidence = not_ahead("published", read, NOW)
    assert found == kept
    assert bool(evidence) is flagged
    assert not_ahead("published", read, None) == (read, ())


@pytest.mark.parametrize("told", ["2026-11-22T14:00:00Z", "2026-11-25T08:00:00Z"])
def test_an_article_is_never_dated_later_than_it_came_and_says_what_it_claimed(told: str):
    head = f'<title>Talks</title><meta property="article:published_time" content="{told}">'
    words = "<p>" + "The minister spoke of the talks in the harbour town. " * 20 + "</p>"
    html = f"<html><head>{head}</head><body><article><h1>Talks</h1>{words}</article>".encode()
    read = extract_article(html, url="https://a.example/talks.html", now=NOW)
    assert read.published is None or read.published == day(TODAY) or read.published.at <= NOW
    if told.startswith("2026-11-22"):
        (flag,) = (e for e in read.evidence if e.rule == "ahead of when it was fetched")
        assert flag.lost[0][1] == "2026-11-22T14:00:00+00:00"
