"""What fails, grouped by cause, and the whole way of one address."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from delivery.api.services import Reading
from delivery.web.rendering import page
from storage.records import OutletStatus, Source, SourceState

router = APIRouter(include_in_schema=False)

_LOOK_BACK = timedelta(hours=24)
_ILL = (SourceState.FAILING, SourceState.GONE)
Asked = Annotated[str, Query(alias="url", max_length=4000, pattern=r"^[^\x00-\x1f\x7f]*$")]


@router.get("/failures")
def failures(services: Reading) -> HTMLResponse:
    """Sources that fail, by cause, and what came to nothing in a day, by reason."""
    now = services.clock()
    causes: dict[str, list[tuple[OutletStatus, Source]]] = {}
    for status in services.library.outlet_statuses(now):
        for source in status.sources:
            if source.state in _ILL:
                causes.setdefault(source.last_reason or "no reason", []).append((status, source))
    values = {
        "nav": "failures",
        "now": now,
        "causes": sorted(causes.items(), key=lambda cause: (-len(cause[1]), cause[0])),
        "losses": services.library.losses(now - _LOOK_BACK),
    }
    return page("failures.html", values)


@router.get("/explain")
def explain(services: Reading, asked: Asked = "") -> HTMLResponse:
    """A form for an address, and under it what became of that address."""
    asked, problem, canonical, ways = asked.strip(), "", "", []
    if asked:
        try:
            canonical, key = services.fingerprint(asked)
        except ValueError as error:
            problem = f"That is not the address of a page: {error}"
        else:
            ways = services.library.explain(asked, key)
    values = {"nav": "failures", "asked": asked, "canonical": canonical, "ways": ways, "problem": problem}
    return page("explain.html", values)
