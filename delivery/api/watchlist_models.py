"""What the API tells of watchlists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from delivery.api.models import Article, OutsideText
from delivery.api.parameters import NO_CONTROLS, NO_CONTROLS_IN_LINES
from delivery.watching.trying import Trial as TriedOut
from delivery.watchlists import passages, query
from storage import records
from storage.records import MatchKind


class Watchlist(BaseModel):
    """A saved query, with how much it has found."""

    id: int = Field(examples=[1])
    name: OutsideText = Field(examples=["withdrawal"])
    query: OutsideText = Field(examples=["iran AND withdraw*"])
    is_paused: bool
    tells_copies: bool = Field(description="Whether later copies of a story are told too.")
    copy_outlets: list[str] = Field(description="Outlets whose copies are told all the same.", examples=[["jpost"]])
    created_at: AwareDatetime
    updated_at: AwareDatetime
    stories: int = Field(description="Matches that are no copies.", examples=[12])
    articles: int = Field(description="All matches.", examples=[40])
    newest_at: AwareDatetime | None

    @classmethod
    def of(cls, each: records.Watchlist, count: records.WatchlistCount | None) -> Self:
        """From what is stored."""
        return cls(
            id=each.id,
            name=each.name,
            query=each.query,
            is_paused=each.is_paused,
            tells_copies=each.tells_copies,
            copy_outlets=list(each.copy_outlets),
            created_at=each.created_at,
            updated_at=each.updated_at,
            stories=count.stories if count else 0,
            articles=count.articles if count else 0,
            newest_at=count.newest_at if count else None,
        )


class WatchlistFeeds(BaseModel):
    """Where the feeds of a watchlist are. Whoever knows these addresses may read them."""

    rss: str = Field(examples=["/feeds/watchlists/6m0tWcyHLqTzHh2ZbqXk1c3VY2pQf0aS.rss"])
    atom: str = Field(examples=["/feeds/watchlists/6m0tWcyHLqTzHh2ZbqXk1c3VY2pQf0aS.atom"])
    json_feed: str = Field(examples=["/feeds/watchlists/6m0tWcyHLqTzHh2ZbqXk1c3VY2pQf0aS.json"])

    @classmethod
    def of(cls, token: str) -> Self:
        """Of the watchlist that has this token."""
        path = f"/feeds/watchlists/{token}"
        return cls(rss=f"{path}.rss", atom=f"{path}.atom", json_feed=f"{path}.json")


class SavedWatchlist(Watchlist):
    """A watchlist that was just saved, with the secret addresses of its feeds."""

    feeds: WatchlistFeeds

    @classmethod
    def saved(cls, each: records.Watchlist) -> Self:
        """From what is stored."""
        return cls(**Watchlist.of(each, None).model_dump(), feeds=WatchlistFeeds.of(each.token))


Name = Annotated[str, Field(min_length=1, max_length=80, pattern=NO_CONTROLS, examples=["withdrawal"])]
QueryText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4_000,
        pattern=NO_CONTROLS_IN_LINES,
        description="A query, as docs/watchlists.md tells.",
        examples=["iran AND (withdraw* OR @hezbollah)"],
    ),
]
CopyOutlets = Annotated[
    list[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,80}$")]],
    Field(max_length=200, description="Keys of outlets whose copies are told all the same.", examples=[["jpost"]]),
]


class WatchlistWanted(BaseModel):
    """A watchlist to be saved."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    query: QueryText
    tells_copies: bool = Field(default=False, description="Whether later copies of a story are told too.")
    copy_outlets: CopyOutlets = []


class WatchlistChange(BaseModel):
    """What is to be changed of a watchlist; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    query: QueryText | None = None
    tells_copies: bool | None = Field(default=None, examples=[True])
    copy_outlets: CopyOutlets | None = None
    is_paused: bool | None = Field(default=None, examples=[False])


class PastWanted(BaseModel):
    """How much of the past is to be told."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=30, ge=1, le=365, examples=[30])


class Delivered(BaseModel):
    """What telling the past came to."""

    answer: int = Field(description="Articles of the time that answer.", examples=[40])
    new: int = Field(description="Those of them that were told now.", examples=[12])


class WatchlistList(BaseModel):
    """Watchlists, by name."""

    items: list[Watchlist]
    next_after_id: int | None = Field(description="The after_id of the next page; null on the last.", examples=[5])


class AlsoAt(BaseModel):
    """A later copy of a story that was told."""

    matched_at: AwareDatetime
    article: Article


class Told(BaseModel):
    """One match that was told."""

    id: int
    kind: MatchKind = Field(description="How the article came to answer.")
    revision: int = Field(description="The first revision that answered.")
    matched_at: AwareDatetime
    story: int | None = Field(description="Its story when it matched.")
    copy_of: int | None = Field(description="Of a copy: the article that was told first.")
    article: Article
    also_at: list[AlsoAt]


class MatchPage(BaseModel):
    """A page of matches."""

    items: list[Told]
    next_before_id: int | None = Field(description="Goes on with this before_id; null at the end.")


class PassagePart(BaseModel):
    """A piece of a passage."""

    text: OutsideText
    marked: bool = Field(description="Whether it is what answered.")


class Passage(BaseModel):
    """Where an article answers."""

    field: query.TextField
    parts: list[PassagePart]


class Why(BaseModel):
    """A watchlist that an article answers."""

    watchlist_id: int
    name: OutsideText
    kind: MatchKind
    revision: int
    matched_at: AwareDatetime
    passages: list[Passage] = Field(description="Empty where it answers by facts alone, or the query was changed.")


class WhyList(BaseModel):
    """Watchlists that an article answers."""

    items: list[Why]
    next_after_id: int | None = Field(description="The after_id of the next page; null on the last.", examples=[5])


class Remark(BaseModel):
    """Something to know of a query that can be read."""

    sentence: OutsideText
    start: int = Field(description="First character, from 0.")
    end: int


class ReadQuery(BaseModel):
    """A query with what is to be said of it."""

    text: OutsideText
    remarks: list[Remark]


class DayCount(BaseModel):
    """Hits of a day."""

    day: date
    count: int


class Sample(BaseModel):
    """An article that answers."""

    article_id: int
    outlet: str
    title: OutsideText
    first_seen_at: datetime
    passages: list[Passage]


class Trial(BaseModel):
    """What a query would have found."""

    query: ReadQuery
    since: AwareDatetime
    until: AwareDatetime
    by_day: list[DayCount]
    looked_at: int = Field(description="Articles with the words that it needs.")
    found: int
    is_cut: bool = Field(description="Whether older articles were left out.")
    samples: list[Sample]


def passage(given: passages.Passage) -> Passage:
    """From the passage as it was cut."""
    return Passage(
        field=given.field, parts=[PassagePart(text=part.text, marked=part.is_marked) for part in given.parts]
    )


def remark(given: query.Remark) -> Remark:
    """From the remark with its place."""
    return Remark(sentence=given.sentence, start=given.place.start, end=given.place.end)


def trial(read: ReadQuery, tried: TriedOut) -> Trial:
    """From what was tried out."""
    return Trial(
        query=read,
        since=tried.since,
        until=tried.until,
        by_day=[DayCount(day=day, count=count) for day, count in tried.by_day],
        looked_at=tried.looked_at,
        found=tried.found,
        is_cut=tried.is_cut,
        samples=[
            Sample(
                article_id=each.text.article_id,
                outlet=each.text.outlet_key,
                title=each.text.title,
                first_seen_at=each.text.first_seen_at,
                passages=[passage(p) for p in each.passages],
            )
            for each in tried.samples
        ],
    )
