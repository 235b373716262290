"""/feeds/changes.rss, .atom and .json: what outlets changed of their articles, and what vanished."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from delivery.api.changes import OfKind, OnlyStealth
from delivery.api.parameters import OutletKey
from delivery.api.services import Reading, Services
from delivery.changes.feeding import entry_of_change
from delivery.feeds.records import FeedEntry
from delivery.web.feed_answers import Format, Told, answer
from delivery.web.feeds import site_of
from delivery.web.links import query_string
from storage.records import ChangeQuery

router = APIRouter(prefix="/feeds", include_in_schema=False)


@router.get("/changes.{form}")
def change_feed(
    request: Request,
    services: Reading,
    *,
    form: Format,
    outlet_key: OutletKey = "",
    kind: OfKind = None,
    stealth: OnlyStealth = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
) -> Response:
    """A feed, or a 304 that cost one look at the newest change."""
    query = ChangeQuery(outlet_key=outlet_key or None, kind=kind, is_stealth=stealth, limit=limit)
    asked = query_string(outlet=outlet_key or None, kind=kind, stealth=int(stealth) or None)
    return answer(
        request,
        services,
        form,
        f"feeds/changes.{form}{asked}",
        told=lambda: Told(
            title=" · ".join(filter(None, ("Presswatch", outlet_key, "stealth edits" if stealth else "changes"))),
            home=f"changes{asked}",
            description="What outlets changed of articles that they had published, the last one seen first",
        ),
        entries=lambda base: _entries(services, query, base),
        identity=query,
        newest=services.changes.newest_change,
    )


def _entries(services: Services, query: ChangeQuery, base: str) -> list[FeedEntry]:
    changes = services.changes.changes(query)
    wordings = services.changes.wordings(changes)
    outlets = {outlet.key: (outlet.name, outlet.home_url) for outlet in services.outlets.outlets()}
    return [
        entry_of_change(
            each, wordings[each.id], outlets.get(each.outlet_key, (each.outlet_key, site_of(each.url))), base
        )
        for each in changes
    ]
