"""Why an article answered a watchlist: the passages, from what is stored now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from storage.records import ArticleDetail, Match, Revision, Watchlist


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
        return parse(text, self.entities(), {outlet.key: outlet.name for outlet in self.outlets.outlets()})

    def passages(self, query: Query, detail: ArticleDetail, revision: Revision) -> list[Passage]:
        """Where a revision answers a query; empty where it does not, or by facts alone."""
        key = detail.summary.outlet_key
        country = next((outlet.country for outlet in self.outlets.outlets() if outlet.key == key), None)
        number = detail.summary.id
        is_origin = not (asks_for_story(query) and self.originality.copies_among([number]))
        return passages_of(query, subject_of_revision(detail, revision, country=country, is_origin=is_origin))

    def passages_of_match(self, watchlist_id: int, detail: ArticleDetail, number: int) -> list[Passage]:
        """Where the revision of that number answered a watchlist; empty where the watchlist or its entity is gone."""
        revision = next((each for each in detail.revisions if each.number == number), detail.revisions[0])
        try:
            return self.passages(self.query(self.watchlists.watchlist(watchlist_id).query), detail, revision)
        except (UnknownWatchlist, QueryError):
            return []

    def why(self, detail: ArticleDetail) -> list[Why]:
        """All matches of an article with their passages."""
        return [
            Why(
                watchlist=self.watchlists.watchlist(match.watchlist_id),
                match=match,
                passages=tuple(self.passages_of_match(match.watchlist_id, detail, match.revision)),
            )
            for match in self.matches.matches_of(detail.summary.id)
        ]
