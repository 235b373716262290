"""Watchlists and the articles that answer them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import ArticleText, Event, Found, Match, Wanted, Watchlist, WatchlistCount


class WatchlistBook(Protocol):
    """Saved queries. `by` is who changes one, for the event that tells of it."""

    def add(
        self,
        *,
        name: str,
        query: str,
        token: str,
        now: datetime,
        tells_copies: bool = False,
        copy_outlets: Sequence[str] = (),
        by: str = "command",
    ) -> Watchlist:
        """Adds a watchlist, against which all is held that is stored from now on. Raises WatchlistExists."""

    def edit(
        self,
        watchlist_id: int,
        *,
        now: datetime,
        name: str | None = None,
        query: str | None = None,
        token: str | None = None,
        tells_copies: bool | None = None,
        copy_outlets: Sequence[str] | None = None,
        is_paused: bool | None = None,
        by: str = "command",
    ) -> Watchlist:
        """Changes what is given. One that is resumed is held against what is stored from then on.

        Raises UnknownWatchlist and WatchlistExists.
        """

    def remove(self, watchlist_id: int, now: datetime, by: str = "command") -> None:
        """Removes a watchlist with its matches, and pauses channels bound to no other. Raises UnknownWatchlist."""

    def watchlists(self) -> list[Watchlist]:
        """All of them, by name."""

    def version(self) -> tuple[int, ...]:
        """Another one whenever a watchlist was added, changed or removed."""

    def watchlist(self, watchlist_id: int) -> Watchlist:
        """Raises UnknownWatchlist."""

    def named(self, name: str) -> Watchlist:
        """Raises UnknownWatchlist."""

    def by_token(self, token: str) -> Watchlist:
        """Raises UnknownWatchlist."""


class MatchBook(Protocol):
    """Which articles answered which watchlists."""

    def cursor(self) -> int:
        """The last event that has been held against the watchlists, with all before it."""

    def texts(self, told: Sequence[Event]) -> list[ArticleText]:
        """The revisions that events (`article.stored`, `article.revised`) tell of, in their order."""

    def past(
        self, *, since: datetime, until: datetime, before_id: int | None, limit: int, wanted: Wanted | None = None
    ) -> list[ArticleText]:
        """The newest revisions of articles that were first seen in a time, newest first by id; `before_id` goes on.

        With `wanted` only those that have these words.
        """

    def record(self, found: Sequence[Found], *, after: int, upto: int, now: datetime) -> bool:
        """Stores matches with their events and moves the cursor from `after` to `upto`, in one transaction. False when
        another follower has moved it; nothing is stored then.

        Of a story only the first article is told, unless the watchlist asks for copies, or for its outlet's.
        """

    def record_past(self, found: Sequence[Found], now: datetime, by: str = "command") -> int:
        """Stores matches of the past, told as such, by the same rules; how many were new. `by` is who asked."""

    def matches(self, watchlist_id: int, limit: int, before_id: int | None = None) -> list[Match]:
        """What is told of a watchlist, newest first; `before_id` goes on."""

    def appended(self, watchlist_id: int, lead_article_ids: Sequence[int]) -> Mapping[int, list[Match]]:
        """Copies by the article of their story that was told first, in the order in which they came."""

    def matches_of(self, article_id: int, limit: int | None = None, after_id: int = 0) -> list[Match]:
        """Matches of one article by id, all unless there is a limit; `after_id` goes on."""

    def answered(self, article_ids: Collection[int]) -> Mapping[int, Mapping[int, int]]:
        """By article, of those that answer any: the watchlists, each with the first revision that answered it."""

    def counts(self, watchlist_id: int | None = None) -> Mapping[int, WatchlistCount]:
        """How much each watchlist, or that one, has found, by its id."""
