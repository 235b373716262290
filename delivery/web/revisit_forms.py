"""The form by which an operator orders an outlet's re-visits: first the cost, then the order."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from delivery.api.outlets import status_of
from delivery.api.parameters import OutletPath
from delivery.api.services import Reading
from delivery.console import BadWish, RevisitText
from delivery.web.forms import Sent
from delivery.web.outlet_pages import RevisitDraft, outlet_page

router = APIRouter(include_in_schema=False)


@router.post("/outlets/{key}/revisits")
def order_revisits(request: Request, services: Reading, key: OutletPath, form: Sent) -> Response:
    """Shows what an order would cost, or gives the one whose cost was shown (`sure`); what makes no sense comes back as
    it was sent.
    """
    wish = RevisitText(ages=form.field("ages"), a_day=form.field("a_day"))
    is_sure = form.field("sure") == wish.confirmation
    status_of(services, key)
    try:
        cost = form.console.revisit_cost(key, wish)
        if is_sure:
            form.console.order_revisits(key, wish, form.by)
    except BadWish as bad:
        return outlet_page(request, services, key, draft=RevisitDraft(wish=wish, bad=bad))
    if is_sure:
        return RedirectResponse(f"/outlets/{key}?done=revisits#revisits", HTTPStatus.SEE_OTHER)
    return outlet_page(request, services, key, draft=RevisitDraft(wish=wish, cost=cost))
