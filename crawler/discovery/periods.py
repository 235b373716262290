"""Which days an address names, by its own digits: /2020/05/01/, sitemap-2020-05.xml, ?yyyy=2020&mm=05."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from urllib.parse import urlsplit

from storage.records import Candidate, Moment, Precision

_YEAR = r"(?P<y>(?:19|20)\d{2})"
_NAMES = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTH_NAME = "(?P<name>" + "|".join(_NAMES) + ")[a-z]*"
_DAYS = tuple(
    re.compile(text, re.IGNORECASE)
    for text in (
        rf"(?<!\d){_YEAR}(?P<sep>[-/_.])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})(?!\d)",
        rf"(?<!\d){_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
        rf"(?<!\d){_YEAR}[-/_]{_MONTH_NAME}[-/_](?P<d>\d{{1,2}})(?!\d)",
        rf"[?&](?:yyyy|year|y)={_YEAR}&(?:mm|month|m)=(?P<m>\d{{1,2}})&(?:dd|day|d)=(?P<d>\d{{1,2}})(?!\d)",
    )
)
_MONTHS = tuple(
    re.compile(text, re.IGNORECASE)
    for text in (
        rf"(?<!\d){_YEAR}[-/_.](?P<m>\d{{1,2}})(?!\d)",
        rf"(?<!\d){_YEAR}(?P<m>0[1-9]|1[0-2])(?!\d)",
        rf"(?<!\d){_YEAR}[-/_]{_MONTH_NAME}(?![a-z])",
        rf"(?<![a-z]){_MONTH_NAME}[-/_]{_YEAR}(?!\d)",
        rf"[?&](?:yyyy|year|y)={_YEAR}&(?:mm|month|m)=(?P<m>\d{{1,2}})(?!\d)",
    )
)
_YEARS = (re.compile(rf"(?<!\d){_YEAR}(?!\d)"),)
#: In an article's address only digits between slashes are a date: a slug may tell of a year.
_IN_ARTICLE = tuple(
    re.compile(text, re.IGNORECASE)
    for text in (
        rf"/{_YEAR}(?P<sep>[-/])(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})(?=[/_-])",
        rf"/{_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?=[/_-])",
        rf"/{_YEAR}[-/]{_MONTH_NAME}[-/](?P<d>\d{{1,2}})(?=/)",
        rf"/{_YEAR}[-/](?P<m>\d{{1,2}})(?=/)",
        rf"/{_YEAR}[-/]{_MONTH_NAME}(?=/)",
    )
)
_DATED_PATH = re.compile(
    rf"^(?P<before>https?://[^?#]*?/)(?P<date>{_YEAR}(?P<sep>[-/])(?P<m>\d{{1,2}})(?:(?P=sep)(?P<d>\d{{1,2}}))?)"
    r"(?P<after>/[^?#]*|/?)$"
)
_DATE_PARAMETER = re.compile(
    rf"^(?P<before>https?://[^?#]+\?(?:date|day|d)=){_YEAR}-(?P<m>\d{{2}})-(?P<d>\d{{2}})(?P<after>)$"
)
_MOST_PATTERNS = 5
#: So many of an outlet's addresses must have their date at one place before that place is asked for a list.
_ENOUGH_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def meets(self, other: Period) -> bool:
        """Whether they have a day in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is looked for: from `since` to `until` (exclusive), aware UTC; `zone` is where the outlet's days begin."""

    since: datetime
    until: datetime
    zone: tzinfo = UTC

    @property
    def days(self) -> Period:
        """The outlet's days that it touches."""
        last = self.until - timedelta(microseconds=1)
        return Period(self.since.astimezone(self.zone).date(), last.astimezone(self.zone).date())

    def holds(self, moment: Moment) -> bool:
        """Whether a moment lies in it; of a day, whether it touches that."""
        if moment.precision is Precision.DAY:
            day = moment.at.date()
            return self.days.meets(Period(day, day))
        return self.since <= moment.at < self.until


def period_of_list(url: str) -> Period | None:
    """The day, month or year that the address of a sitemap or archive names; None when it names none."""
    target = urlsplit(url)
    text = f"{target.path}?{target.query}" if target.query else target.path
    for patterns in (_DAYS, _MONTHS, _YEARS):
        for pattern in patterns:
            for found in pattern.finditer(text):
                period = _period(found)
                if period is not None:
                    return period
    return None


def period_of_article(url: str) -> Period | None:
    """The day or month that an article's address names; None when it names none."""
    path = urlsplit(url).path
    for pattern in _IN_ARTICLE:
        for found in pattern.finditer(path):
            period = _period(found)
            if period is not None:
                return period
    return None


def is_in(window: Window, found: Candidate, of_list: Period | None) -> bool | None:
    """Whether what a list names is of a window; None when nothing tells.

    The date of publication decides, then the address, then the days that the list itself is of. Nothing was
    published after it was last modified, so an earlier lastmod always says no; a later one alone says nothing, as
    many outlets touch old pages.
    """
    hints = found.hints
    if hints.published is not None:
        return window.holds(hints.published)
    modified = hints.modified
    if modified is not None and modified.at + timedelta(days=1) <= window.since:
        return False
    named = period_of_article(found.url)
    if named is not None:
        return named.meets(window.days)
    if of_list is not None:
        return of_list.meets(window.days)
    if modified is not None and (window.holds(modified) or modified.at < window.since):
        return window.holds(modified)
    return None


def archive_patterns(urls: Iterable[str], *, of_lists: bool = False) -> list[str]:
    """Where an outlet may list articles by date, learned from addresses: prefix, then {y}, {m}, {d} as they stand.

    From addresses of articles (/news/2020/05/01/some-story) a place is taken when several have it, most first;
    with `of_lists` from links that end in their date, each of which is such a page itself.
    """
    counted: Counter[str] = Counter()
    for url in urls:
        found = _DATED_PATH.match(url) or (_DATE_PARAMETER.match(url) if of_lists else None)
        if found is None or of_lists != (found["after"] in {"", "/"}) or _period(found) is None:
            continue
        counted[_pattern(found, "" if of_lists and not found["after"] else "/")] += 1
    least = 1 if of_lists else _ENOUGH_ALIKE
    return [pattern for pattern, count in counted.most_common(_MOST_PATTERNS) if count >= least]


def archive_pages(pattern: str, days: Period) -> list[str]:
    """The addresses that a pattern has for these days, each once, in their order."""
    pages: dict[str, None] = {}
    day = days.first
    while day <= days.last:
        pages[pattern.format(y=day.year, m=day.month, d=day.day)] = None
        day += timedelta(days=1)
    return list(pages)


def _pattern(found: re.Match[str], after: str) -> str:
    names = found.groupdict()
    month, day, sep = names["m"], names["d"], names.get("sep") or "-"
    # One digit says that there are no leading zeros; two say nothing for months from October on, and zeros are usual.
    parts = ["{y}", "{m}" if len(month) == 1 else "{m:02d}"]
    if day is not None:
        parts.append("{d}" if len(day) == 1 else "{d:02d}")
    before = found["before"].replace("{", "{{").replace("}", "}}")
    return before + sep.join(parts) + ("" if "?" in before else after)


def _period(found: re.Match[str]) -> Period | None:
    names = found.groupdict()
    year = int(names["y"])
    name, month_text, day_text = names.get("name"), names.get("m"), names.get("d")
    month = _NAMES[name.lower()[:3]] if name else int(month_text) if month_text else None
    try:
        if month is None:
            return Period(date(year, 1, 1), date(year, 12, 31))
        if day_text:
            day = date(year, month, int(day_text))
            return Period(day, day)
        return Period(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
    except (ValueError, IndexError):
        return None
