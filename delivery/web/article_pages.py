"""The list of newest articles, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from delivery.api.parameters import Before, Filters, Row, WithPast, filters
from delivery.api.services import Reading, Services
from delivery.searching import asking
from delivery.web.article_lists import by_day
from delivery.web.comparison import Comparison, compared
from delivery.web.history import history_of
from delivery.web.links import query_string
from delivery.web.rendering import page
from delivery.web.spans import SPAN_NAMES, Within, since_of
from storage.records import Absence, ArticleQuery, ArticleSummary, Revision

router = APIRouter(include_in_schema=False)

_PAGE = 40  # articles
#: Watchlists whose passages an article's page shows; the API tells all.
_WATCHLISTS_SHOWN = 8
#: Of two revisions together, up to which they are compared on the article's own page: some 10 ms.
_COMPARED_CHARS = 20_000


@router.get("/")
def newest_articles(
    services: Reading,
    asked: Annotated[Filters, Depends(filters)],
    within: Annotated[Within, Query()] = Within.ANY,
    before: Before = None,
    past: WithPast = False,
) -> HTMLResponse:
    """The newest articles that pass the filters, a page at a time; a search looks into the past as well."""
    now = services.clock()
    since = since_of(within, now)
    shown, next_before = _listed(services, asked, since, before, is_news=not past)
    stories = services.stories.stories_of([article.id for article in shown])
    set_filters = {"q": asked.words, "outlet": asked.outlet_key, "language": asked.language}
    kept = {**set_filters, "within": within, "past": int(past)}
    values = {
        "nav": "articles",
        "now": now,
        "asked": asked,
        "within": within,
        "spans": SPAN_NAMES,
        "days": by_day(shown, now),
        "stories": stories,
        "outlets": services.outlets.outlets(),
        "languages": services.library.languages(),
        "is_filtered": any(set_filters.values()) or within is not Within.ANY or past,
        "feed_query": query_string(**set_filters),
        "search_link": "/search" + query_string(**set_filters, within=within) if asked.words else None,
        "watch_link": _watch_link(asked) if services.explainer else None,
        "past": past,
        "newest_link": "/" + query_string(**kept) if before else None,
        "older_link": "/" + query_string(**kept, before=next_before) if next_before else None,
    }
    return page("articles.html", values)


@router.get("/articles/{article_id}")
def article(services: Reading, article_id: Row) -> HTMLResponse:
    """One article with all that is known of it."""
    detail, story = services.library.article(article_id), services.stories.story_of(article_id)
    values = {
        "nav": "articles",
        "now": services.clock(),
        "article": detail.summary,
        "current": detail.revisions[0],
        "story": story,
        "origin": None if story else services.stories.origin_of(article_id),
        "claims": services.stories.claims(article_id),
        "history": history_of(detail.revisions),
        "absence": _absence(services, article_id),
        "newest_change": _newest_change(detail.revisions),
        "most_answered": _WATCHLISTS_SHOWN,
        "answered": services.explainer.why(detail, _WATCHLISTS_SHOWN + 1) if services.explainer else [],
        "captures": detail.captures,
        "is_replayed": services.replayer is not None,
        "revisits": detail.revisits,
        "other_urls": detail.other_urls,
        "arrival": detail.arrival,
    }
    return page("article.html", values)


def _newest_change(revisions: Sequence[Revision]) -> Comparison | None:
    """What the newest revision changed; long texts are compared on that revision's own page alone."""
    if len(revisions) < 2 or sum(len(each.body) for each in revisions[:2]) > _COMPARED_CHARS:  # noqa: PLR2004
        return None
    return compared(revisions[1], revisions[0])


def _absence(services: Services, article_id: int) -> Absence | None:
    """What stands where the article was, once that is certain."""
    newest = next(iter(services.changes.absences_of(article_id)), None)
    return newest if newest and newest.told_at and newest.ended_at is None else None


def _listed(
    services: Services, asked: Filters, since: datetime | None, before: int | None, *, is_news: bool
) -> tuple[list[ArticleSummary], int | None]:
    """A page of articles, and where the next one begins."""
    if asked.words:
        filters = asking.Filters(outlet=asked.outlet_key, language=asked.language, found_since=since)
        search = services.searcher.search(asked.words, filters)
        found = services.searcher.newest(search, limit=_PAGE, before_id=before)
        return [each.article for each in found.items], found.next_before_id
    query = ArticleQuery(
        outlet_key=asked.outlet_key,
        language=asked.language,
        since=since,
        before_id=before,
        is_news=is_news,
        limit=_PAGE + 1,
    )
    articles = services.library.articles(query)
    return articles[:_PAGE], articles[_PAGE - 1].id if len(articles) > _PAGE else None


def _watch_link(asked: Filters) -> str | None:
    """Where the search becomes a watchlist; None for the list of all articles."""
    fields = (("outlet", asked.outlet_key), ("lang", asked.language))
    query = " ".join(filter(None, (asked.words, *(f"{name}:{value}" for name, value in fields if value))))
    return "/watchlists/new" + query_string(q=query) if query else None
