"""/channels: where messages go, how that stands, and the forms that add, try, pause and remove channels."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from delivery.api.channels import ChannelId, field_of, require_may_add, tried
from delivery.api.services import Channeling, Reading, Services
from delivery.channels.desk import ChannelDesk
from delivery.channels.wanted import BadChannel, ChannelWish
from delivery.web.forms import Form, Sent, own_form, page_with_forms
from storage.errors import ChannelExists, UnknownOutlet, UnknownWatchlist
from storage.records import ChannelKind

router = APIRouter(include_in_schema=False)

_DONE = {
    "pause": "Nothing is sent to it until it is resumed; what comes meanwhile waits.",
    "resume": "It is sent to again, where it stopped.",
    "remove": "It is removed.",
}
#: Fields of the form that name a watchlist each; the API and the command take more.
_WATCHLISTS = ("watchlist", "watchlist_2", "watchlist_3", "watchlist_4")
#: Names of watchlists that the form proposes.
_MOST_PROPOSED = 500
_TICKS = ("alerts", "changes", "stealth", "vanished", "from_start")
_ENTERED = ("name", "url", "outlet", "language", "daily", "zone", *_WATCHLISTS, *_TICKS)

Prefilled = Annotated[str, Query(max_length=80)]


@router.get("/channels")
def all_channels(
    request: Request, services: Reading, desk: Channeling, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """All channels."""
    return _list_page(request, services, desk, done=_DONE.get(done))


@router.get("/channels/new")
def new_channel(
    request: Request,
    services: Reading,
    *,
    desk: Channeling,  # noqa: ARG001 (without one there is no such page)
    kind: ChannelKind = ChannelKind.WEBHOOK,
    watchlist: Prefilled = "",
    outlet: Prefilled = "",
) -> Response:
    """The form for a channel of one kind."""
    return _form_page(request, services, kind, {"watchlist": watchlist, "outlet": outlet, "zone": "UTC"})


@router.post("/channels")
def add(request: Request, services: Reading, desk: Channeling, form: Sent) -> Response:
    """Adds a channel and shows a webhook's secret, once; a form that cannot be taken comes back as it was sent."""
    kind = _kind_of(form)
    require_may_add(request.state.asker, kind)
    try:
        added = desk.add(_wish_of(form, kind), form.by)
    except (BadChannel, ChannelExists, UnknownOutlet, UnknownWatchlist) as error:
        entered = {name: form.field(name) for name in _ENTERED}
        if kind is ChannelKind.CHAT:
            entered["url"] = ""  # it holds tokens, and no page shows these
        return _form_page(request, services, kind, entered, bad=(field_of(error), str(error)))
    told = f"{added.channel.name} is added: what comes from now on is sent there."
    return _list_page(request, services, desk, done=told, secret=added.secret)


@router.post("/channels/{channel_id}/test", dependencies=[Depends(own_form)])
def send_test(request: Request, services: Reading, desk: Channeling, channel_id: ChannelId) -> Response:
    """Sends a test message, and shows what came of it."""
    answer, name = tried(desk, channel_id), desk.channel(channel_id).name
    if answer.problem is not None:
        return _list_page(request, services, desk, bad=f"{name} did not take the test message: {answer.problem}")
    status = f" It answered {answer.status}." if answer.status else ""
    return _list_page(request, services, desk, done=f"{name} took the test message.{status}")


@router.post("/channels/{channel_id}/pause")
def pause(desk: Channeling, channel_id: ChannelId, form: Sent) -> Response:
    """Sends nothing there."""
    desk.set_paused(channel_id, paused=True, by=form.by)
    return _back("pause")


@router.post("/channels/{channel_id}/resume")
def resume(desk: Channeling, channel_id: ChannelId, form: Sent) -> Response:
    """Sends there again."""
    desk.set_paused(channel_id, paused=False, by=form.by)
    return _back("resume")


@router.post("/channels/{channel_id}/remove")
def remove(desk: Channeling, channel_id: ChannelId, form: Sent) -> Response:
    """Removes a channel."""
    if not form.field("sure"):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "Go back and tick the box: what waits for it would be gone.")
    desk.remove(channel_id, form.by)
    return _back("remove")


def _kind_of(form: Form) -> ChannelKind:
    """Raises HTTPException (400)."""
    try:
        return ChannelKind(form.field("kind"))
    except ValueError:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "Channels are of no such kind. Begin at the channels.") from None


def _wish_of(form: Form, kind: ChannelKind) -> ChannelWish:
    return ChannelWish(
        kind=kind,
        name=form.field("name"),
        url=form.field("url"),
        outlet_key=form.field("outlet") or None,
        language=form.field("language") or None,
        watchlists=tuple(name for field in _WATCHLISTS if (name := form.field(field))),
        alerts=bool(form.field("alerts")),
        tells_changes=bool(form.field("changes")),
        is_stealth_only=bool(form.field("stealth")),
        tells_vanished=bool(form.field("vanished")),
        daily=form.field("daily") or None,
        zone=form.field("zone") or "UTC",
        is_from_start=bool(form.field("from_start")),
    )


def _names(services: Services) -> dict[int, str]:
    """Of watchlists, by id."""
    return {each.id: each.name for each in services.explainer.watchlists.watchlists()} if services.explainer else {}


def _list_page(
    request: Request,
    services: Services,
    desk: ChannelDesk,
    *,
    done: str | None = None,
    bad: str | None = None,
    secret: str | None = None,
) -> Response:
    values = {
        "nav": "watchlists",
        "now": services.clock(),
        "channels": desk.channels(),
        "watchlists": _names(services),
        "done": done,
        "bad": bad,
        "secret": secret,
    }
    return page_with_forms(request, services, "channels.html", values)


def _form_page(
    request: Request,
    services: Services,
    kind: ChannelKind,
    entered: dict[str, str],
    *,
    bad: tuple[str, str] | None = None,
) -> Response:
    """`bad` is (field, what is wrong with it)."""
    values = {
        "nav": "watchlists",
        "kind": kind,
        "entered": dict.fromkeys(_ENTERED, "") | entered,
        "watchlist_fields": _WATCHLISTS,
        "watchlists": list(_names(services).values())[:_MOST_PROPOSED],
        "outlets": services.outlets.outlets(),
        "bad": bad,
    }
    status = HTTPStatus.BAD_REQUEST if bad else HTTPStatus.OK
    return page_with_forms(request, services, "channel_new.html", values, status=status)


def _back(what: str) -> Response:
    return RedirectResponse(f"/channels?done={what}", HTTPStatus.SEE_OTHER)
