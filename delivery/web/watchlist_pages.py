"""Watchlists: the list, a query on trial, and the page of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from delivery.api.parameters import Before
from delivery.api.services import Reading, Services, Watching
from delivery.api.watchlists import MOST_TRIED, WatchlistId
from delivery.watching.explaining import Explainer
from delivery.watching.results import told_of
from delivery.watching.trying import try_out
from delivery.watchlists.judging import remarks_on
from delivery.watchlists.query import QueryError
from delivery.web.forms import page_with_forms
from delivery.web.rendering import page
from storage.records import Role, Watchlist

router = APIRouter(include_in_schema=False)

_PAGE = 30
_SPANS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "A year"))
_DONE = {
    "add": "It is saved: what is stored from now on is held against it.",
    "edit": "It is changed.",
    "pause": "Nothing is held against it until it is resumed.",
    "resume": "What is stored from now on is held against it again.",
    "new-token": "Its feeds have another address now; the old one is no longer answered.",
    "deliver": "What answered it in the last 30 days is told now.",
}


@router.get("/watchlists")
def all_watchlists(request: Request, services: Reading, explainer: Watching) -> HTMLResponse:
    """All watchlists with how much they found."""
    is_analyst = request.state.asker.role.covers(Role.ANALYST)
    counts = explainer.matches.counts()
    rows = [(each, counts.get(each.id)) for each in explainer.watchlists.watchlists()]
    return page(
        "watchlists.html", {"nav": "watchlists", "now": services.clock(), "rows": rows, "is_analyst": is_analyst}
    )


@router.get("/watchlists/new")
def try_query(
    request: Request,
    services: Reading,
    explainer: Watching,
    q: Annotated[str, Query(max_length=4_000)] = "",
    days: Annotated[int, Query(ge=1, le=365)] = 30,
) -> HTMLResponse:
    """A query held against the past, and the form that saves it."""
    return trial_page(request, services, explainer, q, days=days)


def trial_page(
    request: Request,
    services: Services,
    explainer: Explainer,
    text: str,
    *,
    days: int = 30,
    name: str = "",
    bad_name: str | None = None,
) -> HTMLResponse:
    """The same; also for a form that was sent with a name that cannot be taken."""
    now = services.clock()
    values: dict[str, Any] = {
        "nav": "watchlists",
        "now": now,
        "text": text,
        "days": days,
        "spans": _SPANS,
        "name": name,
        "bad_name": bad_name,
        "failure": None,
        "remarks": [],
        "trial": None,
    }
    is_bad = bad_name is not None
    if text.strip():
        try:
            query = explainer.query(text)
        except QueryError as error:
            values |= {**_shown(error)}
            is_bad = True
        else:
            since = now - timedelta(days=days)
            values["remarks"] = remarks_on(query, now)
            values["trial"] = try_out(query, explainer.past, since=since, until=now, most=MOST_TRIED)
    status = HTTPStatus.BAD_REQUEST if is_bad else HTTPStatus.OK
    return page_with_forms(request, services, "watchlist_new.html", values, status=status)


@router.get("/watchlists/{watchlist_id}")
def one_watchlist(
    request: Request,
    services: Reading,
    explainer: Watching,
    *,
    watchlist_id: WatchlistId,
    before: Before = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """One watchlist: what it found, its feeds, and the forms that change it."""
    watchlist = explainer.watchlists.watchlist(watchlist_id)
    return watchlist_page(request, services, explainer, watchlist, before=before, done=_DONE.get(done))


def watchlist_page(
    request: Request,
    services: Services,
    explainer: Explainer,
    watchlist: Watchlist,
    *,
    before: int | None = None,
    done: str | None = None,
    bad: str | None = None,
    entered: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The same; also for a form that cannot be taken, with what was entered."""
    told = told_of(watchlist.id, explainer.matches, services.library, _PAGE + 1, before)
    link = f"/watchlists/{watchlist.id}"
    as_it_is = {
        "name": watchlist.name,
        "query": watchlist.query,
        "copy_outlets": " ".join(watchlist.copy_outlets),
        "tells_copies": "yes" if watchlist.tells_copies else "",
    }
    values = {
        "nav": "watchlists",
        "now": services.clock(),
        "watchlist": watchlist,
        "count": explainer.matches.counts(watchlist.id).get(watchlist.id),
        "failure": _failure(explainer, watchlist),
        "told": told[:_PAGE],
        "newest_link": link if before else None,
        "older_link": f"{link}?before={told[_PAGE - 1].match.id}" if len(told) > _PAGE else None,
        "done": done,
        "bad": bad,
        "entered": entered or as_it_is,
    }
    status = HTTPStatus.BAD_REQUEST if bad else HTTPStatus.OK
    response = page_with_forms(request, services, "watchlist.html", values, status=status)
    response.headers["Cache-Control"] = "no-store"  # it holds the feeds' secret
    return response


def _failure(explainer: Explainer, watchlist: Watchlist) -> str | None:
    try:
        explainer.query(watchlist.query)
    except QueryError as error:
        return str(error)
    return None


def _shown(error: QueryError) -> dict[str, str]:
    start, end = error.place.start, error.place.end
    return {
        "failure": str(error),
        "before": error.text[:start],
        "wrong": error.text[start:end],
        "after": error.text[end:],
    }
