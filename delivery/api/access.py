"""The door of every route: who asks, and whether they may. `delivery.access.rights` says what each route needs."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from delivery.access.credentials import HERE, NOBODY, credentials_in
from delivery.access.desk import Asker, TooManyAsked
from delivery.access.rights import needed
from delivery.api.cookies import session_cookie
from delivery.api.locality import address_of, came_to_loopback, sits_here
from delivery.api.origin import require_own_page
from delivery.api.services import Reading, Services
from storage.records import Role

_NOT_FROM_ELSEWHERE = (
    "This is taken at this machine's own address alone (http://127.0.0.1, or a tunnel to it): without users nobody can "
    "tell who asks from elsewhere. `presswatch users add` adds the first one."
)
_NO_USERS = (
    "There are no users yet, so nobody is let in from other machines: `presswatch users add NAME --role operator`."
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class NotLoggedIn(HTTPException):
    """Nobody knows who asks."""

    def __init__(self, challenge: str) -> None:
        told = "Log in, or send the token of a user: Authorization: Bearer TOKEN."
        super().__init__(HTTPStatus.UNAUTHORIZED, told, headers={"WWW-Authenticate": challenge})


async def admit(request: Request, services: Reading) -> None:
    """Lets in who may ask for this route, and notes a change before it is made; a dependency of every router.

    Raises NotLoggedIn, and HTTPException: 403 for who may not, 429 for who asks too often.
    """
    path = request.scope["route"].path
    role = needed(request.method, path)
    if role is None:
        return
    asker = await who_asks(request, services)
    if asker is None:
        raise NotLoggedIn(_challenge(request.url.path))
    if not asker.role.covers(role):
        raise HTTPException(HTTPStatus.FORBIDDEN, _why_not(asker, role))
    request.state.asker = asker
    if request.method in _SAFE:
        return
    if request.url.path.startswith("/api/") and asker.is_ambient:
        require_own_page(request, may_be_program=asker.user is None)
    if services.access is not None:
        what, address = f"{request.method} {path}", address_of(request)
        request.state.audit_entry = await run_in_threadpool(
            services.access.audit.begin,
            who=asker.name,
            address=address,
            what=what,
            about=request.url.path,
            now=services.clock(),
        )


async def who_asks(request: Request, services: Services) -> Asker | None:
    """Who sends this request; None where nobody can tell. Raises HTTPException (403, 429)."""
    access, key = services.access, session_cookie(request)
    credentials = credentials_in(request.headers.get("authorization", ""))
    is_bearer = credentials is not None and not credentials.is_basic
    if access is not None and key is not None and not is_bearer:
        # Before Basic: that may be the password of a proxy in front of us, which we are not meant to know.
        try:
            asker = await run_in_threadpool(access.by_session, key)
        except TooManyAsked as error:
            raise too_many(error) from error
        if asker is not None:
            return asker
    if access is None or not await run_in_threadpool(access.has_users):
        return _somebody(request)
    if credentials is None or not (is_bearer or request.method in _SAFE):
        return None
    try:
        return await run_in_threadpool(access.by_token, credentials, address_of(request))
    except TooManyAsked as error:
        raise too_many(error) from error


async def is_still_welcome(request: Request, services: Services) -> bool:
    """Whether who sent a request that is answered for long would be let in anew: users are disabled meanwhile."""
    role = needed(request.method, request.scope["route"].path)
    try:
        asker = await who_asks(request, services)
    except HTTPException:
        return False
    return role is None or (asker is not None and asker.role.covers(role))


async def asker_of(request: Request) -> Asker:
    """Who sends this request, whom `admit` has let in."""
    asker: Asker = request.state.asker
    return asker


Asking = Annotated[Asker, Depends(asker_of)]


def too_many(error: TooManyAsked) -> HTTPException:
    """429 with when to come back (RFC 6585 4)."""
    wait_s = max(1, ceil(error.wait_s))
    told = f"Asked too often; again in {wait_s} s."
    return HTTPException(HTTPStatus.TOO_MANY_REQUESTS, told, headers={"Retry-After": str(wait_s)})


def _somebody(request: Request) -> Asker:
    """Who asks while there are no users: at this machine everybody may do all, through a proxy of it they may read."""
    if sits_here(request):
        return Asker(name=HERE, role=Role.OPERATOR)
    if came_to_loopback(request):
        return Asker(name=NOBODY, role=Role.READER)
    raise HTTPException(HTTPStatus.FORBIDDEN, _NO_USERS)


def _why_not(asker: Asker, role: Role) -> str:
    if asker.user is None:
        return _NOT_FROM_ELSEWHERE
    return f"This needs the role {role.value}; {asker.name} has {asker.role.value}. An operator can change that."


def _challenge(path: str) -> str:
    """Feed readers know Basic, with a user's name and token for the password."""
    return 'Basic realm="Presswatch", charset="UTF-8"' if path.startswith("/feeds/") else 'Bearer realm="Presswatch"'
