"""/api/v1/articles."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.exceptions import RequestValidationError

from delivery.api import shaping, story_shaping
from delivery.api.models import ArticlePage, ArticleWhole, Explanation
from delivery.api.parameters import (
    Address,
    Before,
    Filters,
    Instant,
    Row,
    WithPast,
    filters,
)
from delivery.api.problems import documented
from delivery.api.services import Reading, Services
from delivery.searching import asking
from storage.records import ArticleDetail, ArticleQuery, ArticleSummary

router = APIRouter(prefix="/api/v1", tags=["articles"])

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


@router.get("/articles", responses=documented(HTTPStatus.BAD_REQUEST))
def list_articles(
    services: Reading,
    *,
    asked: Annotated[Filters, Depends(filters)],
    since: Instant = None,
    until: Instant = None,
    before_id: Before = None,
    past: WithPast = False,
    limit: Limit = 50,
) -> ArticlePage:
    """Articles, the last one found first; since (at or after) and until (before) are about when they
    were first seen.
    """
    if asked.words is not None:
        narrowing = asking.Filters(
            outlet=asked.outlet_key,
            language=asked.language,
            found_since=since,
            found_until=until,
            is_news=not past,
        )
        search = services.searcher.search(asked.words, narrowing)
        found = services.searcher.newest(search, limit=limit, before_id=before_id)
        return _told(services, [each.article for each in found.items], found.next_before_id)
    query = ArticleQuery(
        outlet_key=asked.outlet_key,
        language=asked.language,
        since=since,
        until=until,
        before_id=before_id,
        is_news=not past,
        limit=limit + 1,
    )
    return _page(services, query, limit)


@router.get("/articles/lookup", responses=documented(HTTPStatus.NOT_FOUND))
def look_up_article(services: Reading, url: Address) -> ArticleWhole:
    """The article behind an address, whichever of its variants is given."""
    return _whole(services, services.library.article_at(*_fingerprint(services, url)))


@router.get("/articles/{article_id}", responses=documented(HTTPStatus.NOT_FOUND))
def read_article(services: Reading, article_id: Row) -> ArticleWhole:
    """One article with its revisions and captures."""
    return _whole(services, services.library.article(article_id))


@router.get("/explain", responses=documented())
def explain_url(services: Reading, url: Address) -> Explanation:
    """What became of an address: where it was found, and how it ended at each outlet that listed it."""
    canonical_url, key = _fingerprint(services, url)
    ways = [shaping.way(each) for each in services.library.explain(url, key)]
    return Explanation(url=url, canonical_url=canonical_url, ways=ways)


def _page(services: Services, query: ArticleQuery, limit: int) -> ArticlePage:
    return page_of(services, services.library.articles(query), limit)


def page_of(services: Services, found: Sequence[ArticleSummary], limit: int) -> ArticlePage:
    """One page of what was found; one article more than `limit` tells that there is a next page."""
    return _told(services, found[:limit], found[limit - 1].id if len(found) > limit else None)


def _told(services: Services, shown: Sequence[ArticleSummary], next_before_id: int | None) -> ArticlePage:
    stories = services.stories.stories_of([each.id for each in shown])
    refs = {article_id: story_shaping.story_ref(told) for article_id, told in stories.items()}
    items = [shaping.article(each, refs.get(each.id)) for each in shown]
    return ArticlePage(items=items, next_before_id=next_before_id)


def _whole(services: Services, detail: ArticleDetail) -> ArticleWhole:
    number = detail.summary.id
    told = services.stories.stories_of([number]).get(number)
    claims = [story_shaping.claim(each) for each in services.stories.claims(number)]
    return shaping.article_whole(detail, story_shaping.story_ref(told) if told else None, claims)


def _fingerprint(services: Services, url: str) -> tuple[str, int]:
    try:
        return services.fingerprint(url)
    except ValueError as error:
        complaint = {"loc": ("query", "url"), "msg": f"Not the address of a page: {error}", "type": "value_error"}
        raise RequestValidationError([complaint]) from error
