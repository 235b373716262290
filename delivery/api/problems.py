"""Errors as problem details (RFC 9457), and what each error of the store means to a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from delivery.api.cookies import SESSION
from delivery.api.examples import add_examples
from delivery.watchlists.query import QueryError
from storage.errors import (
    ChannelExists,
    EventsGone,
    FeedExists,
    SearchTooDear,
    StorageError,
    StoreNotReady,
    StoreUnavailable,
    UnknownArticle,
    UnknownAuthor,
    UnknownBackfill,
    UnknownCapture,
    UnknownChannel,
    UnknownFeed,
    UnknownOutlet,
    UnknownStory,
    UnknownWatchlist,
    WatchlistExists,
)

MEDIA_TYPE = "application/problem+json"

_STATUS_OF: dict[type[Exception], HTTPStatus] = {
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreNotReady: HTTPStatus.SERVICE_UNAVAILABLE,
    UnknownArticle: HTTPStatus.NOT_FOUND,
    UnknownCapture: HTTPStatus.NOT_FOUND,
    UnknownAuthor: HTTPStatus.NOT_FOUND,
    UnknownStory: HTTPStatus.NOT_FOUND,
    UnknownBackfill: HTTPStatus.NOT_FOUND,
    UnknownOutlet: HTTPStatus.NOT_FOUND,
    UnknownWatchlist: HTTPStatus.NOT_FOUND,
    WatchlistExists: HTTPStatus.CONFLICT,
    UnknownChannel: HTTPStatus.NOT_FOUND,
    ChannelExists: HTTPStatus.CONFLICT,
    SearchTooDear: HTTPStatus.SERVICE_UNAVAILABLE,
    UnknownFeed: HTTPStatus.NOT_FOUND,
    FeedExists: HTTPStatus.CONFLICT,
    EventsGone: HTTPStatus.GONE,
}
_RETRY_AFTER_S = "30"
#: What the door of every route may answer.
_OF_EVERY_ROUTE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


class Complaint(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(examples=["query.limit"])
    what: str = Field(examples=["Input should be less than or equal to 200"])


class QueryPlace(BaseModel):
    """Where in a query it cannot be read."""

    start: int = Field(description="First character, from 0.", examples=[9])
    end: int = Field(examples=[12])
    expected: str = Field(description="What was expected there.", examples=["expected ) for the parenthesis"])


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["No such article is stored."])
    errors: list[Complaint] | None = None
    place: QueryPlace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error on its way to a reader, as a problem or a page."""

    status: HTTPStatus
    detail: str
    complaints: tuple[tuple[str, str], ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)  # headers that whoever raised it wants sent
    query: QueryError | None = None  # where it is a query that cannot be read

    @property
    def headers(self) -> dict[str, str]:
        """Those that the status calls for."""
        again = {"Retry-After": _RETRY_AFTER_S} if self.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        return again | dict(self.told)


def failure_of(error: Exception) -> Failure:
    """What an exception means. Nothing of a store's own message is told when the store is down: it may name
    hosts and users.
    """
    if isinstance(error, RequestValidationError):
        complaints = tuple((_place(item["loc"]), str(item["msg"])) for item in error.errors())
        return Failure(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            detail="The request cannot be read: " + "; ".join(f"{where}: {what}" for where, what in complaints),
            complaints=complaints,
        )
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        detail = _HTTP_DETAILS.get(status, str(error.detail))
        return Failure(status=status, detail=detail, told=error.headers or {})
    if isinstance(error, QueryError):
        detail = f"The query cannot be read, {error}"
        return Failure(status=HTTPStatus.BAD_REQUEST, detail=detail, query=error)
    status = _STATUS_OF.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    if isinstance(error, StorageError) and error.__doc__:
        return Failure(status=status, detail=error.__doc__)
    return Failure(status=status, detail="Presswatch failed at this. Its log tells why.")


_HTTP_DETAILS = {
    HTTPStatus.NOT_FOUND: "Nothing is found at this address. Check it, or begin at the newest articles.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address takes no such request; begin at the newest articles.",
}


def respond(failure: Failure) -> JSONResponse:
    """A failure as a problem document."""
    complaints = [Complaint(where=where, what=what) for where, what in failure.complaints]
    error = failure.query
    problem = Problem(
        title=failure.status.phrase,
        status=failure.status,
        detail=failure.detail,
        errors=complaints or None,
        place=None if error is None else _place_of(error),
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True), failure.status, headers=failure.headers, media_type=MEDIA_TYPE
    )


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint: the problems it may answer with, for OpenAPI."""
    always = (*_OF_EVERY_ROUTE, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
    return {int(status): {"model": Problem, "description": status.phrase} for status in (*statuses, *always)}


_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "The token of a user."},
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION, "description": "A browser that is logged in."},
}


def as_sent(description: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI description whose errors have the media type of problems, which FastAPI has no setting for, whose
    answers have examples, and that says how to log in. Without users none of it is needed at this machine, hence the
    empty way in.
    """
    description.setdefault("components", {})["securitySchemes"] = _SCHEMES
    description["security"] = [{name: []} for name in _SCHEMES] + [{}]
    for operations in description["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in response["content"]:
                    response["content"][MEDIA_TYPE] = response["content"].pop("application/json") | _example(status)
    add_examples(description)
    return description


def _example(status: str) -> dict[str, Any]:
    problem = {"type": "about:blank", "title": HTTPStatus(int(status)).phrase, "status": int(status)}
    return {"example": problem | {"detail": "What happened, to what, and what to do next."}}


def _place_of(error: QueryError) -> QueryPlace:
    return QueryPlace(start=error.place.start, end=error.place.end, expected=error.complaint)


def _place(loc: Sequence[str | int]) -> str:
    return ".".join(map(str, loc))
