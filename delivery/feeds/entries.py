"""From a stored article to a feed entry."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from delivery.feeds.records import FeedEntry, FeedStory
from storage.records import ArticleSummary


def entry_of(
    article: ArticleSummary, text: str, outlet_url: str, story: FeedStory | None = None, *, is_summary: bool = False
) -> FeedEntry:
    """One entry. `text` is the newest body, or "" where its beginning will do; `outlet_url` is the home page of the
    article's outlet.
    """
    return FeedEntry(
        id=stable_id(article.url),
        url=article.url,
        title=article.title,
        authors=article.authors,
        published=article.published,
        first_seen_at=article.first_seen_at,
        updated_at=article.updated_at,
        outlet_name=article.outlet_name,
        outlet_url=outlet_url,
        text=text or article.excerpt,
        language=article.language,
        categories=tuple(dict.fromkeys(filter(None, (article.section, *article.tags)))),
        story=story,
        is_summary=is_summary,
    )


def stable_id(canonical_url: str) -> str:
    """A `urn:uuid:` (RFC 9562 version 5) made of the canonical URL, by which an article is known.

    Unlike a row number it is the same in every store and after a rebuild, so that a reader never shows an
    article twice.
    """
    return uuid5(NAMESPACE_URL, canonical_url.encode("utf-8", "replace").decode()).urn
