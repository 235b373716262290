"""/feeds/saved/TOKEN.rss, .atom and .json: an outlet or a search, for whoever knows its address."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from delivery.api.parameters import Filters
from delivery.api.services import Reading, Services
from delivery.web.feed_answers import Extent, Format, HowMany, Told, answer
from delivery.web.feeds import newest_entries, title_parts
from delivery.web.links import query_string
from delivery.web.secret_addresses import Knocking, Token
from storage.ports import ReaderFeedBook

router = APIRouter(prefix="/feeds/saved", include_in_schema=False)


@router.get("/{token}.{form}")
def saved_feed(
    request: Request, services: Reading, *, door: Knocking, token: Token, form: Format, limit: HowMany = 50
) -> Response:
    """The newest articles of an outlet or a search as a feed."""
    feed = door.behind(book_of(services).by_token)
    asked = Filters(words=feed.words, outlet_key=feed.outlet_key, language=feed.language)
    extent = Extent.SUMMARY if feed.is_summary else Extent.FULL
    return answer(
        request,
        services,
        form,
        f"feeds/saved/{token}.{form}",
        told=lambda: Told(
            title=f"Presswatch · {feed.name}",
            home=query_string(q=asked.words, outlet=asked.outlet_key, language=asked.language),
            description=f"The newest articles: {', '.join(title_parts(services, asked))}",
        ),
        entries=lambda base: newest_entries(services, asked, limit, base, extent),
        identity=(limit, feed),
        is_secret=True,
    )


def book_of(services: Services) -> ReaderFeedBook:
    """The feeds at secret addresses. Raises HTTPException (404) where there are none."""
    if services.saved_feeds is None:
        raise HTTPException(404)
    return services.saved_feeds
