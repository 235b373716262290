"""When a 304 is right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from delivery.web.conditional import is_current, validators_of

CHANGED = datetime(2020, 5, 9, 15, 31, 7, 600_000, tzinfo=UTC)
LATER = CHANGED + timedelta(minutes=5)
KNOWN = validators_of("rss", 41, changed_at=CHANGED, now=LATER)

CASES = {
    "no condition": ({}, False),
    "the same tag": ({"if-none-match": KNOWN.etag}, True),
    "the same tag, weakened by a proxy": ({"if-none-match": f"W/{KNOWN.etag}"}, True),
    "the same tag among others": ({"if-none-match": f'"a", {KNOWN.etag} ,"b"'}, True),
    "any tag": ({"if-none-match": "*"}, True),
    "another tag": ({"if-none-match": '"a"'}, False),
    "a tag without its quotes": ({"if-none-match": KNOWN.etag.strip('"')}, False),
    "the same date": ({"if-modified-since": "Sat, 09 May 2020 15:31:07 GMT"}, True),
    "a later date": ({"if-modified-since": "Sat, 09 May 2020 16:00:00 GMT"}, True),
    "an earlier date": ({"if-modified-since": "Sat, 09 May 2020 15:31:06 GMT"}, False),
    "a date of the old form": ({"if-modified-since": "Saturday, 09-May-20 15:31:07 GMT"}, True),
    "a date without a zone is GMT": ({"if-modified-since": "Sat, 09 May 2020 15:31:07 -0000"}, True),
    "no date at all": ({"if-modified-since": "yesterday"}, False),
    "a date that does not exist": ({"if-modified-since": "Sat, 39 May 2020 15:31:07 GMT"}, False),
    "another tag decides over the same date": (
        {"if-none-match": '"a"', "if-modified-since": "Sat, 09 May 2020 15:31:07 GMT"},
        False,
    ),
    "the same tag decides over an earlier date": (
        {"if-none-match": KNOWN.etag, "if-modified-since": "Sat, 09 May 2020 10:00:00 GMT"},
        True,
    ),
}


@pytest.mark.parametrize(("headers", "expected"), CASES.values(), ids=CASES)
def test_what_the_client_has_is_still_the_newest(headers, expected):
    assert is_current(headers, KNOWN) is expected


def test_the_tag_is_strong_and_changes_with_what_it_stands_for():
    assert KNOWN.etag.startswith('"')
    assert KNOWN.etag == validators_of("rss", 41, changed_at=None, now=LATER).etag
    assert KNOWN.etag != validators_of("rss", 42, changed_at=CHANGED, now=LATER).etag
    assert KNOWN.etag != validators_of("atom", 41, changed_at=CHANGED, now=LATER).etag


def test_a_second_change_within_a_second_is_not_missed():
    seen_early = validators_of("rss", 41, changed_at=CHANGED, now=CHANGED + timedelta(milliseconds=100))
    headers = {"if-modified-since": seen_early.headers["Last-Modified"]}
    after = validators_of("rss", 42, changed_at=CHANGED + timedelta(milliseconds=300), now=LATER)
    assert not is_current(headers, after)


def test_without_a_change_there_is_no_date():
    nothing = validators_of("rss", 0, changed_at=None, now=LATER)
    assert "Last-Modified" not in nothing.headers
    assert not is_current({"if-modified-since": "Sat, 09 May 2020 15:31:07 GMT"}, nothing)
