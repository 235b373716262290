"""The headers that keep a browser from doing more with our pages than show them."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    # Nothing inline, nothing from elsewhere: a title that got past the escaping would still run nothing.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # An outlet need not learn who reads about it; our own forms must say where they come from.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",  # the texts are the outlets'; a search engine should lead there
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds those of `SECURITY_HEADERS` that a response does not set itself, and asks caches to come back before they
    reuse one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)  # a page that needs others has its own
                headers.setdefault("Cache-Control", "private, no-cache")  # what one user is shown is no other's
            await send(message)

        await self._app(scope, receive, send_with_headers)
