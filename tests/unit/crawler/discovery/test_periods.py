"""Which days addresses name, and what is of a window."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.discovery.periods import (
    Period,
    Window,
    archive_pages,
    archive_patterns,
    is_in,
    period_of_article,
    period_of_list,
)
from storage.records import Candidate, Hints, Moment, Precision, Zone

MAY = Window(since=datetime(2020, 5, 1, tzinfo=UTC), until=datetime(2020, 6, 1, tzinfo=UTC))
SITE = "https://post.example"


def days(first: str, last: str | None = None) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last or first))


def listed(path: str = "/some-story", *, published: str | None = None, modified: str | None = None) -> Candidate:
    def moment(text: str | None) -> Moment | None:
        if text is None:
            return None
        precision = Precision.DAY if len(text) == len("2020-05-01") else Precision.SECOND
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return Moment(at=at, precision=precision, rule="test", zone=Zone.STATED)

    hints = Hints(published=moment(published), modified=moment(modified))
    return Candidate(url=SITE + path, key=1, found_url=SITE + path, hints=hints)


@pytest.mark.parametrize(
    ("path", "period"),
    {
        "/sitemap-2020-05-01.xml": days("2020-05-01"),
        "/sitemap/2020/05/01/": days("2020-05-01"),
        "/sitemap-20200501.xml.gz": days("2020-05-01"),
        "/sitemap.xml?yyyy=2020&mm=05&dd=01": days("2020-05-01"),
        "/sitemap-2020-05.xml": days("2020-05-01", "2020-05-31"),
        "/sitemaps/202005.xml": days("2020-05-01", "2020-05-31"),
        "/sitemap-pt-post-p1-2020-05.xml": days("2020-05-01", "2020-05-31"),
        "/sitemaps/2020/may": days("2020-05-01", "2020-05-31"),
        "/archive/february-2024": days("2024-02-01", "2024-02-29"),
        "/sitemap.xml?year=2020&month=2": days("2020-02-01", "2020-02-29"),
        "/sitemaps/2020.xml": days("2020-01-01", "2020-12-31"),
        "/sitemap-2020-13.xml": days("2020-01-01", "2020-12-31"),
        "/post-sitemap17.xml": None,
        "/sitemap-123456.xml": None,
    }.items(),
)
def test_the_address_of_a_list_names_its_days(path: str, period: Period | None):
    assert period_of_list(SITE + path) == period


@pytest.mark.parametrize(
    ("path", "period"),
    {
        "/2020/05/01/story": days("2020-05-01"),
        "/news/2020-05-01/story": days("2020-05-01"),
        "/20200501/story": days("2020-05-01"),
        "/world/2020/may/01/story": days("2020-05-01"),
        "/2020/05/story": days("2020-05-01", "2020-05-31"),
        "/news/what-2020-05-taught-us": None,
        "/news/story-20200501": None,
        "/2020/some-story": None,
    }.items(),
)
def test_an_articles_address_names_its_day_only_between_slashes(path: str, period: Period | None):
    assert period_of_article(SITE + path) == period


@pytest.mark.parametrize(
    ("found", "of_list", "expected"),
    {
        "published within": (listed(published="2020-05-31T23:59:59"), None, True),
        "published before": (listed(published="2020-04-30T23:59:59"), None, False),
        "published after, whatever its list is of": (
            listed(published="2020-06-01T00:00:00"),
            days("2020-05-01"),
            False,
        ),
        "a day within": (listed(published="2020-05-31"), None, True),
        "the address says so though it was touched later": (listed("/2020/05/03/x", modified="2024-01-01"), None, True),
        "the address says no": (listed("/2020/06/03/x", modified="2020-05-09"), None, False),
        "last modified before": (listed(modified="2020-04-29T10:00:00"), days("2020-05-01"), False),
        "last modified within": (listed(modified="2020-05-09T10:00:00"), None, True),
        "a list of the month, touched later": (listed(modified="2024-01-01"), days("2020-05-01", "2020-05-31"), True),
        "a list of another month": (listed(), days("2020-06-01", "2020-06-30"), False),
        "only touched later": (listed(modified="2024-01-01"), None, None),
        "nothing tells": (listed(), None, None),
    }.values(),
    ids=lambda value: None,
)
def test_what_is_of_the_window(found: Candidate, of_list: Period | None, expected: bool | None):
    assert is_in(MAY, found, of_list) is expected


def test_the_days_of_a_window_are_the_outlets():
    zone = ZoneInfo("Asia/Jerusalem")
    since = datetime(2020, 5, 1, tzinfo=zone).astimezone(UTC)
    assert Window(since=since, until=since + timedelta(days=1), zone=zone).days == days("2020-05-01")


def test_places_of_archives_are_learned_from_articles_that_have_their_date_there():
    urls = [f"{SITE}/news/2026/11/{day}/story-{day}" for day in (9, 10, 11)]
    urls += [f"{SITE}/2026/11/22/story", f"{SITE}/about", f"{SITE}/news/2026/99/01/story"]
    # Of the three two have a day of two digits and one has one: each spelling is counted for itself.
    assert archive_patterns(urls) == []
    urls.append(f"{SITE}/news/2026/11/12/story-12")
    assert archive_patterns(urls) == [f"{SITE}/news/{{y}}/{{m:02d}}/{{d:02d}}/"]
    assert archive_pages(f"{SITE}/news/{{y}}/{{m:02d}}/{{d:02d}}/", days("2020-04-30", "2020-05-01")) == [
        f"{SITE}/news/2020/04/30/",
        f"{SITE}/news/2020/05/01/",
    ]


def test_links_that_end_in_their_date_are_archives_themselves():
    links = [f"{SITE}/archive/2026/11", f"{SITE}/calendar?date=2026-11-22", f"{SITE}/2026/11/22/story"]
    assert archive_patterns(links, of_lists=True) == [
        f"{SITE}/archive/{{y}}/{{m:02d}}",
        f"{SITE}/calendar?date={{y}}-{{m:02d}}-{{d:02d}}",
    ]
    assert archive_pages(f"{SITE}/archive/{{y}}/{{m:02d}}", days("2020-04-30", "2020-05-31")) == [
        f"{SITE}/archive/2020/04",
        f"{SITE}/archive/2020/05",
    ]
