"""Why an article answered a watchlist: the passages, from what is stored now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from delivery.watching.originality import Originality, asks_for_story
from delivery.watching.subjects import subject_of_revision
from delivery.watching.trying import Past
from delivery.watchlists.entities import Entity
from delivery.watchlists.parsing import parse
from delivery.watchlists.passages import Passage, passages_of
from delivery.watchlists.query import Query, QueryError
from storage.errors import UnknownWatchlist
from storage.ports import MatchBook, OutletBook, WatchlistBook
from storage.records import ArticleDetail, Match, Outlet, Revision, Watchlist


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A match with the watchlist that it answers, and the passages that did."""

    watchlist: Watchlist
    match: Match
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains matches. All that it is asked for is read anew; safe for several threads."""

    watchlists: WatchlistBook
    matches: MatchBook
    outlets: OutletBook
    originality: Originality
    entities: Callable[[], Mapping[str, Entity]]

    @property
    def past(self) -> Past:
        """What queries are tried on."""
        return Past(matches=self.matches, originality=self.originality)

    def query(self, text: str) -> Query:
        """Reads a query by the entities and outlets there are. Raises QueryError."""
        return self._read(text, self.outlets.outlets())

    def passages(self, query: Query, detail: ArticleDetail, revision: Revision) -> list[Passage]:
        """Where a revision answers a query; empty where it does not, or by facts alone."""
        return self._passages(query, detail, revision, self.outlets.outlets())

    def passages_of_match(self, watchlist_id: int, detail: ArticleDetail, number: int) -> list[Passage]:
        """Where the revision of that number answered a watchlist; empty where the watchlist or its entity is gone."""
        try:
            watchlist = self.watchlists.watchlist(watchlist_id)
        except UnknownWatchlist:
            return []
        return self._passages_now(watchlist, detail, number, self.outlets.outlets())

    def why(self, detail: ArticleDetail, limit: int | None = None, after_id: int = 0) -> list[Why]:
        """Matches of an article with their passages, all unless there is a limit; `after_id`, of a match, goes on."""
        found = self.matches.matches_of(detail.summary.id, limit, after_id)
        outlets = self.outlets.outlets() if found else []
        told = []
        for match in found:
            watchlist = self.watchlists.watchlist(match.watchlist_id)
            passages = self._passages_now(watchlist, detail, match.revision, outlets)
            told.append(Why(watchlist=watchlist, match=match, passages=tuple(passages)))
        return told

    def _read(self, text: str, outlets: Sequence[Outlet]) -> Query:
        return parse(text, self.entities(), {outlet.key: outlet.name for outlet in outlets})

    def _passages_now(
        self, watchlist: Watchlist, detail: ArticleDetail, number: int, outlets: Sequence[Outlet]
    ) -> list[Passage]:
        revision = next((each for each in detail.revisions if each.number == number), detail.revisions[0])
        try:
            return self._passages(self._read(watchlist.query, outlets), detail, revision, outlets)
        except QueryError:
            return []

    def _passages(
        self, query: Query, detail: ArticleDetail, revision: Revision, outlets: Sequence[Outlet]
    ) -> list[Passage]:
        key, number = detail.summary.outlet_key, detail.summary.id
        country = next((outlet.country for outlet in outlets if outlet.key == key), None)
        is_origin = not (asks_for_story(query) and self.originality.copies_among([number]))
        return passages_of(query, subject_of_revision(detail, revision, country=country, is_origin=is_origin))
