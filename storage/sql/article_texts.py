"""Texts of articles, with all that a query may ask of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, select

from storage.records import ArticleText
from storage.sql.mapping import moment_from_columns
from storage.sql.schema import articles, outlets, revisions


def texts_query() -> Select[Any]:
    """Revisions with what a query may ask of their articles; which ones is for the caller to say."""
    names = ("title", "authors", "body", "language", "seen_at", "number")
    moment = ("published_at", "published_precision", "published_rule", "published_zone")
    return (
        select(
            articles.c.id,
            articles.c.outlet_key,
            articles.c.first_seen_at,
            *(revisions.c[name] for name in (*names, *moment)),
            outlets.c.spec["country"].as_string().label("country"),
        )
        .select_from(articles)
        .join(revisions, revisions.c.article_id == articles.c.id)
        .outerjoin(outlets, outlets.c.key == articles.c.outlet_key)
    )


def article_text(row: Row[Any], seq: int) -> ArticleText:
    """One of its rows; `seq` is of the event that told of it, 0 for none."""
    return ArticleText(
        article_id=row.id,
        revision=row.number,
        event_seq=seq,
        title=row.title,
        authors=tuple(row.authors),
        body=row.body,
        published=moment_from_columns(row, "published"),
        first_seen_at=row.first_seen_at,
        outlet_key=row.outlet_key,
        country=row.country,
        language=row.language,
    )
