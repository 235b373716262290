"""What a watchlist has found, for a reader: each story's first article, with the copies that came later."""

from __future__ import annotations

from dataclasses import dataclass

from storage.ports import Library, MatchBook
from storage.records import ArticleSummary, Match


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoAt:
    """A later copy of a story that was told."""

    match: Match
    article: ArticleSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One match that was told."""

    match: Match
    article: ArticleSummary
    also_at: tuple[AlsoAt, ...]


def told_of(
    watchlist_id: int, matches: MatchBook, library: Library, limit: int, before_id: int | None = None
) -> list[Told]:
    """What a watchlist was told of, newest first; `before_id` (of a match) goes on."""
    found = matches.matches(watchlist_id, limit, before_id)
    copies = matches.appended(watchlist_id, [match.article_id for match in found])
    ids = {match.article_id for match in found} | {copy.article_id for each in copies.values() for copy in each}
    articles = library.summaries(sorted(ids))
    return [
        Told(
            match=match,
            article=articles[match.article_id],
            also_at=tuple(
                AlsoAt(match=copy, article=articles[copy.article_id])
                for copy in copies.get(match.article_id, ())
                if copy.article_id in articles
            ),
        )
        for match in found
        if match.article_id in articles
    ]
