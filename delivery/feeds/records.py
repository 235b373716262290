"""What a feed is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records import Moment, Precision, is_ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed without its entries. URLs are absolute, `updated` is aware UTC."""

    title: str
    home_url: str  # the page that shows the same
    self_url: str  # where this very document is found
    description: str
    updated: datetime  # when the newest change happened, not when it is rendered
    language: str = "en"  # of the feed's own words, BCP 47
    hubs: tuple[str, ...] = ()  # WebSub hubs that are told when it changes


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStory:
    """The story that an entry's article is part of."""

    id: int
    url: str  # of its page
    summary: str  # such as "Origin: The Jerusalem Post. Also at: Track Persia, two days later"
    origin: str  # the name of whose text it is, or of who was seen first
    origin_url: str | None  # of the origin's own article, else its home page
    is_seen_first: bool
    is_origin: bool  # whether the entry's article is the origin's own


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One article as a feed shows it. All text is plain text: a feed never passes on markup."""

    id: str  # a URN or tag URI that never changes, whatever happens to the title or the text
    url: str  # at the outlet
    title: str
    authors: tuple[str, ...]
    published: Moment | None
    first_seen_at: datetime
    updated_at: datetime
    outlet_name: str
    outlet_url: str
    text: str  # paragraphs, separated by blank lines
    language: str | None = None
    categories: tuple[str, ...] = ()  # section and tags
    story: FeedStory | None = None
    is_summary: bool = False  # whether `text` is only the beginning

    @property
    def dated(self) -> datetime:
        """The time for the entry's one date element.

        A feed's date has a time of day. Where the outlet told only a calendar day, a time would be made
        up, so the moment at which Presswatch first saw the article stands in for it. So it does for a date in the
        future, which readers would keep on top.
        """
        told = self.published
        if told is None or told.precision is Precision.DAY or is_ahead(told, self.first_seen_at):
            return self.first_seen_at
        return told.at
