"""/api/v1/watchlists: saved queries and what answers them."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query

from delivery.api import shaping
from delivery.api.parameters import MAX_ID, NO_CONTROLS_IN_LINES, Before, Row
from delivery.api.problems import documented
from delivery.api.services import Reading, Services, Watching
from delivery.api.watchlist_models import (
    AlsoAt,
    MatchPage,
    ReadQuery,
    Told,
    Trial,
    Watchlist,
    WatchlistList,
    Why,
    WhyList,
    passage,
    remark,
    trial,
)
from delivery.watching.explaining import Explainer
from delivery.watching.results import told_of
from delivery.watching.trying import try_out
from delivery.watchlists import query as query_language
from delivery.watchlists.judging import remarks_on
from delivery.watchlists.query import QueryError
from storage import records
from storage.errors import UnknownWatchlist

router = APIRouter(prefix="/api/v1", tags=["watchlists"])

#: Articles with the words wanted that a trial looks at: some seconds.
MOST_TRIED = 3_000

WatchlistId = Annotated[int, Path(ge=1, le=MAX_ID, description="Id of a watchlist.", examples=[1])]
Days = Annotated[int, Query(ge=1, le=365, description="How far back to look.", examples=[30])]
QueryText = Annotated[
    str,
    Query(
        alias="q",
        max_length=4_000,
        pattern=NO_CONTROLS_IN_LINES,
        description="A query, as docs/watchlists.md tells.",
        examples=["iran AND (withdraw* OR @hezbollah)"],
    ),
]


@router.get("/watchlists", responses=documented(HTTPStatus.NOT_FOUND))
def list_watchlists(
    explainer: Watching,
    after_id: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Cursor: only those after this one.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 200,
) -> WatchlistList:
    """All watchlists, by name."""
    counts, found = explainer.matches.counts(), explainer.watchlists.watchlists()
    start = next((place for place, each in enumerate(found, 1) if each.id == after_id), 0)
    if after_id is not None and not start:
        raise UnknownWatchlist(f"there is no watchlist number {after_id}")
    items = [Watchlist.of(each, counts.get(each.id)) for each in found[start : start + limit]]
    return WatchlistList(items=items, next_after_id=items[-1].id if start + limit < len(found) else None)


@router.get("/watchlists/try", responses=documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND))
def try_query(services: Reading, explainer: Watching, query: QueryText, days: Days = 30) -> Trial:
    """Holds a query against the stored past; saves nothing."""
    return _tried(services, explainer, explainer.query(query), days)


@router.get("/watchlists/{watchlist_id}", responses=documented(HTTPStatus.NOT_FOUND))
def read_watchlist(explainer: Watching, watchlist_id: WatchlistId) -> Watchlist:
    """One watchlist with how much it has found."""
    found = explainer.watchlists.watchlist(watchlist_id)
    return Watchlist.of(found, explainer.matches.counts(watchlist_id).get(watchlist_id))


@router.get("/watchlists/{watchlist_id}/try", responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
def try_watchlist(services: Reading, explainer: Watching, watchlist_id: WatchlistId, days: Days = 30) -> Trial:
    """Holds a watchlist against the stored past, whatever it was told so far."""
    read = readable(explainer, explainer.watchlists.watchlist(watchlist_id))
    return _tried(services, explainer, read, days)


@router.get("/watchlists/{watchlist_id}/matches", responses=documented(HTTPStatus.NOT_FOUND))
def list_matches(
    services: Reading,
    explainer: Watching,
    watchlist_id: WatchlistId,
    before_id: Before = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
) -> MatchPage:
    """What a watchlist was told of, the last one first: each story once, with the copies that came later."""
    watchlist_id = explainer.watchlists.watchlist(watchlist_id).id
    told = told_of(watchlist_id, explainer.matches, services.library, limit + 1, before_id)
    items = [
        Told(
            id=each.match.id,
            kind=each.match.kind,
            revision=each.match.revision,
            matched_at=each.match.matched_at,
            story=each.match.story_id,
            copy_of=each.match.lead_article_id,
            article=shaping.article(each.article),
            also_at=[
                AlsoAt(matched_at=copy.match.matched_at, article=shaping.article(copy.article)) for copy in each.also_at
            ],
        )
        for each in told[:limit]
    ]
    return MatchPage(items=items, next_before_id=items[-1].id if len(told) > limit else None)


@router.get("/articles/{article_id}/matches", responses=documented(HTTPStatus.NOT_FOUND))
def explain_matches(
    services: Reading,
    explainer: Watching,
    article_id: Row,
    after_id: Annotated[int, Query(ge=0, le=MAX_ID, description="Cursor: only matches after this one.")] = 0,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
) -> WhyList:
    """The watchlists that an article answers, with the passages that do, marked."""
    detail = services.library.article(article_id)
    found = explainer.why(detail, limit + 1, after_id)
    return WhyList(
        next_after_id=found[limit - 1].match.id if len(found) > limit else None,
        items=[
            Why(
                watchlist_id=each.watchlist.id,
                name=each.watchlist.name,
                kind=each.match.kind,
                revision=each.match.revision,
                matched_at=each.match.matched_at,
                passages=[passage(p) for p in each.passages],
            )
            for each in found[:limit]
        ],
    )


def readable(explainer: Explainer, watchlist: records.Watchlist) -> query_language.Query:
    """The query of a watchlist. Raises HTTPException (409) where it can no longer be read: its entity is gone."""
    try:
        return explainer.query(watchlist.query)
    except QueryError as error:
        told = f"The query can no longer be read, {error}. Change it first."
        raise HTTPException(HTTPStatus.CONFLICT, told) from error


def _tried(services: Services, explainer: Explainer, read: query_language.Query, days: int) -> Trial:
    now = services.clock()
    found = try_out(read, explainer.past, since=now - timedelta(days=days), until=now, most=MOST_TRIED)
    remarks = [remark(each) for each in remarks_on(read, now)]
    return trial(ReadQuery(text=read.text, remarks=remarks), found)
