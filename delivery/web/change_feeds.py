"""/feeds/changes.rss, .atom and .json: what outlets changed of their articles, and what vanished."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from delivery.api.changes import OfKind, OnlyStealth
from delivery.api.parameters import OutletKey
from delivery.api.services import Reading, Services
from delivery.changes.feeding import entry_of_change
from delivery.feeds.records import Feed, FeedEntry
from delivery.web.conditional import is_current, validators_of
from delivery.web.feeds import BEFORE_ALL, WRITERS, Format, site_of
from delivery.web.links import query_string
from storage.records import ChangeQuery

router = APIRouter(prefix="/feeds", include_in_schema=False)

_WRITTEN_AS = 1  # part of every ETag; raise it when the same records begin to give other bytes


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
    base, now = str(request.base_url), services.clock()
    newest, changed_at = services.changes.newest_change()
    query = ChangeQuery(outlet_key=outlet_key or None, kind=kind, is_stealth=stealth, limit=limit)
    validators = validators_of(_WRITTEN_AS, form, base, query, newest, changed_at=changed_at, now=now)
    if is_current(request.headers, validators):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=validators.headers)
    asked = query_string(outlet=outlet_key or None, kind=kind, stealth=int(stealth) or None)
    feed = Feed(
        title=" · ".join(filter(None, ("Presswatch", outlet_key, "stealth edits" if stealth else "changes"))),
        home_url=f"{base}changes{asked}",
        self_url=f"{base}feeds/changes.{form}{asked}",
        description="What outlets changed of articles that they had published, the last one seen first",
        updated=changed_at or BEFORE_ALL,
    )
    writer = WRITERS[form]
    body = writer.render(feed, _entries(services, query, base))
    return Response(body, media_type=f"{writer.MEDIA_TYPE}; charset=utf-8", headers=validators.headers)


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
