"""/api/v1/outlets."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from delivery.api import shaping
from delivery.api.models import Outlet, OutletList, Standing, Visit, VisitList
from delivery.api.parameters import MAX_ID, OutletPath
from delivery.api.problems import documented
from delivery.api.services import Reading, Services
from storage.errors import UnknownOutlet
from storage.records import OutletStatus

router = APIRouter(prefix="/api/v1", tags=["outlets"])


@router.get("/outlets", responses=documented())
def list_outlets(services: Reading) -> OutletList:
    """All outlets, by name, with how their monitoring goes."""
    return OutletList(items=[shaping.outlet(each) for each in services.library.outlet_statuses(services.clock())])


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
) -> VisitList:
    """Visits of one outlet's sources, newest first."""
    if not any(outlet.key == key for outlet in services.outlets.outlets()):
        raise UnknownOutlet(key)
    visits = services.library.visits(key, limit, after_id)
    return VisitList(items=[Visit.model_validate(each) for each in visits])


def status_of(services: Services, key: str) -> OutletStatus:
    """Raises UnknownOutlet."""
    found = services.library.outlet_statuses(services.clock(), key)
    if not found:
        raise UnknownOutlet(key)
    return found[0]
