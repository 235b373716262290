"""The callback of WebSub: hubs verify here what we asked them for, and push what feeds publish.

Each subscription has an unguessable address. What is pushed is stored before it is answered for, and read by a worker
later, as a visit's answer would be; nothing of it is interpreted here.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from delivery.api.services import Reading, Services
from delivery.web.hubsignature import SIGNATURE_HEADER, why_not_believed
from storage.ports import SubscriptionBook
from storage.records import HubMode, Subscription

router = APIRouter(include_in_schema=False)

#: The prefix of all callbacks; names of hosts are not judged below it, since nobody guesses what follows.
PREFIX = "/websub/"
#: A push holds what is new, or a whole feed; feeds of news have a tenth of it.
MAX_PUSH_BYTES = 4 * 1024 * 1024
_MOST_CHALLENGE_CHARS = 4_096
_MOST_WHY_CHARS = 300
_AGAIN_AFTER_S = "120"

Callback = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


@router.get(PREFIX + "{path}")
def verify(services: Reading, path: Callback, request: Request) -> PlainTextResponse:
    """Echoes a challenge for what we asked for, and for nothing else; takes note of a denial."""
    asked, now, book = request.query_params, services.clock(), _book(services)
    mode, topic = asked.get("hub.mode", ""), asked.get("hub.topic", "")
    if mode == "denied":
        why = asked.get("hub.reason", "")[:_MOST_WHY_CHARS]
        told = f"the hub denied it: {why}" if why else "the hub denied it without a reason"
        return _said("noted") if book.deny(path, topic, told, now) else _unknown()
    challenge, lease = asked.get("hub.challenge", ""), asked.get("hub.lease_seconds", "")
    if mode not in set(HubMode) or not 0 < len(challenge) <= _MOST_CHALLENGE_CHARS:
        return _unknown()
    lease_s = int(lease) if lease.isascii() and lease.isdigit() and len(lease) < 12 else None  # noqa: PLR2004
    if not book.confirm(path, HubMode(mode), topic, lease_s, now):
        return _unknown()
    return _said(challenge)


@router.post(PREFIX + "{path}")
async def take(services: Reading, path: Callback, request: Request) -> PlainTextResponse:
    """Stores what a hub pushed, if it is signed with the secret that only we and the hub know.

    What is not believed is answered for all the same: why is for the operator to know, not for whoever sent it.
    """
    book = _book(services)
    subscription = await run_in_threadpool(book.at, path)
    if subscription is None:
        return _unknown()
    if not subscription.is_active(services.clock()):
        return _said("this subscription has ended", HTTPStatus.GONE)
    body = await _body(request)
    if body is None:
        await _refuse(services, subscription, f"it is larger than {MAX_PUSH_BYTES} bytes")
        return _said("too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    problem = why_not_believed(request.headers.get(SIGNATURE_HEADER), subscription.secret, body)
    if problem is not None:
        await _refuse(services, subscription, problem)
        return _said("taken", HTTPStatus.ACCEPTED)
    kind, coding = request.headers.get("content-type"), request.headers.get("content-encoding")
    if await run_in_threadpool(book.keep, subscription, body, kind, coding, services.clock()):
        return _said("taken", HTTPStatus.ACCEPTED)
    await _refuse(services, subscription, "too many pushes wait to be read already")
    answer = _said("too many wait to be read", HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = _AGAIN_AFTER_S
    return answer


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is past the cap."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_PUSH_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


async def _refuse(services: Services, subscription: Subscription, why: str) -> None:
    await run_in_threadpool(_book(services).refuse, subscription.id, why, services.clock())


def _book(services: Services) -> SubscriptionBook:
    if services.pushes is None:
        raise TypeError("callbacks are served where there are subscriptions only")
    return services.pushes


def _unknown() -> PlainTextResponse:
    return _said("nothing like that was asked for", HTTPStatus.NOT_FOUND)


def _said(text: str, status: HTTPStatus = HTTPStatus.OK) -> PlainTextResponse:
    return PlainTextResponse(text, status_code=status)
