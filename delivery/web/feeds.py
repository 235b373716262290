"""/feeds/latest.rss, .atom and .json: the newest articles that pass the filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from delivery.api.parameters import Filters, filters
from delivery.api.services import Reading, Services
from delivery.feeds.entries import entry_of
from delivery.feeds.records import FeedEntry
from delivery.searching import asking
from delivery.stories.feeding import feed_story
from delivery.web.feed_answers import Extent, Format, HowMany, HowMuch, Told, answer
from delivery.web.links import query_string
from delivery.web.wording import language_name
from storage.records import ArticleQuery, ArticleSummary

router = APIRouter(prefix="/feeds", include_in_schema=False)


@router.get("/latest.{form}")
def latest(
    request: Request,
    services: Reading,
    *,
    form: Format,
    asked: Annotated[Filters, Depends(filters)],
    limit: HowMany = 50,
    extent: HowMuch = Extent.FULL,
) -> Response:
    """The newest articles as a feed."""
    query = query_string(q=asked.words, outlet=asked.outlet_key, language=asked.language)
    return answer(
        request,
        services,
        form,
        f"feeds/latest.{form}{query}",
        told=lambda: Told(
            title=" · ".join(["Presswatch", *title_parts(services, asked)]),
            home=query,
            description="The newest articles, the last one found first",
        ),
        entries=lambda base: newest_entries(services, asked, limit, base, extent),
        identity=(limit, extent),
    )


def newest_entries(
    services: Services, asked: Filters, limit: int, base: str, extent: Extent = Extent.FULL
) -> list[FeedEntry]:
    """The newest articles that pass the filters, as entries; `base` is where our pages are. Raises QueryError."""
    return entries_of(services, _articles(services, asked, limit), base, extent)


def entries_of(
    services: Services, articles: Sequence[ArticleSummary], base: str, extent: Extent = Extent.FULL
) -> list[FeedEntry]:
    """Articles as entries of a feed; `base` is where our pages are, with a slash at its end."""
    ids = [article.id for article in articles]
    bodies = services.library.bodies(ids) if extent is Extent.FULL else {}
    stories = services.stories.stories_of(ids)
    homes = {outlet.key: outlet.home_url for outlet in services.outlets.outlets()}
    return [
        entry_of(
            article,
            bodies.get(article.id, ""),
            homes.get(article.outlet_key) or site_of(article.url),
            feed_story(told, article.id, base) if (told := stories.get(article.id)) else None,
            is_summary=extent is Extent.SUMMARY,
        )
        for article in articles
    ]


def _articles(services: Services, asked: Filters, limit: int) -> list[ArticleSummary]:
    if asked.words is None:
        query = ArticleQuery(outlet_key=asked.outlet_key, language=asked.language, limit=limit, is_news=True)
        return services.library.articles(query)
    filters = asking.Filters(outlet=asked.outlet_key, language=asked.language, is_news=True)
    return services.searcher.articles(services.searcher.search(asked.words, filters), limit=limit)


def title_parts(services: Services, asked: Filters) -> list[str]:
    """What is asked for, in words."""
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
