"""What the forms of an outlet's page do: order how a source is visited, pause it, visit it, accept its move."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import RedirectResponse, Response

from delivery.api.outlets import status_of
from delivery.api.parameters import MAX_ID, OutletPath
from delivery.api.services import Reading, Services
from delivery.console import BadWish, PaceWish
from delivery.web.forms import Form, Sent
from delivery.web.outlet_pages import Refusal, outlet_page
from storage.errors import NotMoved

router = APIRouter(include_in_schema=False)

SourceId = Annotated[int, Path(ge=1, le=MAX_ID)]


@router.post("/outlets/{key}/sources/{source_id}/pace")
def order_pace(request: Request, services: Reading, key: OutletPath, source_id: SourceId, form: Sent) -> Response:
    """Orders how the source is visited; a form that makes no sense comes back as it was sent."""
    wish = PaceWish(**{name: form.field(name) for name in PaceWish.__slots__})
    _require_source(services, key, source_id)
    try:
        form.console.order_pace(source_id, wish, form.by)
    except BadWish as bad:
        return outlet_page(request, services, key, refusal=Refusal(source_id=source_id, bad=bad, wish=wish))
    return _done(key, source_id, "pace")


@router.post("/outlets/{key}/sources/{source_id}/default")
def take_orders_back(services: Reading, key: OutletPath, source_id: SourceId, form: Sent) -> Response:
    """Takes all orders back: the outlet file holds again."""
    return _act(services, key, source_id, "default", lambda: form.console.order_pace(source_id, PaceWish(), form.by))


@router.post("/outlets/{key}/sources/{source_id}/pause")
def pause(request: Request, services: Reading, key: OutletPath, source_id: SourceId, form: Sent) -> Response:
    """No visits until a time."""
    _require_source(services, key, source_id)
    until = form.field("until")
    try:
        form.console.pause(source_id, until, form.by)
    except BadWish as bad:
        return outlet_page(request, services, key, refusal=Refusal(source_id=source_id, bad=bad, until=until))
    return _done(key, source_id, "pause")


@router.post("/outlets/{key}/sources/{source_id}/resume")
def resume(services: Reading, key: OutletPath, source_id: SourceId, form: Sent) -> Response:
    """Ends a pause."""
    return _act(services, key, source_id, "resume", lambda: form.console.resume(source_id, form.by))


@router.post("/outlets/{key}/sources/{source_id}/visit")
def visit_now(services: Reading, key: OutletPath, source_id: SourceId, form: Sent) -> Response:
    """A visit now."""
    return _act(services, key, source_id, "visit", lambda: form.console.visit_now(source_id, form.by))


@router.post("/outlets/{key}/sources/{source_id}/accept-move")
def accept_move(services: Reading, key: OutletPath, source_id: SourceId, form: Sent) -> Response:
    """Makes where the source has moved to its own address."""
    return _act(services, key, source_id, "accept-move", lambda: _move(form.console.accept_move, source_id, form))


@router.post("/outlets/{key}/sources/{source_id}/take-back-move")
def take_back_move(services: Reading, key: OutletPath, source_id: SourceId, form: Sent) -> Response:
    """Makes the address that the outlet file names its own again."""
    return _act(services, key, source_id, "take-back-move", lambda: _move(form.console.take_back_move, source_id, form))


def _act(services: Services, key: str, source_id: int, what: str, act: Callable[[], object]) -> Response:
    _require_source(services, key, source_id)
    act()
    return _done(key, source_id, what)


def _move(act: Callable[[int, str], str], source_id: int, form: Form) -> None:
    try:
        act(source_id, form.by)
    except NotMoved as error:
        raise HTTPException(HTTPStatus.CONFLICT, f"{error}; load the outlet's page anew.") from error


def _require_source(services: Services, key: str, source_id: int) -> None:
    """Raises UnknownOutlet, and HTTPException (404) for a source of another outlet."""
    if all(source.id != source_id for source in status_of(services, key).sources):
        raise HTTPException(HTTPStatus.NOT_FOUND)


def _done(key: str, source_id: int, what: str) -> Response:
    target = f"/outlets/{key}?done={what}&source={source_id}#source-{source_id}"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)
