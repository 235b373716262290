"""What fails, grouped by cause, and the whole way of one address."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from delivery.api.parameters import MAX_ID
from delivery.api.services import Reading, Services
from delivery.web.forms import Sent, page_with_forms
from delivery.web.rendering import page
from storage.errors import UnknownOutlet
from storage.records import LOST_REASONS, Channel, OutletStatus, Reason, Role, Source, SourceState

router = APIRouter(include_in_schema=False)

_LOOK_BACK = timedelta(hours=24)
Asked = Annotated[str, Query(alias="url", max_length=4000, pattern=r"^[^\x00-\x1f\x7f]*$")]


@router.get("/failures")
def failures(
    request: Request,
    services: Reading,
    retried: Annotated[int | None, Query(ge=0, le=MAX_ID)] = None,
) -> HTMLResponse:
    """Sources and channels that fail, sources that have moved, and what came to nothing in a day, by reason."""
    now = services.clock()
    causes: dict[str, list[tuple[OutletStatus, Source]]] = {}
    moved = []
    for status in services.library.outlet_statuses(now):
        for source in status.sources:
            if source.state.is_ill or source.state is SourceState.GONE:
                causes.setdefault(source.cause or source.last_reason or "no reason", []).append((status, source))
            if source.has_moved:
                moved.append((status, source))
    values = {
        "nav": "failures",
        "now": now,
        "causes": sorted(causes.items(), key=lambda cause: (-len(cause[1]), cause[0])),
        "moved": moved,
        "channels": [each for each in channels_of(services) if each.is_failing],
        "losses": services.library.losses(now - _LOOK_BACK),
        "retried": retried,
    }
    return page_with_forms(request, services, "failures.html", values, role=Role.OPERATOR)


def channels_of(services: Services) -> list[Channel]:
    """All channels; none where this process knows of none."""
    return services.channels.channels() if services.channels else []


@router.post("/failures/retry")
def retry(services: Reading, form: Sent) -> RedirectResponse:
    """Has all that ended for one reason in a day, at one outlet or all, fetched again."""
    reasons = {reason.value: reason for reason in LOST_REASONS if reason is not Reason.QUARANTINED}
    reason = reasons.get(form.field("reason"))
    if reason is None:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "Nothing that ends so can be fetched again from here.")
    outlet = form.field("outlet")
    if outlet and all(each.key != outlet for each in services.outlets.outlets()):
        raise UnknownOutlet(outlet)
    count = form.console.retry(reason, services.clock() - _LOOK_BACK, [outlet] if outlet else None, form.by)
    return RedirectResponse(f"/failures?retried={count}", HTTPStatus.SEE_OTHER)


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
