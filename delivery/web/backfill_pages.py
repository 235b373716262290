"""Backfills with how far they are, and the times of which articles may have been missed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from delivery.api.parameters import OutletKey
from delivery.api.services import Reading, Services
from delivery.web.rendering import page

router = APIRouter(include_in_schema=False)

_SHOWN = 20  # each is counted anew
_GAPS, _GAPS_SHOWN = 100, timedelta(days=30)


@router.get("/backfills")
def backfills(services: Reading, outlet_key: OutletKey = "") -> HTMLResponse:
    """The newest backfills and gaps, of one outlet or all."""
    now = services.clock()
    names = {outlet.key: outlet.name for outlet in services.outlets.outlets()}
    values = {
        "nav": "backfills",
        "now": now,
        "asked": outlet_key,
        "names": names,
        "rows": backfill_rows(services, outlet_key or None, _SHOWN),
        "gaps": services.gaps.gaps(now - _GAPS_SHOWN, outlet_key or None, _GAPS),
    }
    return page("backfills.html", values)


def backfill_rows(services: Services, outlet_key: str | None, limit: int) -> list[Any]:
    """The newest backfills, each with how far it is."""
    now, book = services.clock(), services.backfills
    return [book.progress(each.id, now) for each in book.backfills(outlet_key, limit)]
