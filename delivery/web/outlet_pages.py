"""The list of outlets, and the page of one: what an operator looks at first."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from delivery.api.outlets import status_of
from delivery.api.parameters import OutletPath
from delivery.api.services import Reading
from delivery.web.rendering import page
from storage.records import URGENCY

router = APIRouter(include_in_schema=False)

_VISITS = 60
_DAYS = 28
_ROBOTS_CHARS = 20_000


@router.get("/outlets")
def all_outlets(services: Reading) -> HTMLResponse:
    """All outlets: those with trouble first, then by name."""
    now = services.clock()
    rows = [(status.state, status) for status in services.library.outlet_statuses(now)]
    rows.sort(key=lambda row: URGENCY.index(row[0]))  # stable, so by name within a state
    counts = Counter(state for state, _ in rows)
    values = {"nav": "outlets", "now": now, "rows": rows, "counts": counts, "order": URGENCY}
    return page("outlets.html", values | {"network": services.library.network()})


@router.get("/outlets/{key}")
def one_outlet(services: Reading, key: OutletPath) -> HTMLResponse:
    """One outlet: its sources and their newest visits."""
    status = status_of(services, key)
    values = {
        "nav": "outlets",
        "now": services.clock(),
        "state": status.state,
        "status": status,
        "standing": services.library.standing(key, services.clock()),
        "shown_chars": _ROBOTS_CHARS,
        "by_day": services.library.articles_by_day(key, services.clock(), _DAYS),
        "visits": services.library.visits(key, _VISITS),
    }
    return page("outlet.html", values)
