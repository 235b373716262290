"""/api/v1/watchlists, as far as it changes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Response
from fastapi.exceptions import RequestValidationError

from delivery.api.access import Asking
from delivery.api.problems import documented
from delivery.api.services import Reading, Watching
from delivery.api.watchlist_models import (
    Delivered,
    PastWanted,
    SavedWatchlist,
    Watchlist,
    WatchlistChange,
    WatchlistFeeds,
    WatchlistWanted,
)
from delivery.api.watchlists import WatchlistId, readable
from delivery.watching.past import MOST_DELIVERED, deliver_past
from delivery.watching.saving import BadWatchlist, checked_name, checked_outlets, new_token
from delivery.watchlists.query import QueryError

router = APIRouter(prefix="/api/v1", tags=["watchlists"])

_WRITES = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@router.post(
    "/watchlists",
    status_code=HTTPStatus.CREATED,
    responses=documented(*_WRITES, HTTPStatus.CONFLICT),
)
def add_watchlist(
    response: Response, services: Reading, explainer: Watching, asker: Asking, wanted: WatchlistWanted
) -> SavedWatchlist:
    """Saves a query as a watchlist: what is stored from now on is held against it."""
    with _complaints():
        explainer.query(wanted.query)
        added = explainer.watchlists.add(
            name=checked_name(wanted.name),
            query=wanted.query,
            token=new_token(),
            tells_copies=wanted.tells_copies,
            copy_outlets=checked_outlets(wanted.copy_outlets, services.outlets.outlets()),
            now=services.clock(),
            by=asker.name,
        )
    response.headers["Location"] = f"/api/v1/watchlists/{added.id}"
    return SavedWatchlist.saved(added)


@router.patch("/watchlists/{watchlist_id}", responses=documented(*_WRITES, HTTPStatus.CONFLICT))
def change_watchlist(
    services: Reading, explainer: Watching, asker: Asking, watchlist_id: WatchlistId, change: WatchlistChange
) -> Watchlist:
    """Changes what is given; one that is no longer paused is held against what is stored from then on."""
    changed = explainer.watchlists.watchlist(watchlist_id)
    given = change.model_dump(exclude_none=True)
    with _complaints():
        if change.query is not None:
            explainer.query(change.query)
        if change.name is not None:
            given["name"] = checked_name(change.name)
        if change.copy_outlets is not None:
            given["copy_outlets"] = checked_outlets(change.copy_outlets, services.outlets.outlets())
        if given:
            changed = explainer.watchlists.edit(watchlist_id, now=services.clock(), by=asker.name, **given)
    return Watchlist.of(changed, explainer.matches.counts(watchlist_id).get(watchlist_id))


@router.delete("/watchlists/{watchlist_id}", status_code=HTTPStatus.NO_CONTENT, responses=documented(*_WRITES))
def remove_watchlist(services: Reading, explainer: Watching, asker: Asking, watchlist_id: WatchlistId) -> None:
    """Removes a watchlist with all that it found."""
    explainer.watchlists.remove(watchlist_id, services.clock(), by=asker.name)


@router.post("/watchlists/{watchlist_id}/new-token", responses=documented(*_WRITES))
def change_watchlist_token(
    services: Reading, explainer: Watching, asker: Asking, watchlist_id: WatchlistId
) -> WatchlistFeeds:
    """Gives its feeds another secret address; the old one is no longer answered."""
    changed = explainer.watchlists.edit(watchlist_id, token=new_token(), now=services.clock(), by=asker.name)
    return WatchlistFeeds.of(changed.token)


@router.post("/watchlists/{watchlist_id}/deliver", responses=documented(*_WRITES, HTTPStatus.CONFLICT))
def deliver_watchlist_past(
    services: Reading,
    explainer: Watching,
    asker: Asking,
    watchlist_id: WatchlistId,
    wanted: Annotated[PastWanted | None, Body()] = None,
) -> Delivered:
    """Tells what answered it in the past, each story once; what was told before is not told again."""
    watchlist, now = explainer.watchlists.watchlist(watchlist_id), services.clock()
    since = now - timedelta(days=(wanted or PastWanted()).days)
    query = readable(explainer, watchlist)
    answer, new = deliver_past(
        watchlist.id, query, explainer.past, since=since, now=now, most=MOST_DELIVERED, by=asker.name
    )
    return Delivered(answer=answer, new=new)


@contextmanager
def _complaints() -> Iterator[None]:
    """What cannot be taken, as what is wrong with the body (422)."""
    try:
        yield
    except (QueryError, BadWatchlist) as error:
        field = "query" if isinstance(error, QueryError) else error.field
        complaint = {"loc": ("body", field), "msg": str(error), "type": "value_error"}
        raise RequestValidationError([complaint]) from error
