"""Every error as a page for people, or as a problem for programs."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from delivery.api import problems
from delivery.api.access import NotLoggedIn
from delivery.api.problems import Failure, failure_of
from delivery.watchlists.query import QueryError
from delivery.web.headers import SECURITY_HEADERS
from delivery.web.rendering import page
from storage.errors import StorageError

#: Who asks for these would make nothing of a log-in page.
_OF_PROGRAMS = ("/api/v1/", "/api/openapi.json", "/feeds/", "/metrics")


def install(app: FastAPI) -> None:
    """Registers what turns exceptions into answers."""
    for kind in (StorageError, QueryError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(Exception, _answer_unforeseen)


async def _answer(request: Request, error: Exception) -> Response:
    failure, path = failure_of(error), request.url.path
    if isinstance(error, NotLoggedIn) and request.method == "GET" and not path.startswith(_OF_PROGRAMS):
        wanted = urlencode({"next": f"{path}?{request.url.query}" if request.url.query else path})
        return RedirectResponse(f"/login?{wanted}", HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
    if path.startswith("/api/"):
        return problems.respond(failure)
    if isinstance(error, RequestValidationError):
        failure = _for_people(failure)
    return page("error.html", {"failure": failure, "nav": ""}, status=failure.status, headers=failure.headers)


async def _answer_unforeseen(request: Request, error: Exception) -> Response:
    """For what nobody foresaw. The server logs it; our middleware is not asked any more by then."""
    response = await _answer(request, error)
    response.headers.update(SECURITY_HEADERS)
    return response


def _for_people(failure: Failure) -> Failure:
    """A wrong path is a page that is not there; a wrong parameter is a bad request."""
    if any(where.startswith("path.") for where, _ in failure.complaints):
        return failure_of(HTTPException(HTTPStatus.NOT_FOUND))
    return Failure(status=HTTPStatus.BAD_REQUEST, detail=failure.detail, complaints=failure.complaints)
