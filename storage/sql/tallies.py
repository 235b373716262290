"""How many articles each outlet brought, in all and on each day (UTC), and how soon they were found.

Counted in the transaction that stores them, so that a list of a thousand outlets reads a row a day and not an article.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import Delay
from storage.sql.schema import article_days, article_totals

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticle:
    """A new article: whose, when it was first seen, and how long after it came out, where that is known."""

    outlet_key: str
    at: datetime
    delay: Delay | None
    is_news: bool = True  # what is none is of no day


def day_of(at: datetime) -> int:
    """The day of UTC, as days since 1970."""
    return int(at.astimezone(UTC).timestamp() // _DAY_S)


def count_new(connection: Connection, new: Iterable[NewArticle]) -> None:
    """Adds new articles to the counts; rows are written in the order of their keys."""
    totals: dict[str, int] = defaultdict(int)
    days: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for article in new:
        totals[article.outlet_key] += 1
        if not article.is_news:
            continue
        row = days[article.outlet_key, day_of(article.at)]
        row[0] += 1
        if article.delay is not None:
            row[1] += 1
            row[2] += round(article.delay.least.total_seconds())
            row[3] += round(article.delay.most.total_seconds())
    if not totals:
        return
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert
    added = insert(article_totals)
    more = {"articles": article_totals.c.articles + added.excluded.articles}
    rows = [{"outlet_key": key, "articles": number} for key, number in sorted(totals.items())]
    connection.execute(added.on_conflict_do_update(index_elements=["outlet_key"], set_=more), rows)
    added = insert(article_days)
    names = ("articles", "timed", "least_s", "most_s")
    more = {name: article_days.c[name] + added.excluded[name] for name in names}
    rows = [
        {"outlet_key": key, "day": day, **dict(zip(names, numbers, strict=True))}
        for (key, day), numbers in sorted(days.items())
    ]
    if rows:
        connection.execute(added.on_conflict_do_update(index_elements=["outlet_key", "day"], set_=more), rows)


def totals_query() -> Select[str, int]:
    """How many articles each outlet has."""
    return select(article_totals.c.outlet_key, article_totals.c.articles)


def total_of_all(connection: Connection) -> int:
    """How many articles there are."""
    return int(connection.execute(select(func.coalesce(func.sum(article_totals.c.articles), 0))).scalar_one())


def days_of(connection: Connection, outlet_key: str, now: datetime, days: int) -> list[int]:
    """Articles of an outlet on each of the last days, today last."""
    first = day_of(now) - days + 1
    query = select(article_days.c.day, article_days.c.articles)
    query = query.where(article_days.c.outlet_key == outlet_key, article_days.c.day >= first)
    found = {day - first: number for day, number in connection.execute(query)}
    return [found.get(place, 0) for place in range(days)]
