"""From what is stored to what a query is held against."""

from __future__ import annotations

from delivery.watchlists.document import Subject
from storage.records import ArticleDetail, ArticleText, Revision


def subject_of(text: ArticleText, *, is_origin: bool = True) -> Subject:
    """One revision of an article."""
    return Subject(
        title=text.title,
        authors=text.authors,
        body=text.body,
        at=text.at,
        outlet_key=text.outlet_key,
        country=text.country,
        language=text.language,
        is_origin=is_origin,
    )


def subject_of_revision(
    detail: ArticleDetail, revision: Revision, *, country: str | None, is_origin: bool = True
) -> Subject:
    """One revision of an article that was read whole."""
    return Subject(
        title=revision.title,
        authors=revision.authors,
        body=revision.body,
        at=revision.published.at if revision.published else detail.summary.first_seen_at,
        outlet_key=detail.summary.outlet_key,
        country=country,
        language=revision.language,
        is_origin=is_origin,
    )
