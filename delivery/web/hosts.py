"""The names of hosts under which pages are shown."""

from __future__ import annotations

from fastapi.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import Receive, Scope, Send

from delivery.web.websub import PREFIX


class KnownHosts(TrustedHostMiddleware):
    """Refuses names that are not ours, but for callbacks of hubs: those come under a public name, which need not show
    all the pages for that; and nobody can guess what follows in their path.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request (ASGI)."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        await super().__call__(scope, receive, send)
