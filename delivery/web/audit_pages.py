"""Who changed what."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from delivery.api.audit import audit_entries
from delivery.api.parameters import Before, Who
from delivery.api.services import Reading
from delivery.web.links import query_string
from delivery.web.rendering import page

router = APIRouter(include_in_schema=False)

_PAGE = 100


@router.get("/audit")
def audit(services: Reading, before: Before = None, who: Who = "") -> HTMLResponse:
    """Changes, newest first, of everybody or of one."""
    found = audit_entries(services, _PAGE + 1, before, who or None)
    shown = found[:_PAGE]
    older = f"/audit{query_string(who=who, before=shown[-1].id)}" if len(found) > _PAGE else None
    newest = f"/audit{query_string(who=who)}" if before else None
    values = {"nav": "account", "entries": shown, "who": who, "newest_link": newest, "older_link": older}
    return page("audit.html", values, headers={"Cache-Control": "no-store"})
