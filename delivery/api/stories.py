"""/api/v1/stories."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse

from delivery.api import story_shaping
from delivery.api.parameters import MAX_ID, StoryRow
from delivery.api.problems import documented
from delivery.api.services import Reading
from delivery.api.story_models import StoryPage, StoryWhole

router = APIRouter(prefix="/api/v1", tags=["stories"])

BeforeStory = Annotated[
    int | None,
    Query(ge=1, le=MAX_ID, description="Cursor: only stories with a lesser id, i.e. older.", examples=[120]),
]
_MOVED: dict[int | str, dict[str, Any]] = {
    int(HTTPStatus.MOVED_PERMANENTLY): {
        "description": "The story is part of another one now.",
        "headers": {"Location": {"description": "That one.", "schema": {"type": "string"}}},
    }
}


@router.get("/stories", responses=documented())
def list_stories(
    services: Reading,
    before_id: BeforeStory = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
) -> StoryPage:
    """Stories, the one that was formed last first."""
    found = services.stories.newest(limit + 1, before_id)
    items = [story_shaping.story(told) for told in found[:limit]]
    return StoryPage(items=items, next_before_id=items[-1].id if len(found) > limit else None)


@router.get(
    "/stories/{story_id}",
    response_model=StoryWhole,
    responses={**documented(HTTPStatus.NOT_FOUND), **_MOVED},
)
def read_story(services: Reading, story_id: StoryRow) -> StoryWhole | RedirectResponse:
    """One story: its origin with the claims for it and against it, and what each copy kept, added and cut."""
    told = services.stories.story(story_id)
    if told.story.id != story_id:
        return RedirectResponse(f"/api/v1/stories/{told.story.id}", HTTPStatus.MOVED_PERMANENTLY)
    return story_shaping.story_whole(told)
