"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from delivery.feeds.dates import rfc3339
from delivery.feeds.records import Feed, FeedEntry, FeedStory
from delivery.feeds.wording import clean, is_web_url, one_line, title_of, to_html
from storage.records import Moment, Precision

MEDIA_TYPE = "application/feed+json"


def render(feed: Feed, entries: Sequence[FeedEntry]) -> bytes:
    """The whole document, UTF-8. `date_published` is `FeedEntry.dated`.

    The extension `_presswatch` of an item tells the outlet, its publication date as exactly as it is known and no
    more exactly (a day where only a day is known), and the story that its article is part of.
    """
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": one_line(feed.title),
        "home_page_url": one_line(feed.home_url),
        "feed_url": one_line(feed.self_url),
        "description": one_line(feed.description),
        "language": feed.language,
        **({"hubs": [{"type": "WebSub", "url": one_line(hub)} for hub in feed.hubs]} if feed.hubs else {}),
        "items": [_item(entry) for entry in entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _item(entry: FeedEntry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "title": title_of(entry),
        "content_html": to_html(entry.text, entry.language),
        "content_text": clean(entry.text),
        "date_published": rfc3339(entry.dated),
        "date_modified": rfc3339(entry.updated_at),
        "_presswatch": {
            "outlet": {"name": one_line(entry.outlet_name), "url": one_line(entry.outlet_url)},
            "first_seen": rfc3339(entry.first_seen_at),
            "published": _told(entry.published),
        },
    }
    if entry.is_summary:
        item["summary"] = one_line(entry.text)
    if entry.story:
        item["_presswatch"]["story"] = _story(entry.story)
    if is_web_url(entry.url):
        item["url"] = one_line(entry.url)
    if authors := [{"name": name} for name in map(one_line, entry.authors) if name]:
        item["authors"] = authors
    if categories := [*filter(None, map(one_line, entry.categories))]:
        item["tags"] = categories
    if entry.language:
        item["language"] = one_line(entry.language)
    return item


def _story(story: FeedStory) -> dict[str, Any]:
    """The story; its origin is null where nobody says whose text it is."""
    party = {"name": one_line(story.origin), "url": one_line(story.origin_url) if story.origin_url else None}
    return {
        "id": story.id,
        "url": one_line(story.url),
        "summary": one_line(story.summary),
        "origin": None if story.is_seen_first else party,
        "seen_first": party if story.is_seen_first else None,
        "is_origin": story.is_origin,
    }


def _told(published: Moment | None) -> dict[str, str] | None:
    if published is None:
        return None
    is_day = published.precision is Precision.DAY
    value = published.at.date().isoformat() if is_day else rfc3339(published.at)
    return {"value": value, "precision": published.precision.value, "zone": published.zone.value}
