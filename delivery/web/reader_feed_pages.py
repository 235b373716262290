"""/feeds: feeds of outlets and searches at secret addresses, and the forms that make and end them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from delivery.api.parameters import MAX_ID, Filters, filters
from delivery.api.services import Reading, Services
from delivery.watching.saving import BadWatchlist, checked_name, new_token
from delivery.watchlists.query import QueryError
from delivery.web.feeds import title_parts
from delivery.web.forms import Sent, page_with_forms
from delivery.web.reader_feeds import book_of
from storage.errors import FeedExists, UnknownOutlet

router = APIRouter(include_in_schema=False)

_DONE = {
    "add": "The feed is there; give its address to your reader.",
    "new-token": "It has another address now; the old one is no longer answered.",
    "remove": "It is removed.",
}

FeedId = Annotated[int, Path(ge=1, le=MAX_ID)]


@router.get("/feeds")
def all_feeds(
    request: Request,
    services: Reading,
    asked: Annotated[Filters, Depends(filters)],
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """All of them, and the form for one more of what the address asks for."""
    return _page(request, services, asked, done=_DONE.get(done))


@router.post("/feeds")
def add(request: Request, services: Reading, form: Sent) -> Response:
    """Makes a feed; a form that cannot be taken comes back as it was sent."""
    asked = Filters(
        words=form.field("q") or None, outlet_key=form.field("outlet") or None, language=form.field("language") or None
    )
    try:
        if asked.words:
            services.searcher.search(asked.words)
        book_of(services).add(
            name=checked_name(form.field("name")),
            token=new_token(),
            now=services.clock(),
            words=asked.words,
            outlet_key=asked.outlet_key,
            language=asked.language,
            is_summary=bool(form.field("is_summary")),
            by=form.by,
        )
    except (BadWatchlist, FeedExists, QueryError, UnknownOutlet) as error:
        return _page(request, services, asked, name=form.field("name"), bad=str(error))
    return _back("add")


@router.post("/feeds/{feed_id}/new-token")
def change_token(services: Reading, feed_id: FeedId, form: Sent) -> Response:
    """Gives a feed another address."""
    book_of(services).change_token(feed_id, new_token(), services.clock(), by=form.by)
    return _back("new-token")


@router.post("/feeds/{feed_id}/remove")
def remove(services: Reading, feed_id: FeedId, form: Sent) -> Response:
    """Removes a feed."""
    book_of(services).remove(feed_id, services.clock(), by=form.by)
    return _back("remove")


def _page(
    request: Request,
    services: Services,
    asked: Filters,
    *,
    name: str | None = None,
    bad: str | None = None,
    done: str | None = None,
) -> Response:
    feeds = book_of(services).feeds()
    described = {
        feed.id: ", ".join(
            title_parts(services, Filters(words=feed.words, outlet_key=feed.outlet_key, language=feed.language))
        )
        for feed in feeds
    }
    parts = title_parts(services, asked)
    values = {
        "nav": "",
        "feeds": feeds,
        "described": described,
        "base": f"{services.public_url}/" if services.public_url else str(request.base_url),
        "asked": asked,
        "asked_words": ", ".join(parts),
        "name": (" ".join(parts) if name is None else name)[:80],
        "bad": bad,
        "done": done,
    }
    status = HTTPStatus.BAD_REQUEST if bad else HTTPStatus.OK
    return page_with_forms(request, services, "reader_feeds.html", values, status=status)


def _back(what: str) -> Response:
    return RedirectResponse(f"/feeds?done={what}", HTTPStatus.SEE_OTHER)
