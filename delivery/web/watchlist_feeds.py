"""/feeds/watchlists/TOKEN.rss, .atom and .json: what a watchlist has found, for whoever knows its address."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from delivery.api.services import Reading, Services, Watching
from delivery.feeds.entries import entry_of
from delivery.feeds.records import Feed, FeedEntry
from delivery.stories.feeding import feed_story
from delivery.watching.results import Told, told_of
from delivery.web.conditional import is_current, validators_of
from delivery.web.feeds import BEFORE_ALL, WRITERS, Format, site_of

router = APIRouter(prefix="/feeds/watchlists", include_in_schema=False)

_WRITTEN_AS = 1  # part of every ETag; raise it when the same records begin to give other bytes

Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


@router.get("/{token}.{form}")
def watchlist_feed(
    request: Request,
    services: Reading,
    explainer: Watching,
    *,
    token: Token,
    form: Format,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """A feed, or a 304 that cost two looks."""
    watchlist = explainer.watchlists.by_token(token)
    base = str(request.base_url)
    seq, changed_at = services.library.newest_change()
    validators = validators_of(_WRITTEN_AS, form, base, token, limit, seq, changed_at=changed_at, now=services.clock())
    if is_current(request.headers, validators):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=validators.headers)
    told = told_of(watchlist.id, explainer.matches, services.library, limit)
    feed = Feed(
        title=f"Presswatch · {watchlist.name}",
        home_url=f"{base}watchlists/{watchlist.id}",
        self_url=f"{base}feeds/watchlists/{token}.{form}",
        description=f"What answers {watchlist.query}: each story once, the last one found first",
        updated=changed_at or BEFORE_ALL,
    )
    writer = WRITERS[form]
    body = writer.render(feed, _entries(services, told, base))
    return Response(body, media_type=f"{writer.MEDIA_TYPE}; charset=utf-8", headers=validators.headers)


def _entries(services: Services, told: list[Told], base: str) -> list[FeedEntry]:
    ids = [each.article.id for each in told]
    bodies, stories = services.library.bodies(ids), services.stories.stories_of(ids)
    homes = {outlet.key: outlet.home_url for outlet in services.outlets.outlets()}
    return [
        _with_copies(
            entry_of(
                each.article,
                bodies.get(each.article.id, ""),
                homes.get(each.article.outlet_key) or site_of(each.article.url),
                feed_story(story, each.article.id, base) if (story := stories.get(each.article.id)) else None,
            ),
            each,
        )
        for each in told
    ]


def _with_copies(entry: FeedEntry, told: Told) -> FeedEntry:
    """The entry with "also at" under its text; changed when the last copy came."""
    if not told.also_at:
        return entry
    copies = "\n".join(f"{each.article.outlet_name}: {each.article.url}" for each in told.also_at)
    newest = max(each.match.matched_at for each in told.also_at)
    return replace(entry, text=f"{entry.text}\n\nAlso at:\n{copies}", updated_at=max(entry.updated_at, newest))
