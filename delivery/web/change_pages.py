"""The page of changes: revisions, stealth edits, what vanished and what came back."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from delivery.api.parameters import Before, OutletKey
from delivery.api.services import Reading
from delivery.web.links import query_string
from delivery.web.rendering import page
from storage.records import ChangeKind, ChangeQuery

router = APIRouter(include_in_schema=False)

_PAGE = 50  # changes


class Shown(StrEnum):
    """Which changes are shown."""

    ALL = ""
    STEALTH = "stealth"
    REVISED = "revised"
    VANISHED = "vanished"
    RETURNED = "returned"


_NAMES = {
    Shown.ALL: "All changes",
    Shown.STEALTH: "Stealth edits",
    Shown.REVISED: "All revisions",
    Shown.VANISHED: "Vanished",
    Shown.RETURNED: "There again",
}


@router.get("/changes")
def list_of_changes(
    services: Reading,
    outlet_key: OutletKey = "",
    shown: Annotated[Shown, Query(alias="show")] = Shown.ALL,
    before: Before = None,
) -> HTMLResponse:
    """What outlets changed, newest first, a page at a time."""
    is_stealth = shown is Shown.STEALTH
    kind = None if shown in {Shown.ALL, Shown.STEALTH} else ChangeKind(shown)
    found = services.changes.changes(
        ChangeQuery(outlet_key=outlet_key or None, kind=kind, is_stealth=is_stealth, before_id=before, limit=_PAGE + 1)
    )
    listed, kept = found[:_PAGE], {"outlet": outlet_key or None, "show": shown or None}
    outlets = services.outlets.outlets()
    values = {
        "nav": "changes",
        "now": services.clock(),
        "changes": listed,
        "shown": shown,
        "names": _NAMES,
        "outlet_key": outlet_key,
        "outlets": outlets,
        "outlet_names": {outlet.key: outlet.name for outlet in outlets},
        "feed_path": "/feeds/changes",
        "feed_query": query_string(outlet=outlet_key or None, kind=kind, stealth=int(is_stealth) or None),
        "feed_words": "Feeds of these changes",
        "newest_link": "/changes" + query_string(**kept) if before else None,
        "older_link": "/changes" + query_string(**kept, before=listed[-1].id) if len(found) > _PAGE else None,
    }
    return page("changes.html", values)
