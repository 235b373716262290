"""From a told story to what a feed says of it."""

from __future__ import annotations

from delivery.feeds.records import FeedStory
from delivery.stories.telling import ToldStory
from delivery.stories.wording import summary


def feed_story(told: ToldStory, article_id: int, base_url: str) -> FeedStory:
    """The story of one entry's article; `base_url` is where our pages are, with a slash at its end."""
    origin = told.origin
    own = next((a.url for a in told.story.articles if a.article_id == origin.article_id), None)
    return FeedStory(
        id=told.story.id,
        url=f"{base_url}stories/{told.story.id}",
        summary=summary(told),
        origin=origin.party.name,
        origin_url=own or origin.party.url,
        is_seen_first=origin.is_seen_first,
        is_origin=origin.article_id == article_id,
    )
