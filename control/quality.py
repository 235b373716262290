"""How well an outlet is read: figures of its stored articles, lately and before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from storage.records import ArticleFigures

LATELY = timedelta(days=7)
_FEW = 5  # articles on either side, below which nothing is said of drift
_FALL = 25  # points that a share must fall, or rise where less is better
_FACTOR = 2.0  # by which the median of words must change
_SHORT_WORDS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Figures of some articles; shares in per cent, None where there are none."""

    articles: int
    byline: int | None = None
    date: int | None = None
    time: int | None = None  # with the time of day
    language: int | None = None
    short: int | None = None  # under 80 words, and not marked as partial or a gallery
    median_words: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """An outlet's figures: the last seven days, all that is older, and what changed for the worse."""

    lately: Period
    before: Period
    drift: tuple[str, ...]


def quality_of(figures: Iterable[ArticleFigures], now: datetime) -> Quality:
    """Compares what was stored in the last seven days with what was stored before."""
    rows = list(figures)
    lately = _period([row for row in rows if row.first_seen_at >= now - LATELY])
    before = _period([row for row in rows if row.first_seen_at < now - LATELY])
    return Quality(lately=lately, before=before, drift=tuple(_drift(lately, before)))


def _period(rows: Sequence[ArticleFigures]) -> Period:
    if not rows:
        return Period(articles=0)
    whole = [row for row in rows if not {"partial", "gallery"} & set(row.marks)]

    def share(count: int) -> int:
        return round(100 * count / len(rows))

    return Period(
        articles=len(rows),
        byline=share(sum(row.authors > 0 for row in rows)),
        date=share(sum(row.precision is not None for row in rows)),
        time=share(sum(row.precision in {"minute", "second"} for row in rows)),
        language=share(sum(row.language is not None for row in rows)),
        short=share(sum(row.words < _SHORT_WORDS for row in whole)),
        median_words=round(median(row.words for row in rows)),
    )


def _drift(lately: Period, before: Period) -> Iterable[str]:
    if min(lately.articles, before.articles) < _FEW:
        return
    for name in ("byline", "date", "time", "language"):
        then, now = getattr(before, name), getattr(lately, name)
        if then - now >= _FALL:
            yield f"{name} fell from {then}% to {now}%"
    if (lately.short or 0) - (before.short or 0) >= _FALL:
        yield f"short texts rose from {before.short}% to {lately.short}%"
    then, now = before.median_words or 0, lately.median_words or 0
    if then and now and max(then / now, now / then) >= _FACTOR:
        yield f"the median text went from {then} to {now} words"
