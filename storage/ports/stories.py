"""Stories: reading them, and forming them from what the event log tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.records import Followed, Story, StorySummary


class StoryBook(Protocol):
    """What readers ask about stories. Never writes."""

    def story(self, story_id: int) -> Story:
        """A story, or the one that an id which was given out once leads to now. Raises UnknownStory."""

    def story_of(self, article_id: int) -> Story | None:
        """The story of an article, None where it has no copies or has not been looked at yet."""

    def stories_of(self, article_ids: Sequence[int]) -> Mapping[int, Story]:
        """The stories of those of the given articles that are in one, by article: for lists."""

    def story_ids(self, article_ids: Sequence[int]) -> Mapping[int, int]:
        """Story by article, of those of the given articles that are in one: for lists."""

    def stories(self, limit: int, before_id: int | None = None) -> list[StorySummary]:
        """Newest first by id, with `before_id` only older ones; none that only its last article is left of, to which
        its id leads.
        """


class StoryFollower(Protocol):
    """Forms stories from what the event log tells. Several may run: what one has done, no other does again."""

    def follow(self, limit: int, now: datetime) -> Followed:
        """Reads at most `limit` events after the stored cursor, forms the stories of their articles, and moves the
        cursor, all in one transaction. Killed at any point, it has done nothing and is done again.
        """

    def pass_over(self, now: datetime) -> None:
        """Moves the cursor past the next event without looking at its article."""

    def cursor(self) -> int:
        """The last event that has been followed, with all before it, by whichever process."""
