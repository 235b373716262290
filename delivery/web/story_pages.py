"""The list of newest stories, and the page of one."""

from __future__ import annotations

from http import HTTPStatus
from itertools import groupby

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from delivery.api.parameters import Before, StoryRow
from delivery.api.services import Reading
from delivery.web.links import query_string
from delivery.web.rendering import page
from delivery.web.wording import day_heading

router = APIRouter(include_in_schema=False)

_PAGE = 40  # stories


@router.get("/stories")
def newest_stories(services: Reading, before: Before = None) -> HTMLResponse:
    """The newest stories, a page at a time."""
    now = services.clock()
    found = services.stories.newest(_PAGE + 1, before)
    shown = found[:_PAGE]
    groups = groupby(shown, key=lambda told: day_heading(told.story.created_at, now))
    values = {
        "nav": "stories",
        "days": [(heading, list(group)) for heading, group in groups],
        "newest_link": "/stories" if before else None,
        "older_link": f"/stories{query_string(before=shown[-1].story.id)}" if len(found) > _PAGE else None,
    }
    return page("stories.html", values)


@router.get("/stories/{story_id}")
def story(services: Reading, story_id: StoryRow) -> Response:
    """One story: its origin, and what each copy changed. An id that was merged into another story leads there."""
    told = services.stories.story(story_id)
    if told.story.id != story_id:
        return RedirectResponse(f"/stories/{told.story.id}", HTTPStatus.MOVED_PERMANENTLY)
    return page("story.html", {"nav": "stories", "told": told, "now": services.clock()})
