"""How well an outlet is read over time: shares of articles with a byline and a date, and their length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from storage.records import ArticleFigures

_MOST_DAYS, _MOST_WEEKS = 28, 26


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRates:
    """Values by day or week, the oldest first; None where there was no article."""

    step: str  # "day" or "week"
    first: date  # the day on which the first of them begins
    articles: int
    byline: tuple[int | None, ...]  # per cent of articles
    dated: tuple[int | None, ...]  # per cent
    words: tuple[int | None, ...]  # the median


def fill_rates(figures: Sequence[ArticleFigures], now: datetime) -> FillRates | None:
    """Of an outlet's newest articles; by day where they reach back no more than four weeks, else by week.

    None without articles. What is older than half a year is left out.
    """
    today = now.astimezone(UTC).date()
    days = [(row.first_seen_at.astimezone(UTC).date(), row) for row in figures]
    oldest = min((day for day, _ in days), default=today)
    is_daily = today - oldest < timedelta(days=_MOST_DAYS)
    size, most = (1, _MOST_DAYS) if is_daily else (7, _MOST_WEEKS)
    count = min(most, (today - oldest).days // size + 1)
    buckets: dict[int, list[ArticleFigures]] = defaultdict(list)
    for day, row in days:
        if 0 <= (ago := (today - day).days // size) < count:
            buckets[count - 1 - ago].append(row)
    if not buckets:
        return None
    places = [buckets.get(place, []) for place in range(count)]
    return FillRates(
        step="day" if is_daily else "week",
        first=today - timedelta(days=size * count - 1),
        articles=sum(map(len, places)),
        byline=tuple(_share([row.authors > 0 for row in rows]) for rows in places),
        dated=tuple(_share([row.precision is not None for row in rows]) for rows in places),
        words=tuple(round(median(row.words for row in rows)) if rows else None for rows in places),
    )


def _share(have: Sequence[bool]) -> int | None:
    return round(100 * sum(have) / len(have)) if have else None
