"""/api/v1/search: the archive searched with the query language of watchlists."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from delivery.api import story_shaping
from delivery.api.parameters import Before, Country, Language, LastDay, OutletKey, SinceDay, Words
from delivery.api.problems import documented
from delivery.api.search_models import SearchItem, SearchPage, counted, found_article
from delivery.api.services import Reading, Services
from delivery.api.watchlist_models import remark
from delivery.searching.asking import Filters
from delivery.searching.searcher import Findings, Order

router = APIRouter(prefix="/api/v1", tags=["articles"])

MOST_OFFSET = 2_000


@router.get("/search", responses=documented(HTTPStatus.BAD_REQUEST))
def search_articles(
    services: Reading,
    *,
    words: Words,
    outlet_key: OutletKey = "",
    language: Language = "",
    country: Country = "",
    first_day: SinceDay = None,
    last_day: LastDay = None,
    order: Annotated[Order, Query(description="By time, or the best first among the newest 2,000.")] = Order.NEWEST,
    before_id: Before = None,
    offset: Annotated[int, Query(ge=0, le=MOST_OFFSET, description="By rank: how many to pass over.")] = 0,
    counts: Annotated[bool, Query(description="Also how many there are, by outlet, language and day.")] = False,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
) -> SearchPage:
    """Articles that answer a query, with the passages that do."""
    filters = filters_of(outlet_key, language, country, (first_day, last_day))
    if not words.strip():
        services.searcher.explainer.query(words)  # tells what was expected
    search = services.searcher.search(words, filters)
    if order is Order.RANK:
        found = services.searcher.ranked(search, limit=limit, offset=offset)
    else:
        found = services.searcher.newest(search, limit=limit, before_id=before_id)
    tally = services.searcher.tally(search) if counts else None
    return SearchPage(
        items=_items(services, found),
        next_before_id=found.next_before_id,
        next_offset=found.next_offset,
        counts=None if tally is None else counted(tally, is_exact=search.is_exact),
        remarks=[remark(each) for each in services.searcher.remarks(words, services.clock())],
    )


def filters_of(
    outlet_key: str,
    language: str,
    country: str,
    days: tuple[date | None, date | None],
    found_since: datetime | None = None,
) -> Filters:
    """Filters as parameters give them: days are UTC and whole."""
    first_day, last_day = days
    return Filters(
        outlet=outlet_key or None,
        language=language or None,
        country=country or None,
        found_since=found_since,
        since=None if first_day is None else _beginning(first_day),
        until=None if last_day is None or last_day == date.max else _beginning(last_day + timedelta(days=1)),
    )


def _beginning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _items(services: Services, found: Findings) -> list[SearchItem]:
    stories = services.stories.stories_of([each.article.id for each in found.items])
    refs = {article_id: story_shaping.story_ref(told) for article_id, told in stories.items()}
    return [found_article(each, refs.get(each.article.id)) for each in found.items]
