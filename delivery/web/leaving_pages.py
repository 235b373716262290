"""/unsubscribe/...: whoever receives an e-mail ends it, in a browser or by their mail program's button (RFC 8058).

What follows in the address is the permission: no login, no cookie, and the POST of a mail program comes from no page.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from fastapi.responses import HTMLResponse

from delivery.api.services import Reading, Services
from delivery.channels.leaving import PREFIX, channel_named, may_leave
from delivery.web.rendering import page
from storage.records import Channel

router = APIRouter(include_in_schema=False)

REASON = "its receiver unsubscribed"

Pass = Annotated[str, Path(pattern=r"^[0-9a-f.]{3,64}$")]


@router.get(PREFIX + "{told}")
def ask(services: Reading, told: Pass) -> HTMLResponse:
    """Asks first: programs that only look at links must not end anything."""
    return page("unsubscribe.html", {"nav": "", "channel": _channel(services, told), "is_done": False, "told": told})


@router.post(PREFIX + "{told}")
def leave(services: Reading, told: Pass) -> HTMLResponse:
    """Pauses the channel. What the body says does not matter, and is not read."""
    channel = _channel(services, told)
    if services.channels is not None:
        services.channels.set_paused(channel.name, True, services.clock(), REASON, by="its receiver")
    return page("unsubscribe.html", {"nav": "", "channel": channel, "is_done": True, "told": told})


def _channel(services: Services, told: str) -> Channel:
    """Raises HTTPException (404) where the address was made for no channel that there is."""
    number = channel_named(told)
    known = services.channels.channels() if services.channels is not None else []
    found = next((each for each in known if each.id == number), None)
    if found is None or not may_leave(found, told):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found
