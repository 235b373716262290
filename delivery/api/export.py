"""/api/v1/export: what a search finds as a file, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from delivery.api.parameters import Country, Language, LastDay, OutletKey, SinceDay, Words
from delivery.api.problems import documented
from delivery.api.search import filters_of
from delivery.api.services import Reading
from delivery.exporting.exporter import Exporter
from delivery.exporting.forms import MEDIA_TYPES, WRITERS, Form

router = APIRouter(prefix="/api/v1", tags=["articles"])


class Streamed(StrEnum):
    """What is written as it is read; Parquet is written by `presswatch export` alone."""

    JSONL = "jsonl"
    CSV = "csv"


_FILES = {
    MEDIA_TYPES[Form(form.value)].partition(";")[0]: {"schema": {"type": "string", "description": "The articles."}}
    for form in Streamed
}


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses=documented(HTTPStatus.BAD_REQUEST) | {HTTPStatus.OK: {"content": _FILES, "description": "A file"}},
)
def export_articles(
    request: Request,
    services: Reading,
    *,
    words: Words = "",
    outlet_key: OutletKey = "",
    language: Language = "",
    country: Country = "",
    first_day: SinceDay = None,
    last_day: LastDay = None,
    form: Annotated[Streamed, Query(description="JSON Lines, or CSV.")] = Streamed.JSONL,
) -> StreamingResponse:
    """All articles that answer, newest first, with their texts; docs/export.md tells the columns. HEAD reads none."""
    search = services.searcher.search(words, filters_of(outlet_key, language, country, (first_day, last_day)))
    exporter = Exporter(searcher=services.searcher, outlets=services.outlets)
    chosen = Form(form.value)
    lines = iter(()) if request.scope.get("is_head") else WRITERS[chosen](exporter.rows(search))
    return StreamingResponse(
        _in_pieces(lines),
        media_type=MEDIA_TYPES[chosen],
        headers={"Content-Disposition": f'attachment; filename="presswatch.{form.value}"'},
    )


_PIECE_BYTES = 65_536


def _in_pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines together, so that not each of them goes out alone."""
    piece = bytearray()
    for line in lines:
        piece += line
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
