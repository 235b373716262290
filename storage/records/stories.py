"""Stories: articles that carry the same text, and how much of each stands in the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.moments import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """How much of two articles' newest texts is the same, an outlet's boilerplate left out of both."""

    article_id: int  # the one that was stored first: the lesser id
    other_id: int
    of_article: float  # share of the article's words that stand in the other, 0 to 1
    of_other: float  # share of the other's words that stand in the article: 1.0 with a low `of_article` is an excerpt
    words: int  # of the article that stand in the other

    def share_in(self, article_id: int) -> float:
        """Share of one of the two articles' words that stand in the other one."""
        return self.of_article if article_id == self.article_id else self.of_other


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryArticle:
    """One article of a story, as its newest revision has it."""

    article_id: int
    outlet_key: str
    outlet_name: str
    url: str
    title: str
    published: Moment | None
    first_seen_at: datetime
    language: str | None
    words: int  # of its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles that carry the same text. An article without copies is in no story."""

    id: int  # given out once, never to another story
    created_at: datetime
    updated_at: datetime  # when its articles changed last
    articles: tuple[StoryArticle, ...]  # by when they were seen first, then by id
    copies: tuple[Copy, ...]  # pairs that hold it together, by their ids; not every pair is compared in a large story


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySummary:
    """A story as lists show it."""

    id: int
    created_at: datetime
    updated_at: datetime
    articles: int
    outlets: int
    title: str  # of the article that was seen first
    first_article_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What one step of the follower did."""

    events: int  # of the log that were read
    articles: int  # whose stories were looked for
    cursor: int  # the last event that has been followed, with all before it
    is_current: bool  # whether nothing was left to follow
