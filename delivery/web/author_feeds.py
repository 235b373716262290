"""/feeds/authors.rss, .atom and .json: the newest articles of one author, over all outlets and spellings."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from delivery.api.parameters import AuthorName
from delivery.api.services import Reading
from delivery.web.feed_answers import Extent, Format, HowMany, HowMuch, Told, answer
from delivery.web.feeds import entries_of
from delivery.web.links import query_string

router = APIRouter(prefix="/feeds", include_in_schema=False)


@router.get("/authors.{form}")
def author_feed(
    request: Request,
    services: Reading,
    *,
    form: Format,
    name: AuthorName,
    limit: HowMany = 50,
    extent: HowMuch = Extent.FULL,
) -> Response:
    """The newest articles of an author as a feed; a name that no article carries yet has an empty one."""
    name = name.strip()
    query = query_string(name=name)
    return answer(
        request,
        services,
        form,
        f"feeds/authors.{form}{query}",
        told=lambda: Told(
            title=f"Presswatch · {name}",
            home=f"authors{query}",
            description=f"The newest articles by {name}, at all outlets",
        ),
        entries=lambda base: entries_of(services, services.authors.articles(name, limit), base, extent),
        identity=(limit, extent),
    )
