"""/api/v1/events and /api/v1/status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from delivery.api.log_begin import require_events
from delivery.api.models import Event, EventPage, Status
from delivery.api.parameters import MAX_ID
from delivery.api.problems import documented
from delivery.api.services import Reading

router = APIRouter(prefix="/api/v1", tags=["service"])


@router.get("/events", responses=documented(HTTPStatus.GONE))
def list_events(
    services: Reading,
    since: Annotated[int, Query(ge=0, le=MAX_ID, description="Only events after this sequence number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 100,
) -> EventPage:
    """Events in the order of their commits. Who goes on with next_since misses none; 410 where what follows is too old
    to be there any more: begin anew, with 0.
    """
    require_events(services.events, since)
    events = [Event.model_validate(each) for each in services.events.since(since, limit)]
    return EventPage(items=events, next_since=events[-1].seq if events else since)


@router.get("/status", responses=documented())
def read_status(services: Reading) -> Status:
    """Figures of the whole store and its processes."""
    return Status.model_validate(services.library.status(services.clock()))
