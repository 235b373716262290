"""Log-in and log-out, and the page that says as whom one is logged in."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from delivery.access.desk import AccessDesk, TooManyAsked, WrongCredentials
from delivery.access.landing import landing
from delivery.api.access import Asking, too_many
from delivery.api.cookies import SESSION, drop_cookie, session_cookie, set_cookie
from delivery.api.locality import address_of
from delivery.api.services import Reading, Services
from delivery.web.forms import OwnForm, form_sent, page_for_browser, page_with_forms
from storage.records import Role

router = APIRouter(include_in_schema=False)

_REFUSED = "That name and token belong to no user here, or the user is disabled."
Wanted = Annotated[str, Query(alias="next", max_length=4_000)]


@router.get("/login")
def log_in_page(request: Request, services: Reading, wanted: Wanted = "") -> HTMLResponse:
    """The form, also for who is logged in already: as somebody else, perhaps."""
    _desk(services)
    return _page(request, services, {"wanted": landing(wanted), "refusal": None, "name": ""})


@router.post("/login")
def log_in(request: Request, services: Reading, fields: OwnForm) -> Response:
    """Begins a session, in place of the one that this browser had, and goes where the browser wanted to go."""
    desk, wanted = _desk(services), landing(fields.get("next", ""))
    name = fields.get("name", "")
    try:
        key = desk.log_in(name, fields.get("secret", ""), address_of(request))
    except TooManyAsked as error:
        raise too_many(error) from error
    except WrongCredentials:
        values = {"wanted": wanted, "refusal": _REFUSED, "name": name}
        return _page(request, services, values, status=HTTPStatus.UNAUTHORIZED)
    former = session_cookie(request)
    if former is not None:
        desk.log_out(former)
    response = RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
    set_cookie(request, response, SESSION, key, same_site="lax", max_age_s=desk.session_s)
    return response


@router.get("/account")
def account(request: Request, services: Reading, asker: Asking) -> HTMLResponse:
    """As whom one is logged in, what that role may do, and the ways out."""
    values = {"nav": "account", "asker": asker, "roles": list(Role)}
    response = page_with_forms(request, services, "account.html", values, role=Role.READER)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/account/log-out", dependencies=[Depends(form_sent)])
def log_out(request: Request, services: Reading, asker: Asking) -> Response:
    """Ends this browser's session."""
    if asker.session_key is not None:
        _desk(services).log_out(asker.session_key)
    return _gone(request)


@router.post("/account/log-out-everywhere", dependencies=[Depends(form_sent)])
def log_out_everywhere(request: Request, services: Reading, asker: Asking) -> Response:
    """Ends all sessions of this user, in whatever browser."""
    if asker.user is not None:
        _desk(services).log_out_everywhere(asker.user)
    return _gone(request)


def _page(
    request: Request, services: Services, values: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK
) -> HTMLResponse:
    return page_for_browser(request, services, "login.html", {"nav": "", **values}, status=status)


def _gone(request: Request) -> Response:
    """Nothing that this browser keeps of our pages is shown to whoever uses it next."""
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER, headers={"Clear-Site-Data": '"cache"'})
    drop_cookie(request, response, SESSION)
    return response


def _desk(services: Services) -> AccessDesk:
    if services.access is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return services.access
