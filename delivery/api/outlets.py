"""/api/v1/outlets."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from delivery.api import shaping
from delivery.api.outlet_models import Outlet, OutletList, Standing, Visit, VisitList
from delivery.api.parameters import MAX_ID, OutletPath
from delivery.api.problems import documented
from delivery.api.services import Reading, Services
from storage.errors import UnknownOutlet
from storage.records import OutletStatus

router = APIRouter(prefix="/api/v1", tags=["outlets"])


@router.get("/outlets", responses=documented(HTTPStatus.NOT_FOUND))
def list_outlets(
    services: Reading,
    after: Annotated[
        str,
        Query(pattern=r"^[a-z0-9-]{0,80}$", description="Cursor: only those after this one.", examples=["jpost"]),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 200,
) -> OutletList:
    """All outlets, by name, with how their monitoring goes."""
    found = services.library.outlet_statuses(services.clock())
    start = next((place for place, each in enumerate(found, 1) if each.outlet.key == after), 0) if after else 0
    if after and not start:
        raise UnknownOutlet(after)
    items = [shaping.outlet(each) for each in found[start : start + limit]]
    return OutletList(items=items, next_after=items[-1].key if start + limit < len(found) else None)


@router.get("/outlets/{key}", responses=documented(HTTPStatus.NOT_FOUND))
def read_outlet(services: Reading, key: OutletPath) -> Outlet:
    """One outlet with its sources."""
    return shaping.outlet(status_of(services, key))


@router.get("/outlets/{key}/hosts", responses=documented(HTTPStatus.NOT_FOUND))
def read_hosts(services: Reading, key: OutletPath) -> Standing:
    """What an outlet's hosts ask of us: the robots.txt in force, and rests."""
    return Standing.model_validate(services.library.standing(key, services.clock()))


@router.get("/outlets/{key}/visits", responses=documented(HTTPStatus.NOT_FOUND))
def list_visits(
    services: Reading,
    key: OutletPath,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 50,
    after_id: Annotated[int, Query(ge=0, le=MAX_ID, description="Only visits with a greater id.")] = 0,
    before_id: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="Cursor: only visits with a lesser id.", examples=[120])
    ] = None,
) -> VisitList:
    """Visits of one outlet's sources, newest first."""
    if not any(outlet.key == key for outlet in services.outlets.outlets()):
        raise UnknownOutlet(key)
    found = services.library.visits(key, limit + 1, after_id, before_id)
    items = [Visit.model_validate(each) for each in found[:limit]]
    return VisitList(items=items, next_before_id=items[-1].id if len(found) > limit else None)


def status_of(services: Services, key: str) -> OutletStatus:
    """Raises UnknownOutlet."""
    found = services.library.outlet_statuses(services.clock(), key)
    if not found:
        raise UnknownOutlet(key)
    return found[0]
