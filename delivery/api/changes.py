"""/api/v1/changes, and what one revision of an article changed against another."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from delivery.api.change_models import Change, ChangePage, RevisionDiff, TextDiff
from delivery.api.parameters import MAX_ID, Before, OutletKey, Row
from delivery.api.problems import documented
from delivery.api.services import Reading
from storage.diff.typed import differences, state_of_revision
from storage.diff.words import word_diff
from storage.records import ChangeKind, ChangeQuery

router = APIRouter(prefix="/api/v1", tags=["changes"])

OnlyStealth = Annotated[
    bool, Query(alias="stealth", description="Only words that changed without a new modified date or a correction.")
]
OfKind = Annotated[ChangeKind | None, Query(description="Only changes of this kind.")]
RevisionNumber = Annotated[int | None, Query(ge=1, le=1_000_000, description="Number of a revision.", examples=[2])]


@router.get("/changes", responses=documented())
def list_changes(
    services: Reading,
    *,
    outlet_key: OutletKey = "",
    article: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Only of this article.", examples=[7])] = None,
    kind: OfKind = None,
    stealth: OnlyStealth = False,
    before_id: Before = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
) -> ChangePage:
    """What outlets changed of their articles, the last one seen first."""
    query = ChangeQuery(
        outlet_key=outlet_key or None,
        article_id=article,
        kind=kind,
        is_stealth=stealth,
        before_id=before_id,
        limit=limit + 1,
    )
    found = services.changes.changes(query)
    items = [Change.model_validate(each) for each in found[:limit]]
    return ChangePage(items=items, next_before_id=items[-1].id if len(found) > limit else None)


@router.get("/articles/{article_id}/diff", responses=documented(HTTPStatus.NOT_FOUND))
def read_diff(
    services: Reading, article_id: Row, old: RevisionNumber = None, new: RevisionNumber = None
) -> RevisionDiff:
    """What a revision changed, word by word; the newest against the one before it where no numbers are given."""
    revisions = {each.number: each for each in services.library.article(article_id).revisions}
    later = new or (old + 1 if old else max(revisions))
    earlier = old or max(1, later - 1)
    if earlier not in revisions or later not in revisions:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"Article {article_id} has the revisions 1 to {max(revisions)}.")
    before, after = revisions[earlier], revisions[later]
    found = differences(state_of_revision(before), state_of_revision(after))
    return RevisionDiff(
        article_id=article_id,
        old=earlier,
        new=later,
        differences=list(found.kinds),
        is_stealth=found.is_stealth,
        headline=TextDiff.model_validate(word_diff(before.title, after.title)),
        text=TextDiff.model_validate(word_diff(before.body, after.body)),
    )
