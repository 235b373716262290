"""The page of one revision: what it changed, marked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import HTMLResponse

from delivery.api.parameters import Row
from delivery.api.services import Reading
from delivery.web.comparison import compared
from delivery.web.rendering import page

router = APIRouter(include_in_schema=False)

_MOST = 1_000_000
Number = Annotated[int, Path(ge=1, le=_MOST)]


@router.get("/articles/{article_id}/revisions/{number}")
def revision(
    services: Reading, article_id: Row, number: Number, against: Annotated[int | None, Query(ge=1, le=_MOST)] = None
) -> HTMLResponse:
    """A revision beside the one before it, or beside the one that is asked for; the later one has the changes."""
    detail = services.library.article(article_id)
    revisions = {each.number: each for each in detail.revisions}
    other = number - 1 if against is None else against
    if number not in revisions or (against is not None and against not in revisions):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    older, newer = (revisions.get(each) for each in sorted((other, number)))
    values = {
        "nav": "articles",
        "article": detail.summary,
        "shown": revisions[number],
        "older": older,
        "newer": newer,
        "comparison": compared(older, newer) if older and newer else None,
        "revisions": detail.revisions,
        "is_replayed": services.replayer is not None,
    }
    return page("revision.html", values)
