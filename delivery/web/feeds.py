"""/feeds/latest.rss, .atom and .json: the newest articles that pass the filters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from delivery.api.parameters import Filters, filters
from delivery.api.services import Reading, Services
from delivery.feeds import atom, json_feed, rss
from delivery.feeds.entries import entry_of
from delivery.feeds.records import Feed, FeedEntry
from delivery.searching import asking
from delivery.stories.feeding import feed_story
from delivery.web.conditional import is_current, validators_of
from delivery.web.links import query_string
from delivery.web.wording import language_name
from storage.records import ArticleQuery, ArticleSummary

router = APIRouter(prefix="/feeds", include_in_schema=False)

_WRITTEN_AS = 3  # part of every ETag; raise it when the same records begin to give other bytes
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)  # for an empty store, which nothing has changed yet


class Format(StrEnum):
    """What may follow "latest."."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"


WRITERS = {Format.RSS: rss, Format.ATOM: atom, Format.JSON: json_feed}


@router.get("/latest.{form}")
def latest(
    request: Request,
    services: Reading,
    form: Format,
    asked: Annotated[Filters, Depends(filters)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """A feed, or a 304 that cost one look at the event log."""
    base = str(request.base_url)
    # Read before the articles: what is stored meanwhile changes the number, so nobody's copy stays old.
    seq, changed_at = services.library.newest_change()
    validators = validators_of(_WRITTEN_AS, form, base, asked, limit, seq, changed_at=changed_at, now=services.clock())
    if is_current(request.headers, validators):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=validators.headers)
    writer = WRITERS[form]
    body = writer.render(_feed(services, asked, base, form, changed_at), _entries(services, asked, limit, base))
    return Response(body, media_type=f"{writer.MEDIA_TYPE}; charset=utf-8", headers=validators.headers)


def _entries(services: Services, asked: Filters, limit: int, base: str) -> list[FeedEntry]:
    return entries_of(services, _articles(services, asked, limit), base)


def entries_of(services: Services, articles: Sequence[ArticleSummary], base: str) -> list[FeedEntry]:
    """Articles as entries of a feed; `base` is where our pages are, with a slash at its end."""
    bodies = services.library.bodies([article.id for article in articles])
    stories = services.stories.stories_of([article.id for article in articles])
    homes = {outlet.key: outlet.home_url for outlet in services.outlets.outlets()}
    return [
        entry_of(
            article,
            bodies.get(article.id, ""),
            homes.get(article.outlet_key) or site_of(article.url),
            feed_story(told, article.id, base) if (told := stories.get(article.id)) else None,
        )
        for article in articles
    ]


def _articles(services: Services, asked: Filters, limit: int) -> list[ArticleSummary]:
    if asked.words is None:
        query = ArticleQuery(outlet_key=asked.outlet_key, language=asked.language, limit=limit, is_news=True)
        return services.library.articles(query)
    filters = asking.Filters(outlet=asked.outlet_key, language=asked.language, is_news=True)
    return services.searcher.articles(services.searcher.search(asked.words, filters), limit=limit)


def _feed(services: Services, asked: Filters, base: str, form: Format, changed_at: datetime | None) -> Feed:
    query = query_string(q=asked.words, outlet=asked.outlet_key, language=asked.language)
    return Feed(
        title=" · ".join(["Presswatch", *_title_parts(services, asked)]),
        home_url=f"{base}{query}",
        self_url=f"{base}feeds/latest.{form}{query}",
        description="The newest articles, the last one found first",
        updated=changed_at or BEFORE_ALL,
    )


def _title_parts(services: Services, asked: Filters) -> list[str]:
    names = {outlet.key: outlet.name for outlet in services.outlets.outlets()}
    parts = [
        asked.words,
        names.get(asked.outlet_key, asked.outlet_key) if asked.outlet_key else None,
        language_name(asked.language) if asked.language else None,
    ]
    return [part for part in parts if part] or ["newest articles"]


def site_of(url: str) -> str:
    """For an article whose outlet is no longer there."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
