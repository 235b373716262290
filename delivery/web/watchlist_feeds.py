"""/feeds/watchlists/TOKEN.rss, .atom and .json: what a watchlist has found, for whoever knows its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from delivery.api.services import Reading, Services, Watching
from delivery.feeds.records import FeedEntry
from delivery.watching.results import Told as ToldMatch
from delivery.watching.results import told_of
from delivery.web.feed_answers import Extent, Format, HowMany, HowMuch, Told, answer
from delivery.web.feeds import entries_of
from delivery.web.links import query_string
from delivery.web.secret_addresses import Knocking, Token

router = APIRouter(prefix="/feeds/watchlists", include_in_schema=False)


@router.get("/{token}.{form}")
def watchlist_feed(
    request: Request,
    services: Reading,
    explainer: Watching,
    *,
    door: Knocking,
    token: Token,
    form: Format,
    limit: HowMany = 50,
    extent: HowMuch = Extent.FULL,
) -> Response:
    """What a watchlist was told of as a feed."""
    watchlist = door.behind(explainer.watchlists.by_token)
    matches = explainer.matches
    query = query_string(text=extent if extent is Extent.SUMMARY else None)
    return answer(
        request,
        services,
        form,
        f"feeds/watchlists/{token}.{form}{query}",
        told=lambda: Told(
            title=f"Presswatch · {watchlist.name}",
            home=f"watchlists/{watchlist.id}",
            description=f"What answers {watchlist.query}: each story once, the last one found first",
        ),
        entries=lambda base: _entries(services, base, told_of(watchlist.id, matches, services.library, limit), extent),
        identity=limit,
        is_secret=True,
    )


def _entries(services: Services, base: str, told: Sequence[ToldMatch], extent: Extent) -> list[FeedEntry]:
    entries = entries_of(services, [each.article for each in told], base, extent)
    return [_with_copies(entry, each) for entry, each in zip(entries, told, strict=True)]


def _with_copies(entry: FeedEntry, told: ToldMatch) -> FeedEntry:
    """The entry with "also at" under its text; changed when the last copy came."""
    if not told.also_at:
        return entry
    copies = "\n".join(f"{each.article.outlet_name}: {each.article.url}" for each in told.also_at)
    newest = max(each.match.matched_at for each in told.also_at)
    return replace(entry, text=f"{entry.text}\n\nAlso at:\n{copies}", updated_at=max(entry.updated_at, newest))
