"""Notes in the audit log how a change ended, before whoever asked for it hears of it.

That it was about to be made was noted by `delivery.api.access.admit`.
"""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.errors import StorageError
from storage.ports import AuditLog

log = structlog.get_logger(__name__)


class Audited:
    """Ends the entries that routes have begun."""

    def __init__(self, app: ASGIApp, audit: AuditLog) -> None:
        self._app = app
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._end(state.pop("audit_entry", None), str(message["status"]))
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            await self._end(state.pop("audit_entry", None), str(int(HTTPStatus.INTERNAL_SERVER_ERROR)))
            raise

    async def _end(self, entry_id: int | None, outcome: str) -> None:
        if entry_id is None:
            return
        try:
            await run_in_threadpool(self._audit.end, entry_id, outcome)
        except StorageError as error:  # the change is made, and that somebody asked for it is noted
            log.warning("audit_entry_not_ended", entry=entry_id, outcome=outcome, error=str(error))
