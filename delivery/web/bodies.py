"""How much a request may bring along: the API reads a body whole before it looks at it, so it must be small."""

from __future__ import annotations

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from delivery.api.problems import Failure, respond

MOST_BYTES = 65_536
_PREFIX = "/api/"


class SmallBodies:
    """Answers 413 to a body for the API that is longer than `MOST_BYTES`, told so or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request (ASGI)."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        if _told_length(scope) > MOST_BYTES:
            await _refuse(scope, receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > MOST_BYTES:
                await _refuse(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        else:
            return  # it went away while it was sending
        await self._app(scope, _replaying(body, receive), send)


def _replaying(body: bytes, receive: Receive) -> Receive:
    """What has been read, once, then whatever comes: that the other end went away."""
    is_told = False

    async def again() -> Message:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _told_length(scope: Scope) -> int:
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(told) if told.isdigit() else 0


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"A body of more than {MOST_BYTES:,} bytes is taken by no address of the API."
    await respond(Failure(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail=detail))(scope, receive, send)
