"""/api/v1/audit: who changed what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime, Field

from delivery.api.models import Answer, OutsideText
from delivery.api.parameters import Before, Who
from delivery.api.problems import documented
from delivery.api.services import Reading, Services
from storage.records import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["service"])


class Audited(Answer):
    """One change that somebody asked for."""

    id: int = Field(examples=[7])
    at: AwareDatetime
    who: OutsideText = Field(examples=["amal"])
    address: str | None = Field(description="Of whoever asked; null for commands.", examples=["203.0.113.5"])
    what: OutsideText = Field(examples=["POST /watchlists/{watchlist_id}/edit"])
    about: OutsideText = Field(examples=["/watchlists/5/edit"])
    outcome: str | None = Field(description="HTTP status, done or failed; null: under way, or cut off.")


class AuditPage(Answer):
    """Changes, and where to go on."""

    items: list[Audited]
    next_before_id: int | None


@router.get("/audit", responses=documented())
def list_audit(
    services: Reading,
    before_id: Before = None,
    who: Who = "",
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
) -> AuditPage:
    """Who changed what, when and from where, newest first. Needs the role operator."""
    found = audit_entries(services, limit + 1, before_id, who or None)
    items = [Audited.model_validate(each) for each in found[:limit]]
    return AuditPage(items=items, next_before_id=items[-1].id if len(found) > limit else None)


def audit_entries(services: Services, limit: int, before_id: int | None, who: str | None) -> list[AuditEntry]:
    """The newest entries. Raises HTTPException (404) where no log is kept."""
    if services.access is None:
        raise HTTPException(404)
    return services.access.audit.entries(limit, before_id, who)
