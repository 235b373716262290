"""What pages, feeds, API and commands ask of stories, in a few queries each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from delivery.stories.telling import MAX_COMPARED, ToldStory, tell
from storage.ports import Library, OriginBook, StoryBook
from storage.records import OriginClaim, StoryOrigin


class StoryDesk:
    """Tells stories with their origins."""

    def __init__(self, stories: StoryBook, origins: OriginBook, library: Library) -> None:
        self._stories = stories
        self._origins = origins
        self._library = library

    def story(self, story_id: int) -> ToldStory:
        """A story with its copies compared, or the one that its id leads to now. Raises UnknownStory."""
        story = self._stories.story(story_id)
        compared = [article.article_id for article in story.articles[: MAX_COMPARED + 1]]
        origin = self._origins.origins([story])[story.id]
        if origin.article_id is not None:
            compared.append(origin.article_id)
        return tell(story, origin, self._library.bodies(compared))

    def story_of(self, article_id: int) -> ToldStory | None:
        """The story of an article, of which that article alone is compared; None where it is in none."""
        story = self._stories.story_of(article_id)
        if story is None:
            return None
        origin = self._origins.origins([story])[story.id]
        measure = origin.article_id or story.articles[0].article_id
        return tell(story, origin, self._library.bodies([article_id, measure]))

    def stories_of(self, article_ids: Sequence[int]) -> Mapping[int, ToldStory]:
        """The stories of those of these articles that are in one, by article; nothing is compared."""
        by_article = self._stories.stories_of(article_ids)
        stories = {story.id: story for story in by_article.values()}
        origins = self._origins.origins(stories.values())
        told = {number: tell(story, origins[number]) for number, story in stories.items()}
        return {article_id: told[story.id] for article_id, story in by_article.items()}

    def newest(self, limit: int, before_id: int | None = None) -> list[ToldStory]:
        """Stories, newest first by id; nothing is compared."""
        rows = self._stories.stories(limit, before_id)
        told = {one.story.id: one for one in self.stories_of([row.first_article_id for row in rows]).values()}
        return [told[row.id] for row in rows if row.id in told]

    def origin_of(self, article_id: int) -> StoryOrigin | None:
        """What an article alone says of whose text it is."""
        return self._origins.origin_of(article_id)

    def claims(self, article_id: int) -> tuple[OriginClaim, ...]:
        """All that an article ever said of it."""
        return self._origins.claims([article_id]).get(article_id, ())
