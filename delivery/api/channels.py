"""/api/v1/channels: where messages go. Only an analyst sees them: addresses of people are among them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response
from fastapi.exceptions import RequestValidationError

from delivery.access.desk import Asker, TooManyAsked
from delivery.access.rights import HUBS_BY
from delivery.api.access import Asking, too_many
from delivery.api.channel_models import AddedChannel, Channel, ChannelChange, Channels, ChannelWanted, Tried
from delivery.api.parameters import MAX_ID
from delivery.api.problems import documented
from delivery.api.services import Channeling
from delivery.channels.desk import ChannelDesk
from delivery.channels.poster import Answer
from delivery.channels.wanted import BadChannel
from storage.errors import ChannelExists, UnknownOutlet, UnknownWatchlist
from storage.records import ChannelKind

router = APIRouter(prefix="/api/v1", tags=["channels"])

ChannelId = Annotated[int, Path(ge=1, le=MAX_ID, description="Id of a channel.", examples=[1])]

_READS = documented(HTTPStatus.NOT_FOUND)
_WRITES = documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@router.get("/channels", responses=_READS)
def list_channels(desk: Channeling) -> Channels:
    """All channels: state, what was taken last, why the last try failed."""
    return Channels(channels=[Channel.of(each) for each in desk.channels()])


@router.post("/channels", status_code=HTTPStatus.CREATED, responses=_WRITES | documented(HTTPStatus.CONFLICT))
def add_channel(response: Response, desk: Channeling, asker: Asking, wanted: ChannelWanted) -> AddedChannel:
    """Adds a channel; the secret of a webhook is told in this answer alone."""
    require_may_add(asker, wanted.kind)
    with _complaints():
        added = desk.add(wanted.wish, asker.name)
    response.headers["Location"] = f"/api/v1/channels/{added.channel.id}"
    return AddedChannel(**Channel.of(added.channel).model_dump(), secret=added.secret)


@router.get("/channels/{channel_id}", responses=_READS)
def read_channel(desk: Channeling, channel_id: ChannelId) -> Channel:
    """One channel."""
    return Channel.of(desk.channel(channel_id))


@router.patch("/channels/{channel_id}", responses=_WRITES)
def change_channel(desk: Channeling, asker: Asking, channel_id: ChannelId, change: ChannelChange) -> Channel:
    """Pauses a channel, or has it sent to again where it stopped."""
    return Channel.of(desk.set_paused(channel_id, change.is_paused, asker.name))


@router.delete("/channels/{channel_id}", status_code=HTTPStatus.NO_CONTENT, responses=_WRITES)
def remove_channel(desk: Channeling, asker: Asking, channel_id: ChannelId) -> None:
    """Removes a channel with the record of its deliveries."""
    desk.remove(channel_id, asker.name)


@router.post("/channels/{channel_id}/test", responses=_WRITES)
def try_channel(desk: Channeling, channel_id: ChannelId) -> Tried:
    """Sends a message that tells of nothing, and tells what came of it."""
    return Tried.of(tried(desk, channel_id))


def tried(desk: ChannelDesk, channel_id: int) -> Answer:
    """What came of a test message. Raises HTTPException (429) for a channel that was tried very often."""
    try:
        return desk.send_test(channel_id)
    except TooManyAsked as error:
        raise too_many(error) from error


def require_may_add(asker: Asker, kind: ChannelKind) -> None:
    """Raises HTTPException (403) where that kind is for others to add."""
    if kind is ChannelKind.HUB and not asker.role.covers(HUBS_BY):
        told = f"A hub is told of everybody's feeds at secret addresses: it is added by the role {HUBS_BY.value}."
        raise HTTPException(HTTPStatus.FORBIDDEN, told)


@contextmanager
def _complaints() -> Iterator[None]:
    """What cannot be taken, as what is wrong with the body (422)."""
    try:
        yield
    except (BadChannel, UnknownOutlet, UnknownWatchlist) as error:
        complaint = {"loc": ("body", field_of(error)), "msg": str(error), "type": "value_error"}
        raise RequestValidationError([complaint]) from error


def field_of(error: BadChannel | ChannelExists | UnknownOutlet | UnknownWatchlist) -> str:
    """What of a channel that was asked for is wrong."""
    if isinstance(error, BadChannel):
        return error.field
    if isinstance(error, UnknownOutlet):
        return "outlet"
    return "watchlists" if isinstance(error, UnknownWatchlist) else "name"
