"""/api/v1/captures: what was fetched, as it can be looked at, and as it is kept."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from pydantic import Field

from delivery.api.models import Answer, Capture, OutsideText
from delivery.api.parameters import CaptureRow
from delivery.api.problems import documented
from delivery.api.services import Replaying
from storage.errors import BodyMissing
from storage.records import NotShown

router = APIRouter(prefix="/api/v1", tags=["articles"])

#: No browser shows it, whatever is in it.
_OPAQUE = "application/octet-stream"
_FILE = {_OPAQUE: {"schema": {"type": "string", "format": "binary", "description": "A WARC/1.1 file, gzipped."}}}


class TakenOut(Answer):
    """What a page was shown without."""

    what: str = Field(examples=["scripts"])
    count: int = Field(examples=[14])


class CaptureShown(Capture):
    """A capture, and its page without what acts, asks or hides."""

    article_id: int | None
    deleted_at: datetime | None = Field(description="When retention deleted it; null: it is kept.")
    html: OutsideText | None = Field(description="Harmless HTML, to stand within a body; null: it is not shown.")
    title: OutsideText | None = Field(description="As the page had it.")
    language: str | None = Field(description="As the page said.", examples=["fa"])
    direction: str | None = Field(description="As the page said: ltr, rtl or auto.")
    removed: list[TakenOut] = Field(description="What was taken out, the most first.")
    not_shown: str | None = Field(description="Why it is not shown; null: it is.")


@router.get("/captures/{capture_id}", responses=documented(HTTPStatus.NOT_FOUND))
def read_capture(replayer: Replaying, capture_id: CaptureRow) -> CaptureShown:
    """One fetched response and its page, sanitised: no script, style, picture, frame, form field or link is left."""
    kept = replayer.capture(capture_id)
    page = replayer.page(kept)
    told = Capture.model_validate(kept.capture).model_dump()
    shown = None if isinstance(page, NotShown) else page
    return CaptureShown(
        **told,
        article_id=kept.capture.article_id,
        deleted_at=kept.deleted_at,
        html=shown.html if shown else None,
        title=shown.title if shown else None,
        language=shown.language if shown else None,
        direction=shown.direction if shown else None,
        removed=[TakenOut(what=what, count=count) for what, count in (shown.removed if shown else ())],
        not_shown=page.why if isinstance(page, NotShown) else None,
    )


@router.get(
    "/captures/{capture_id}/records",
    response_class=Response,
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    | {HTTPStatus.OK: {"content": _FILE, "description": "A file"}},
)
def read_capture_records(replayer: Replaying, capture_id: CaptureRow) -> Response:
    """The records of one capture as a WARC file, byte for byte: hostile where the page was, so open it with care."""
    try:
        data = replayer.records(replayer.capture(capture_id))
    except BodyMissing as error:
        told = "The archive has this capture no longer as it was: it was deleted, or damaged. Its page tells which."
        raise HTTPException(HTTPStatus.GONE, told) from error
    name = f"capture-{capture_id}.warc.gz"
    return Response(data, media_type=_OPAQUE, headers={"Content-Disposition": f'attachment; filename="{name}"'})
