"""/api/v1/events/stream: events as they are written (server-sent events).

The id of each is its number in the log, so who comes back with `Last-Event-ID`, as browsers do by themselves, misses
none, whichever process answers and whatever was restarted meanwhile. A listener is sent a batch at a time, and the
next one is read only when it has taken that: a slow one costs no memory, and is behind rather than left out.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from delivery.api.access import is_still_welcome
from delivery.api.log_begin import require_events
from delivery.api.models import Event
from delivery.api.parameters import MAX_ID, OutletKey
from delivery.api.problems import documented
from delivery.api.services import Reading, Services
from delivery.api.streams import LOOK_EVERY_S
from storage import records
from storage.errors import StorageError
from storage.records import EventKind

router = APIRouter(prefix="/api/v1", tags=["service"])

MEDIA_TYPE = "text/event-stream"
_BATCH = 100
#: After so long without anything the listener hears where it is, and we whether it is still there.
_SIGN_OF_LIFE_S = 15.0
#: For so long it is not asked anew whether who listens may still do so.
WELCOME_FOR_S = 10.0
_RETRY_MS = 3_000
_EXAMPLE = 'id: 41\ndata: {"seq": 41, "at": "2020-05-09T16:00:05Z", "kind": "article.stored", ...}\n\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which events a listener asks for; what is empty asks for any."""

    kinds: frozenset[EventKind]
    outlet_key: str
    watchlist_id: int | None

    def holds(self, event: records.Event) -> bool:
        """Whether it is one of them."""
        if self.kinds and event.kind not in self.kinds:
            return False
        if self.outlet_key and event.outlet_key != self.outlet_key:
            return False
        return self.watchlist_id is None or event.payload.get("watchlist") == self.watchlist_id


@router.get(
    "/events/stream",
    response_class=StreamingResponse,
    responses={
        **documented(HTTPStatus.GONE),
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}}},
    },
)
async def stream_events(
    request: Request,
    services: Reading,
    *,
    kinds: Annotated[list[EventKind] | None, Query(alias="kind", description="Only such events; repeatable.")] = None,
    outlet_key: OutletKey = "",
    watchlist_id: Annotated[
        int | None, Query(alias="watchlist", ge=1, le=MAX_ID, description="Only what tells of this watchlist.")
    ] = None,
    since: Annotated[
        int | None, Query(ge=0, le=MAX_ID, description="Begins after this event; without it, with what comes.")
    ] = None,
    for_s: Annotated[
        float, Query(ge=0, le=3600, description="Ends after so many seconds; a browser comes back by itself.")
    ] = 900.0,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=MAX_ID, description="The last one that was received; goes before `since`.")
    ] = None,
) -> StreamingResponse:
    """Server-sent events: each event as it is written, with its number as id.

    It ends after `for_s` seconds, and when the service stops; who comes back with `Last-Event-ID` misses nothing.
    """
    services.streams.require_room()
    newest = await services.streams.newest()
    begin = next((each for each in (last_event_id, since) if each is not None), newest)
    await run_in_threadpool(require_events, services.events, begin)
    wish = Wish(kinds=frozenset(kinds or ()), outlet_key=outlet_key, watchlist_id=watchlist_id)
    told = _told(request, services, wish, begin, 0.0 if request.scope.get("is_head") else for_s)
    return StreamingResponse(told, media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})


async def _told(request: Request, services: Services, wish: Wish, cursor: int, for_s: float) -> AsyncIterator[str]:
    """What goes out. Ends with the time, with the service, with the session, and when the store does not answer."""
    ends_at, silent_since = time.monotonic() + for_s, time.monotonic()
    welcome_until = time.monotonic() + WELCOME_FOR_S
    with services.streams.listener():
        yield f"retry: {_RETRY_MS}\n\n"
        try:
            while time.monotonic() < ends_at and not services.streams.is_over:
                if time.monotonic() >= welcome_until:
                    if not await is_still_welcome(request, services):
                        return
                    welcome_until = time.monotonic() + WELCOME_FOR_S
                if await services.streams.newest() > cursor:
                    batch = await run_in_threadpool(services.events.since, cursor, _BATCH)
                    cursor = batch[-1].seq if batch else cursor
                    if text := _frames([event for event in batch if wish.holds(event)]):
                        silent_since = time.monotonic()
                        yield text
                    if len(batch) == _BATCH:
                        continue
                if time.monotonic() - silent_since >= _SIGN_OF_LIFE_S:
                    silent_since = time.monotonic()
                    yield f"id: {cursor}\n\n"  # without data it is no event, but moves the id (HTML, 9.2.6)
                await asyncio.sleep(max(0.0, min(LOOK_EVERY_S, ends_at - time.monotonic())))
        except StorageError:
            return  # the answer has begun: all that can be told is its end, after which the listener asks again


def _frames(events: Sequence[records.Event]) -> str:
    return "".join(f"id: {event.seq}\ndata: {_shown(event)}\n\n" for event in events)


def _shown(event: records.Event) -> str:
    """On one line: JSON escapes the ends of lines."""
    shown: dict[str, Any] = Event.model_validate(event).model_dump(mode="json")
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
