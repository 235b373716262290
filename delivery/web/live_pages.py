"""Visits under way and just ended: a page that is looked at while things happen."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from delivery.api.services import Reading
from delivery.web.conditional import is_current, validators_of
from delivery.web.rendering import page

router = APIRouter(include_in_schema=False)

_ENDED = 50


@router.get("/live")
def live(request: Request, services: Reading) -> Response:
    """The page, or a 304 for the script that asks every few seconds whether anything has changed."""
    now = services.clock()
    under_way, ended = services.library.visits_under_way(now), services.library.visits(None, _ENDED)
    begun = [(visit.source_id, visit.began_at) for visit in under_way]
    newest = ended[0].id if ended else 0
    validators = validators_of("live", begun, newest, _minute(now), changed_at=None, now=now)
    if is_current(request.headers, validators):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=validators.headers)
    names = {outlet.key: outlet.name for outlet in services.outlets.outlets()}
    values = {"nav": "outlets", "now": now, "under_way": under_way, "ended": ended, "names": names}
    return page("live.html", values, headers=validators.headers)


def _minute(now: datetime) -> int:
    """How long ago things were is told in minutes, so the page is another one with each."""
    return int(now.timestamp() // 60)
