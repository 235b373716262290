"""An outlet for its readers: its articles, what they are about and who writes them."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from delivery.api.parameters import Before, OutletPath
from delivery.api.services import Reading
from delivery.authors import READ_FOR_SUBJECTS, authors_of, subjects_of
from delivery.web.article_lists import by_day
from delivery.web.links import query_string
from delivery.web.rendering import page
from storage.records import ArticleQuery

router = APIRouter(include_in_schema=False)

_PAGE = 40  # articles
_DAYS = 28
_MOST_AUTHORS = 20


@router.get("/outlets/{key}/articles")
def outlet_articles(services: Reading, key: OutletPath, before: Before = None) -> Response:
    """An outlet's articles, newest first, a page at a time; above the first page, what it writes about.

    Of an outlet that is no longer monitored the list of its articles is all there is.
    """
    outlet = next((outlet for outlet in services.outlets.outlets() if outlet.key == key), None)
    if outlet is None:
        return RedirectResponse(f"/{query_string(outlet=key)}", HTTPStatus.SEE_OTHER)
    now, most = services.clock(), _PAGE + 1 if before else READ_FOR_SUBJECTS
    found = services.library.articles(ArticleQuery(outlet_key=key, before_id=before, limit=most))
    shown, link = found[:_PAGE], f"/outlets/{key}/articles"
    values = {
        "nav": "outlets",
        "outlet": outlet,
        "days": by_day(shown, now),
        "stories": services.stories.stories_of([article.id for article in shown]),
        "counts": None if before else services.library.articles_by_day(key, now, _DAYS),
        "read": len(found),
        "subjects": () if before else subjects_of(found),
        "authors": () if before else authors_of(found, _MOST_AUTHORS),
        "feed_query": query_string(outlet=key),
        "feed_words": "Feeds of this outlet",
        "newest_link": link if before else None,
        "older_link": link + query_string(before=shown[-1].id) if len(found) > _PAGE else None,
    }
    return page("outlet_articles.html", values)
