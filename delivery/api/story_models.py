"""What the API answers with about stories."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from delivery.api.models import Answer, OriginClaim, OutletName, OutsideText, StoryRef, TimeTold

_TIME = "2020-05-11T09:20:05Z"


class Changes(Answer):
    """What a copy kept of the text that it is measured by, word for word."""

    words: int = Field(description="Of the text.", examples=[700])
    kept: int = Field(description="Of them that stand in the copy.", examples=[686])
    added: list[OutsideText] = Field(description="Passages that only the copy has.")
    cut: list[OutsideText] = Field(description="Passages that the copy does not have.")
    changed: list[list[OutsideText]] = Field(description="Sentences as the text has them, and as the copy does.")
    is_whole: bool = Field(description="Whether both were compared to their ends.")


class StoryMember(Answer):
    """One article of a story."""

    article_id: int = Field(examples=[7])
    outlet: OutletName
    url: str = Field(examples=["https://www.trackpersia.com/why-iran-may-be-leaving-syria/"])
    title: OutsideText
    published: TimeTold | None
    first_seen_at: datetime = Field(examples=[_TIME])
    words: int
    share: float | None = Field(
        description="Share of the words of the text it is measured by that stand in it; null where that is not known.",
        examples=[0.98],
    )
    later_s: int = Field(description="Seconds after the one it is measured by; negative: before.", examples=[150_000])
    is_by_date: bool = Field(description="Whether the outlets' own dates tell that, not when each was seen.")
    summary: OutsideText = Field(examples=["Track Persia, two days later, 98% of the words, adds 2 sentences"])
    changes: Changes | None = Field(description="Null in lists, and where there are too many copies.")


class Story(StoryRef):
    """Articles that carry the same text."""

    created_at: datetime = Field(examples=[_TIME])
    updated_at: datetime = Field(description="When its articles changed last.", examples=[_TIME])
    summary: OutsideText = Field(examples=["Origin: The Jerusalem Post. Also at: Track Persia, two days later"])
    measure: StoryMember = Field(
        description="The origin's own article, else the one seen first; others are measured by it."
    )
    copies: list[StoryMember]


class StoryWhole(Story):
    """A story with all claims of whose text it is."""

    claims: list[OriginClaim] = Field(description="Claims that lead to the origin, the strongest first.")
    disputed: list[OriginClaim] = Field(description="Claims that name another, the strongest first.")


class StoryPage(Answer):
    """Some stories, newest first."""

    items: list[Story]
    next_before_id: int | None = Field(description="The before_id of the next page; null on the last.", examples=[120])
