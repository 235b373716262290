"""For whoever watches over the process: /healthz says that it runs, /readyz that it can answer."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from delivery.api.services import Reading

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process runs."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def readyz(services: Reading) -> PlainTextResponse:
    """The store answers; a 503 otherwise."""
    services.library.newest_change()
    return PlainTextResponse("ready\n")
