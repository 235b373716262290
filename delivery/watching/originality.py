"""Which articles are copies: for queries that ask `story:origin` or `story:copy`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from delivery.watchlists.query import Fact, FactKind, Query, leaves
from storage.ports import OriginBook, StoryBook


def asks_for_story(query: Query) -> bool:
    """Whether a query asks whether an article is a copy: only then is it looked for."""
    return any(isinstance(leaf, Fact) and leaf.kind is FactKind.STORY for leaf in leaves(query.tree))


@dataclass(frozen=True, slots=True, kw_only=True)
class Originality:
    """Tells copies from origins, by the stories and claims there are now."""

    stories: StoryBook
    origins: OriginBook

    def copies_among(self, article_ids: Collection[int]) -> set[int]:
        """Articles whose story has its origin elsewhere, or that say themselves that their text is another's."""
        by_article = self.stories.stories_of(sorted(article_ids))
        origins = self.origins.origins({story.id: story for story in by_article.values()}.values())
        copies = {number for number, story in by_article.items() if origins[story.id].article_id != number}
        alone = [number for number in article_ids if number not in by_article]
        return copies | {number for number in alone if self.origins.origin_of(number) is not None}
