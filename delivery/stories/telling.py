"""A story in the form in which it is told: the article that copies are measured by, and each copy against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.passages import Comparison, compare
from storage.records import Copy, Precision, Story, StoryArticle, StoryOrigin

#: So many copies of one story are compared word by word; of more, only the share of words is told.
MAX_COMPARED = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCopy:
    """One further article of a story."""

    article: StoryArticle
    share: float | None  # of the measure's words that stand in it, 0 to 1; None: not known
    later: timedelta  # than the measure; negative: before it
    days_later: int  # by the calendar, in UTC
    is_by_date: bool  # whether the outlets' dates tell both; else they tell when each was seen
    comparison: Comparison | None = None  # None: was not compared


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStory:
    """A story with its origin; `measure` is the origin's own article, else the one that was seen first."""

    story: Story
    origin: StoryOrigin
    measure: StoryArticle
    copies: tuple[ToldCopy, ...]

    @property
    def outlets(self) -> int:
        """How many outlets have it."""
        return len({article.outlet_key for article in self.story.articles})

    @property
    def outlet_names(self) -> dict[int, str]:
        """Name of the outlet of each article, by its id."""
        return {article.article_id: article.outlet_name for article in self.story.articles}

    def copy_of(self, article_id: int) -> ToldCopy | None:
        """One of its copies by its article's id; None for the measure."""
        return next((copy for copy in self.copies if copy.article.article_id == article_id), None)


def tell(story: Story, origin: StoryOrigin, bodies: Mapping[int, str] | None = None) -> ToldStory:
    """A story as it is told. With `bodies`, the newest text by article, copies are compared word by word."""
    measure = next((a for a in story.articles if a.article_id == origin.article_id), story.articles[0])
    others = [article for article in story.articles if article is not measure]
    text = (bodies or {}).get(measure.article_id)
    return ToldStory(
        story=story,
        origin=origin,
        measure=measure,
        copies=tuple(
            _copy(article, measure, story, _compared(text, bodies, article) if at < MAX_COMPARED else None)
            for at, article in enumerate(others)
        ),
    )


def _compared(text: str | None, bodies: Mapping[int, str] | None, article: StoryArticle) -> Comparison | None:
    body = (bodies or {}).get(article.article_id)
    return compare(text, body) if text and body else None


def _copy(article: StoryArticle, measure: StoryArticle, story: Story, comparison: Comparison | None) -> ToldCopy:
    pair = next((copy for copy in story.copies if _is_of(copy, article.article_id, measure.article_id)), None)
    share = comparison.share if comparison else pair.share_in(measure.article_id) if pair else None
    one, other, is_by_date = _times(measure, article)
    return ToldCopy(
        article=article,
        share=share,
        later=other - one,
        days_later=(other.date() - one.date()).days,
        is_by_date=is_by_date,
        comparison=comparison,
    )


def _is_of(copy: Copy, one: int, other: int) -> bool:
    return {copy.article_id, copy.other_id} == {one, other}


def _times(one: StoryArticle, other: StoryArticle) -> tuple[datetime, datetime, bool]:
    """When both came out, as their outlets say, where both say it to the minute; else when each was seen."""
    dates = [article.published for article in (one, other)]
    if all(date is not None and date.precision is not Precision.DAY for date in dates):
        first, second = (date.at for date in dates if date is not None)
        return first, second, True
    return one.first_seen_at, other.first_seen_at, False
