"""What the API answers with about authors."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from delivery.api.models import Answer, OutletName, OutsideText
from delivery.authors import Beat, Counted, ToldAuthor


class Count(Answer):
    """How often something stands over articles."""

    name: OutsideText = Field(examples=["Anna Ahronheim"])
    articles: int = Field(examples=[12])

    @classmethod
    def all_of(cls, counted: Counted) -> list[Self]:
        """From pairs, in their order."""
        return [cls(name=name, articles=number) for name, number in counted]


class AuthorBeat(Answer):
    """What an author writes at one outlet."""

    outlet: OutletName
    articles: int = Field(examples=[12])
    spellings: list[Count]
    subjects: list[Count] = Field(description="Sections and tags of the newest articles.")

    @classmethod
    def of(cls, beat: Beat) -> Self:
        """From what was counted."""
        return cls(
            outlet=OutletName(key=beat.outlet_key, name=beat.outlet_name),
            articles=beat.articles,
            spellings=Count.all_of(beat.spellings),
            subjects=Count.all_of(beat.subjects),
        )


class Author(Answer):
    """Somebody whom articles name as their author."""

    name: OutsideText = Field(description="The most frequent spelling.", examples=["Anna Ahronheim"])
    articles: int = Field(examples=[40])
    is_whole: bool = Field(description="Whether all articles were counted; else the newest 5,000 of each spelling.")
    spellings: list[Count] = Field(description="Names that count as the same.")
    beats: list[AuthorBeat] = Field(description="By outlet, the one with most articles first.")

    @classmethod
    def of(cls, told: ToldAuthor) -> Self:
        """From what was counted."""
        return cls(
            name=told.name,
            articles=told.articles,
            is_whole=told.is_whole,
            spellings=Count.all_of(told.spellings),
            beats=[AuthorBeat.of(beat) for beat in told.beats],
        )
