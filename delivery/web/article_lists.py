"""Articles as lists group them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from delivery.web.wording import day_heading
from storage.records import ArticleSummary


def by_day(articles: Sequence[ArticleSummary], now: datetime) -> list[tuple[str, list[ArticleSummary]]]:
    """Articles that come newest first, under the heading of the day on which each was found."""
    groups = groupby(articles, key=lambda each: day_heading(each.first_seen_at, now))
    return [(heading, list(group)) for heading, group in groups]
