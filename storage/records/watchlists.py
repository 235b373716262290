"""Watchlists, the articles that answered them, and what a query is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from storage.records.moments import Moment
from storage.records.vocabulary import MatchKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    """A saved query."""

    id: int  # never given out twice
    name: str
    query: str
    token: str = field(repr=False)  # the secret in its feeds' addresses
    tells_copies: bool  # whether later copies of a story are told too
    copy_outlets: tuple[str, ...]  # whose copies are told all the same
    is_paused: bool
    created_at: datetime
    updated_at: datetime
    since_seq: int  # only events after this one are held against it


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """One revision of an article, with all that a query may ask for."""

    article_id: int
    revision: int
    event_seq: int  # of the event that told of it; 0: none, it was read from the archive
    title: str
    authors: tuple[str, ...]
    body: str
    published: Moment | None
    first_seen_at: datetime
    outlet_key: str
    country: str | None  # of its outlet
    language: str | None

    @property
    def at(self) -> datetime:
        """When it was published, or first seen where no date is known."""
        return self.published.at if self.published else self.first_seen_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One revision of an article, and the watchlists that it answers."""

    article_id: int
    revision: int
    outlet_key: str
    watchlists: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An article that answers a watchlist: one for each pair of the two, whatever revisions follow."""

    id: int
    watchlist_id: int
    article_id: int
    revision: int  # the first one that answered
    kind: MatchKind
    is_told: bool  # False: a copy that was only appended to the story's first match
    lead_article_id: int | None  # of a copy: the article of the story that was told first
    story_id: int | None  # when it matched
    matched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistCount:
    """How much a watchlist has found."""

    stories: int  # matches that are no copies
    articles: int
    newest_at: datetime | None
