"""/api/v1/backfills and /api/v1/gaps: what of the past is looked for, and what may have been missed."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from delivery.api.outlet_models import Backfill, BackfillList, Gap, GapList, PageProblem, ReasonCount
from delivery.api.parameters import MAX_ID, OutletKey
from delivery.api.problems import documented
from delivery.api.services import Reading
from storage.backfills import BackfillProgress

router = APIRouter(prefix="/api/v1", tags=["backfills"])

_GAPS_SHOWN = timedelta(days=30)
#: Each is counted anew when it is asked for.
MOST_COUNTED = 50

BeforeId = Annotated[
    int | None,
    Query(ge=1, le=MAX_ID, description="Cursor: only those listed after this one.", examples=[9]),
]


@router.get("/backfills", responses=documented())
def list_backfills(
    services: Reading,
    outlet_key: OutletKey = "",
    before_id: BeforeId = None,
    limit: Annotated[int, Query(ge=1, le=MOST_COUNTED, description="How many at most.")] = 20,
) -> BackfillList:
    """Backfills with how far they are, the one begun last first."""
    now, found = services.clock(), services.backfills.backfills(outlet_key or None, limit + 1, before_id)
    items = [_told(services.backfills.progress(each.id, now)) for each in found[:limit]]
    return BackfillList(items=items, next_before_id=items[-1].id if len(found) > limit else None)


@router.get("/backfills/{backfill_id}", responses=documented(HTTPStatus.NOT_FOUND))
def read_backfill(
    services: Reading, backfill_id: Annotated[int, Path(ge=1, le=MAX_ID, description="Id of a backfill.", examples=[3])]
) -> Backfill:
    """One backfill, and how far it is."""
    return _told(services.backfills.progress(backfill_id, services.clock()))


@router.get("/gaps", responses=documented())
def list_gaps(
    services: Reading,
    outlet_key: OutletKey = "",
    before_id: BeforeId = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100,
) -> GapList:
    """Times of the last 30 days of which a feed's articles may have been missed, newest first."""
    since = services.clock() - _GAPS_SHOWN
    found = services.gaps.gaps(since, outlet_key or None, limit + 1, before_id)
    items = [Gap.model_validate(each) for each in found[:limit]]
    return GapList(items=items, next_before_id=items[-1].id if len(found) > limit else None)


def _told(progress: BackfillProgress) -> Backfill:
    backfill = progress.backfill
    return Backfill(
        id=backfill.id,
        outlet_key=backfill.outlet_key,
        since=backfill.since,
        until=backfill.until,
        state=backfill.state,
        stage=backfill.stage,
        created_at=backfill.created_at,
        ended_at=backfill.ended_at,
        detail=backfill.detail,
        is_oldest_first=backfill.is_oldest_first,
        is_announced=backfill.is_announced,
        is_dry=backfill.is_dry,
        pages_read=progress.pages_read,
        pages_failed=progress.pages_failed,
        pages_left=progress.pages_left,
        listed=progress.listed,
        undated=progress.undated,
        found=progress.found,
        waiting=progress.waiting,
        ended=[ReasonCount(reason=reason, count=count) for reason, count in progress.ended],
        problems=[PageProblem(url=url, problem=problem) for url, problem in progress.problems],
    )
