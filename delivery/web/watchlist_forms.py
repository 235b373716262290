"""What the forms of watchlists do: save, change, pause, remove, tell the past."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from delivery.api.services import Reading, Services, Watching
from delivery.api.watchlists import WatchlistId, readable
from delivery.watching.past import MOST_DELIVERED, deliver_past
from delivery.watching.saving import BadWatchlist, checked_name, checked_outlets, new_token
from delivery.watchlists.query import QueryError
from delivery.web.forms import Form, Sent
from delivery.web.watchlist_pages import trial_page, watchlist_page
from storage.errors import WatchlistExists

router = APIRouter(include_in_schema=False)

_DELIVERED_DAYS = 30


@router.post("/watchlists")
def add(request: Request, services: Reading, explainer: Watching, form: Sent) -> Response:
    """Saves a query as a watchlist."""
    name, text = form.field("name"), form.field("query")
    try:
        explainer.query(text)
        added = explainer.watchlists.add(
            name=checked_name(name),
            query=text,
            token=new_token(),
            tells_copies=bool(form.field("tells_copies")),
            now=services.clock(),
            by=form.by,
        )
    except QueryError:
        return trial_page(request, services, explainer, text, name=name)
    except (BadWatchlist, WatchlistExists) as error:
        return trial_page(request, services, explainer, text, name=name, bad_name=str(error))
    return _done(added.id, "add")


@router.post("/watchlists/{watchlist_id}/edit")
def edit(request: Request, services: Reading, explainer: Watching, watchlist_id: WatchlistId, form: Sent) -> Response:
    """Changes name, query and what becomes of copies; a form that cannot be taken comes back as it was sent."""
    watchlist = explainer.watchlists.watchlist(watchlist_id)
    try:
        explainer.query(form.field("query"))
        explainer.watchlists.edit(
            watchlist_id,
            name=checked_name(form.field("name")),
            query=form.field("query"),
            copy_outlets=_outlets(services, form.field("copy_outlets")),
            tells_copies=bool(form.field("tells_copies")),
            now=services.clock(),
            by=form.by,
        )
    except (QueryError, BadWatchlist, WatchlistExists) as error:
        entered = {name: form.field(name) for name in ("name", "query", "copy_outlets", "tells_copies")}
        return watchlist_page(request, services, explainer, watchlist, bad=str(error), entered=entered)
    return _done(watchlist_id, "edit")


@router.post("/watchlists/{watchlist_id}/pause")
def pause(services: Reading, explainer: Watching, watchlist_id: WatchlistId, form: Sent) -> Response:
    """Holds nothing against it."""
    explainer.watchlists.edit(watchlist_id, is_paused=True, now=services.clock(), by=form.by)
    return _done(watchlist_id, "pause")


@router.post("/watchlists/{watchlist_id}/resume")
def resume(services: Reading, explainer: Watching, watchlist_id: WatchlistId, form: Sent) -> Response:
    """Holds against it what is stored from now on."""
    explainer.watchlists.edit(watchlist_id, is_paused=False, now=services.clock(), by=form.by)
    return _done(watchlist_id, "resume")


@router.post("/watchlists/{watchlist_id}/new-token")
def change_token(services: Reading, explainer: Watching, watchlist_id: WatchlistId, form: Sent) -> Response:
    """Gives its feeds another address."""
    explainer.watchlists.edit(watchlist_id, token=new_token(), now=services.clock(), by=form.by)
    return _done(watchlist_id, "new-token")


@router.post("/watchlists/{watchlist_id}/deliver")
def deliver(services: Reading, explainer: Watching, watchlist_id: WatchlistId, form: Sent) -> Response:
    """Tells what answered it lately."""
    watchlist = explainer.watchlists.watchlist(watchlist_id)
    query, now = readable(explainer, watchlist), services.clock()
    since = now - timedelta(days=_DELIVERED_DAYS)
    deliver_past(watchlist.id, query, explainer.past, since=since, now=now, most=MOST_DELIVERED, by=form.by)
    return _done(watchlist_id, "deliver")


@router.post("/watchlists/{watchlist_id}/remove")
def remove(services: Reading, explainer: Watching, watchlist_id: WatchlistId, form: Sent) -> Response:
    """Removes it with all that it found."""
    _require_sure(form)
    explainer.watchlists.remove(watchlist_id, services.clock(), by=form.by)
    return RedirectResponse("/watchlists", HTTPStatus.SEE_OTHER)


def _outlets(services: Services, text: str) -> tuple[str, ...]:
    return checked_outlets(text.replace(",", " ").split(), services.outlets.outlets())


def _require_sure(form: Form) -> None:
    if not form.field("sure"):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "Go back and tick the box: what it found would be gone.")


def _done(watchlist_id: int, what: str) -> Response:
    return RedirectResponse(f"/watchlists/{watchlist_id}?done={what}", HTTPStatus.SEE_OTHER)
