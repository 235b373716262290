"""Searching a store as all of Presswatch does, for tests of whatever room."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine

from crawler.discovery.urls import registrable_domain
from delivery.searching.asking import Filters
from delivery.searching.searcher import Searcher
from delivery.watching.explaining import Explainer
from delivery.watching.originality import Originality
from delivery.watchlists.entities import Entity, read_entities
from delivery.watchlists.shipped import shipped_entities
from storage.sql.library import SqlLibrary
from storage.sql.matches import SqlMatchBook
from storage.sql.origins import SqlOriginBook
from storage.sql.outlets import SqlOutletBook
from storage.sql.search import SqlSearchBook
from storage.sql.search_index import SqlSearchIndex
from storage.sql.stories import SqlStoryBook
from storage.sql.watchlists import SqlWatchlistBook


def searcher_on(engine: Engine, entities: Mapping[str, Entity] | None = None) -> Searcher:
    """A searcher over a database, with the shipped entities unless others are given."""
    known = read_entities(shipped_entities()) if entities is None else entities
    return Searcher(
        book=SqlSearchBook(engine),
        library=SqlLibrary(engine, 900),
        index=SqlSearchIndex(engine),
        explainer=Explainer(
            watchlists=SqlWatchlistBook(engine),
            matches=SqlMatchBook(engine),
            outlets=SqlOutletBook(engine, registrable_domain),
            originality=Originality(
                stories=SqlStoryBook(engine), origins=SqlOriginBook(engine, [], registrable_domain)
            ),
            entities=lambda: known,
        ),
    )


def found(engine: Engine, text: str, filters: Filters | None = None) -> list[int]:
    """Ids of all articles that a search finds, in order of their ids."""
    searcher = searcher_on(engine)
    search = searcher.search(text, filters)
    return sorted(text.article_id for batch in searcher.answering(search) for text in batch)
