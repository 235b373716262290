"""Names of what is so of an article besides its words, indexed beside them. Pure.

Each has a colon, which no folded word has: so none is ever taken for a word. They make what only few articles are
(of one outlet, of one day) as quick to find as a rare word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

#: Every article has it: for what is asked for by what it lacks alone.
EVERY = "every:"
#: No article has it.
NONE = "none:"
#: All that is older counts as of this year.
FIRST_YEAR = 1990
_MOST_DAY_FACTS = 120
_DECEMBER = 12
_CODE = re.compile(r"[a-z]{2,3}")
_OLD_CODES = {"iw": "he"}


def outlet_fact(key: str) -> str:
    """It is of this outlet."""
    return f"outlet:{key}"


def language_fact(language: str | None) -> str:
    """It is in this language; None: in one that is not known."""
    if language is None:
        return "lang:none"
    return f"lang:{_OLD_CODES.get(language, language)}" if _CODE.fullmatch(language) else "lang:other"


def facts_of(*, outlet_key: str, language: str | None, at: datetime) -> tuple[str, ...]:
    """All of an article; `at`: when it was published, or first seen where no date is known."""
    day = at.astimezone(UTC)
    dated: tuple[str, ...] = (f"year:{max(day.year, FIRST_YEAR)}",)
    if day.year > FIRST_YEAR:
        dated = (*dated, f"month:{day.year}-{day.month:02}", f"day:{day:%Y-%m-%d}")
    return EVERY, outlet_fact(outlet_key), language_fact(language), *dated


def day_facts(since: datetime | None, until: datetime | None) -> tuple[str, ...]:
    """Facts of which an article of that time has at least one; none where there would be too many, or no end.

    More than the time asked for may be covered: whole days, and all that is of the first year or older.
    """
    if until is None:
        return ()
    last = (until.astimezone(UTC) - timedelta(microseconds=1)).date()
    first = max(since.astimezone(UTC).date() if since else date.min, date(FIRST_YEAR, 1, 1))
    if last < first:
        return (f"year:{FIRST_YEAR}",) if last.year <= FIRST_YEAR else (NONE,)
    found: list[str] = []
    for name in _covering(first, last):
        found.append(name)
        if len(found) > _MOST_DAY_FACTS:
            return ()
    return tuple(found)


def _covering(first: date, last: date) -> Iterator[str]:
    """The years, months and days that make up the days from one to another."""
    at = first
    while at <= last:
        year_end, month_end = date(at.year, _DECEMBER, 31), _month_end(at)
        if at.year <= FIRST_YEAR or (at.month == at.day == 1 and year_end <= last):
            yield f"year:{at.year}"
            end = year_end
        elif at.day == 1 and month_end <= last:
            yield f"month:{at.year}-{at.month:02}"
            end = month_end
        else:
            yield f"day:{at:%Y-%m-%d}"
            end = at
        if end == date.max:
            return
        at = end + timedelta(days=1)


def _month_end(day: date) -> date:
    if day.month == _DECEMBER:
        return day.replace(day=31)
    return day.replace(month=day.month + 1, day=1) - timedelta(days=1)
