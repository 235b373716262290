"""How well an outlet is read, lately and before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from control.quality import quality_of
from storage.records import ArticleFigures

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def articles(count: int, days_ago: int, **changes: object) -> list[ArticleFigures]:
    values = {"words": 400, "authors": 1, "precision": "minute", "language": "en", "marks": ()} | changes
    return [ArticleFigures(first_seen_at=NOW - timedelta(days=days_ago), **values) for _ in range(count)]


def test_shares_are_per_cent_of_each_period():
    quality = quality_of([*articles(3, 1), *articles(1, 1, authors=0, precision="day"), *articles(2, 20)], NOW)
    assert (quality.lately.articles, quality.lately.byline, quality.lately.time) == (4, 75, 75)
    assert (quality.before.articles, quality.before.byline) == (2, 100)


def test_a_fall_is_told():
    quality = quality_of([*articles(10, 1, authors=0, words=60), *articles(50, 20)], NOW)
    assert quality.drift == (
        "byline fell from 100% to 0%",
        "short texts rose from 0% to 100%",
        "the median text went from 400 to 60 words",
    )


def test_few_articles_say_nothing_of_drift():
    assert quality_of([*articles(4, 1, authors=0), *articles(50, 20)], NOW).drift == ()


def test_what_is_partial_or_a_gallery_is_not_short():
    assert quality_of(articles(5, 1, words=20, marks=("partial",)), NOW).lately.short == 0


def test_nothing_stored():
    assert quality_of([], NOW).lately.byline is None
