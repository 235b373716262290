"""What the API answers with about changes."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from delivery.api.models import Answer, OutsideText
from storage.diff.words import Edit
from storage.records import AbsenceKind, ChangeKind, Difference

_TIME = "2020-05-09T16:00:05Z"


class Change(Answer):
    """Something that an outlet changed of a stored article, or that it is not there any more, or there again."""

    id: int = Field(examples=[31])
    at: datetime = Field(description="When it was seen.", examples=[_TIME])
    kind: ChangeKind
    outlet_key: str = Field(examples=["jpost"])
    article_id: int = Field(examples=[7])
    url: str = Field(examples=["https://www.jpost.com/middle-east/article-1"])
    title: OutsideText = Field(description="Of the revision then.", examples=["Iran withdraws from Syria"])
    revision: int = Field(description="That it made, or that was the newest then.", examples=[2])
    differences: list[Difference] = Field(description="From the revision before.", examples=[["headline", "body"]])
    is_stealth: bool = Field(description="Words changed, and neither a new modified date nor a correction says so.")
    absence: AbsenceKind | None = Field(description="What stands there instead, of what vanished.")
    detail: OutsideText | None = Field(examples=["answered 404"])
    capture_id: int | None = Field(description="Of the answer that shows it.", examples=[12])


class ChangePage(Answer):
    """Some changes, newest first."""

    items: list[Change]
    next_before_id: int | None = Field(description="The before_id of the next page; null on the last.", examples=[30])


class DiffSpan(Answer):
    """Words with one fate."""

    edit: Edit
    text: OutsideText


class TextDiff(Answer):
    """Two texts as spans: without the added ones the old text, without the removed ones the new."""

    spans: list[DiffSpan]
    added: int = Field(description="Words.", examples=[3])
    removed: int = Field(description="Words.", examples=[1])
    is_whole: bool = Field(description="False where the texts are too long or too different to be compared finely.")


class RevisionDiff(Answer):
    """What a later revision changed against an earlier one."""

    article_id: int = Field(examples=[7])
    old: int = Field(description="Number of the earlier revision.", examples=[1])
    new: int = Field(description="Number of the later one.", examples=[2])
    differences: list[Difference]
    is_stealth: bool
    headline: TextDiff
    text: TextDiff
