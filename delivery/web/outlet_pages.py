"""The list of outlets, and the page of one: what an operator looks at first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from delivery.api.outlets import status_of
from delivery.api.parameters import MAX_ID, OutletPath
from delivery.api.services import Reading, Services
from delivery.console import BadWish, PaceWish, RevisitText
from delivery.web.backfill_pages import backfill_rows
from delivery.web.fill_rates import fill_rates
from delivery.web.forms import page_with_forms
from delivery.web.links import query_string
from delivery.web.order_words import revisit_text_of, wish_of
from delivery.web.rendering import page
from storage.errors import UnknownOutlet
from storage.records import URGENCY, RevisitCost, Role

router = APIRouter(include_in_schema=False)

_VISITS = 20
_DAYS = 28
_ORDERS = 10
_BACKFILLS = 5
_FIGURES = 600  # articles that fill rates are told of
_HISTORY = 100  # visits a page
_ROBOTS_CHARS = 20_000
#: What a form of a source has done, told on the page that follows it.
DONE = {
    "pace": "Ordered. The next visit is planned by it.",
    "default": "Taken back: its outlet file holds again.",
    "pause": "Paused.",
    "resume": "No longer paused: it is due now.",
    "visit": "It is due now; the host's pauses hold all the same.",
    "accept-move": "Accepted: it is asked for there from now on.",
    "revisits": "Ordered. Articles are planned by it within minutes.",
    "take-back-move": "Taken back: it is asked for where its outlet file says.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A form of a source that made no sense, as it was sent."""

    source_id: int
    bad: BadWish
    wish: PaceWish | None = None  # None: it was not the schedule
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitDraft:
    """An order of re-visits as it was sent: with its cost, or with what is wrong."""

    wish: RevisitText
    cost: RevisitCost | None = None
    bad: BadWish | None = None


@router.get("/outlets")
def all_outlets(services: Reading) -> HTMLResponse:
    """All outlets: those with trouble first, then by name."""
    now = services.clock()
    rows = [(line.state, line) for line in services.library.outlet_lines(now, _DAYS)]
    rows.sort(key=lambda row: URGENCY.index(row[0]))  # stable, so by name within a state
    counts = Counter(state for state, _ in rows)
    values = {"nav": "outlets", "now": now, "rows": rows, "counts": counts, "order": URGENCY}
    return page("outlets.html", values | {"network": services.library.network()})


@router.get("/outlets/{key}")
def one_outlet(
    request: Request,
    services: Reading,
    key: OutletPath,
    done: Annotated[str, Query(max_length=20)] = "",
    source: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> HTMLResponse:
    """One outlet: its sources and how they are visited, what they brought, what was ordered."""
    return outlet_page(request, services, key, done=(source, DONE.get(done, "")))


@router.get("/outlets/{key}/visits")
def history(
    services: Reading,
    key: OutletPath,
    before: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Only visits with a lesser id.")] = None,
) -> HTMLResponse:
    """All visits of an outlet's sources that are kept, newest first, a page at a time."""
    outlet = next((outlet for outlet in services.outlets.outlets() if outlet.key == key), None)
    if outlet is None:
        raise UnknownOutlet(key)
    visits = services.library.visits(key, _HISTORY + 1, before_id=before)
    shown, link = visits[:_HISTORY], f"/outlets/{key}/visits"
    values = {
        "nav": "outlets",
        "now": services.clock(),
        "outlet": outlet,
        "visits": shown,
        "newest_link": link if before else None,
        "older_link": link + query_string(before=shown[-1].id) if len(visits) > _HISTORY else None,
    }
    return page("visits.html", values)


def outlet_page(
    request: Request,
    services: Services,
    key: str,
    *,
    done: tuple[int, str] = (0, ""),
    refusal: Refusal | None = None,
    draft: RevisitDraft | None = None,
) -> HTMLResponse:
    """The page of an outlet; `done` is (source, what a form of it has done; 0: of no source). Raises UnknownOutlet."""
    now = services.clock()
    status = status_of(services, key)
    revisits = services.console.revisits(key) if services.console else None
    wishes = {each.id: wish_of(each.ordered) for each in status.sources}
    if refusal and refusal.wish:
        wishes[refusal.source_id] = refusal.wish
    values = {
        "nav": "outlets",
        "now": now,
        "state": status.state,
        "status": status,
        "standing": services.library.standing(key, now),
        "shown_chars": _ROBOTS_CHARS,
        "by_day": services.library.articles_by_day(key, now, _DAYS),
        "profile": services.console.profile(status.outlet) if services.console else None,
        "fill": fill_rates(services.library.figures(key, _FIGURES), now),
        "visits": services.library.visits(key, _VISITS),
        "orders": services.library.orders(key, _ORDERS),
        "backfills": backfill_rows(services, key, _BACKFILLS),
        "wishes": wishes,
        "done": done,
        "refusal": refusal,
        "revisits": revisits,
        "draft": draft,
        "revisit_text": draft.wish if draft else revisit_text_of(revisits.ordered) if revisits else None,
    }
    is_refused = refusal or (draft and draft.bad)
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return page_with_forms(request, services, "outlet.html", values, status=status_code, role=Role.OPERATOR)
