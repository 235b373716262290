"""/api/v1/outlets/{key}/revisits: when an outlet's articles are asked for again, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from delivery.api.access import Asking
from delivery.api.outlet_models import RevisitCost, RevisitStanding
from delivery.api.outlets import status_of
from delivery.api.parameters import NO_CONTROLS, OutletPath
from delivery.api.problems import documented
from delivery.api.services import Reading, Services
from delivery.console import BadWish, Console, RevisitText

router = APIRouter(prefix="/api/v1", tags=["outlets"])

_MOST_A_DAY = 20_000
_ANSWERS = documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)


class RevisitsWanted(BaseModel):
    """An order in place of the one before; what is left out is as the outlet's file or the settings say."""

    model_config = ConfigDict(extra="forbid")

    ages: str | None = Field(
        default=None,
        description="Ages of articles, or none.",
        max_length=200,
        pattern=NO_CONTROLS,
        examples=["1h, 6h, 1d, 7d, 30d"],
    )
    a_day: int | None = Field(default=None, ge=0, le=_MOST_A_DAY, examples=[200])


@router.get("/outlets/{key}/revisits", responses=_ANSWERS)
def read_revisits(services: Reading, key: OutletPath) -> RevisitStanding:
    """When an outlet's articles are asked for again, what that costs, and how it stands."""
    return RevisitStanding.model_validate(_console(services, key).revisits(key))


@router.get("/outlets/{key}/revisits/cost", responses=_ANSWERS)
def read_cost(
    services: Reading,
    key: OutletPath,
    ages: Annotated[
        str,
        Query(max_length=200, pattern=NO_CONTROLS, description="Ages of articles, or none.", examples=["1h, 1d, 30d"]),
    ] = "",
    a_day: Annotated[
        int | None, Query(ge=0, le=_MOST_A_DAY, description="Requests to one host.", examples=[200])
    ] = None,
) -> RevisitCost:
    """What an order would cost; nothing is changed."""
    console = _console(services, key)
    with _complaints("query"):
        return RevisitCost.model_validate(console.revisit_cost(key, _text(ages, a_day)))


@router.put("/outlets/{key}/revisits", responses=_ANSWERS | documented(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
def order_revisits(services: Reading, asker: Asking, key: OutletPath, wanted: RevisitsWanted) -> RevisitStanding:
    """Orders it; an empty order takes back what was ordered before."""
    console = _console(services, key)
    with _complaints("body"):
        console.order_revisits(key, _text(wanted.ages or "", wanted.a_day), asker.name)
    return RevisitStanding.model_validate(console.revisits(key))


@contextmanager
def _complaints(place: str) -> Iterator[None]:
    """What cannot be taken, as what is wrong with the request (422)."""
    try:
        yield
    except BadWish as bad:
        complaint = {"loc": (place, bad.field), "msg": bad.sentence, "type": "value_error"}
        raise RequestValidationError([complaint]) from bad


def _console(services: Services, key: str) -> Console:
    """Raises UnknownOutlet, and HTTPException (404) where nothing takes orders."""
    status_of(services, key)
    if services.console is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return services.console


def _text(ages: str, a_day: int | None) -> RevisitText:
    return RevisitText(ages=ages.strip(), a_day="" if a_day is None else str(a_day))
