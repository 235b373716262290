"""What the API tells of a search."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from delivery.api import shaping
from delivery.api.models import Answer, Article, StoryRef
from delivery.api.watchlist_models import DayCount, Passage, Remark, passage
from delivery.searching.searcher import FoundArticle
from storage.records import Tally


class SearchItem(Article):
    """An article that answers."""

    passages: list[Passage] = Field(description="Where it does, marked; empty where it answers by facts alone.")


class OutletCount(Answer):
    """Articles of an outlet among those counted."""

    outlet: str = Field(description="Its key.", examples=["jpost"])
    count: int = Field(examples=[12])


class LanguageCount(Answer):
    """Articles in a language among those counted."""

    language: str | None = Field(description="ISO 639-1; null where it is not known.", examples=["en"])
    count: int = Field(examples=[12])


class Counts(Answer):
    """How much answers; beyond some thousands the newest are counted and the rest is estimated."""

    total: int = Field(description="All there are, as far as is known.", examples=[4_711])
    is_estimate: bool = Field(description="Whether the total is worked out from how dense the newest are.")
    is_most: bool = Field(description="Whether some of what is counted may not answer: only each page is exact then.")
    counted: int = Field(description="The newest, to which outlets, languages and days refer.", examples=[4_711])
    outlets: list[OutletCount] = Field(description="The most first.")
    languages: list[LanguageCount] = Field(description="The most first.")
    days: list[DayCount] = Field(description="UTC, as published (first seen, where no date is known), in order.")


class SearchPage(Answer):
    """Some of the articles that answer."""

    items: list[SearchItem]
    next_before_id: int | None = Field(description="By time: goes on with this before_id; null at the end.")
    next_offset: int | None = Field(description="By rank: goes on with this offset; null at the end.")
    counts: Counts | None = Field(description="Only where asked for.")
    remarks: list[Remark] = Field(description="What is to be said of how the query was read.")


def found_article(found: FoundArticle, story: StoryRef | None) -> SearchItem:
    """From what was found."""
    told = shaping.article(found.article, story)
    return SearchItem(**dict(told), passages=[passage(each) for each in found.passages])


def counted(tally: Tally, *, is_exact: bool) -> Counts:
    """From what was counted; the most first, those of as many by name."""
    outlets = sorted(tally.outlets.items(), key=lambda pair: (-pair[1], pair[0]))
    languages = sorted(tally.languages.items(), key=lambda pair: (-pair[1], pair[0] or ""))
    days: list[tuple[date, int]] = sorted(tally.days.items())
    return Counts(
        total=tally.estimate,
        is_estimate=not tally.is_whole,
        is_most=not is_exact,
        counted=tally.count,
        outlets=[OutletCount(outlet=key, count=count) for key, count in outlets],
        languages=[LanguageCount(language=language, count=count) for language, count in languages],
        days=[DayCount(day=day, count=count) for day, count in days],
    )
