"""The page of an author: articles over all outlets, spellings, and what is written about where."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from delivery.api.parameters import AuthorAsked, Before
from delivery.api.services import Reading
from delivery.web.article_lists import by_day
from delivery.web.links import query_string
from delivery.web.rendering import page
from storage.errors import UnknownAuthor

router = APIRouter(include_in_schema=False)

_PAGE = 40  # articles


@router.get("/authors")
def author(services: Reading, name: AuthorAsked = "", before: Before = None) -> HTMLResponse:
    """An author by any spelling, or the form that asks for one; a name that no article carries is told as such."""
    name = name.strip()
    values = {"nav": "articles", "asked": name, "told": None}
    if not name:
        return page("author.html", values)
    try:
        told = services.authors.author(name)
    except UnknownAuthor:
        return page("author.html", values, status=HTTPStatus.NOT_FOUND)
    found = services.authors.articles(name, _PAGE + 1, before) if before else told.newest[: _PAGE + 1]
    shown, link = found[:_PAGE], query_string(name=name)
    older = query_string(name=name, before=shown[-1].id) if len(found) > _PAGE else None
    return page(
        "author.html",
        {
            **values,
            "told": told,
            "days": by_day(shown, services.clock()),
            "stories": services.stories.stories_of([article.id for article in shown]),
            "feed_path": "/feeds/authors",
            "feed_query": link,
            "feed_words": "Feeds of this author",
            "newest_link": f"/authors{link}" if before else None,
            "older_link": f"/authors{older}" if older else None,
        },
    )
