"""/feeds/authors.rss, .atom and .json: the newest articles of one author, over all outlets and spellings."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from delivery.api.parameters import AuthorName
from delivery.api.services import Reading
from delivery.feeds.records import Feed
from delivery.web.conditional import is_current, validators_of
from delivery.web.feeds import BEFORE_ALL, WRITERS, Format, entries_of
from delivery.web.links import query_string

router = APIRouter(prefix="/feeds", include_in_schema=False)

_WRITTEN_AS = 1  # part of every ETag; raise it when the same records begin to give other bytes


@router.get("/authors.{form}")
def author_feed(
    request: Request,
    services: Reading,
    *,
    form: Format,
    name: AuthorName,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """A feed, or a 304 that cost one look at the event log; a name that no article carries yet has an empty one."""
    base, name = str(request.base_url), name.strip()
    seq, changed_at = services.library.newest_change()
    validators = validators_of(_WRITTEN_AS, form, base, name, limit, seq, changed_at=changed_at, now=services.clock())
    if is_current(request.headers, validators):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=validators.headers)
    query = query_string(name=name)
    feed = Feed(
        title=f"Presswatch · {name}",
        home_url=f"{base}authors{query}",
        self_url=f"{base}feeds/authors.{form}{query}",
        description=f"The newest articles by {name}, at all outlets",
        updated=changed_at or BEFORE_ALL,
    )
    writer = WRITERS[form]
    body = writer.render(feed, entries_of(services, services.authors.articles(name, limit), base))
    return Response(body, media_type=f"{writer.MEDIA_TYPE}; charset=utf-8", headers=validators.headers)
