"""/api/v1/authors."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from delivery.api.articles import page_of
from delivery.api.author_models import Author
from delivery.api.models import ArticlePage
from delivery.api.parameters import AuthorName, Before
from delivery.api.problems import documented
from delivery.api.services import Reading

router = APIRouter(prefix="/api/v1", tags=["authors"])


@router.get("/authors", responses=documented(HTTPStatus.NOT_FOUND))
def read_author(services: Reading, name: AuthorName) -> Author:
    """An author, by any spelling: where they write, under which names, and about what."""
    return Author.of(services.authors.author(name))


@router.get("/authors/articles", responses=documented())
def list_author_articles(
    services: Reading,
    name: AuthorName,
    before_id: Before = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
) -> ArticlePage:
    """An author's articles over all outlets and spellings, newest first; none where no article names them."""
    return page_of(services, services.authors.articles(name, limit + 1, before_id), limit)
