"""Reading stories, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, case, select

from storage.errors import UnknownStory
from storage.records import Copy, Story, StoryArticle, StorySummary
from storage.sql.engine import reading
from storage.sql.mapping import moment_from_columns
from storage.sql.schema import articles, outlets, revisions
from storage.sql.story_tables import copies, stories, story_articles


class SqlStoryBook:
    """Implements `storage.ports.StoryBook`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def story(self, story_id: int) -> Story:
        """A story, or the one that its id leads to now. Raises UnknownStory."""
        with reading(self._engine) as connection:
            asked = select(stories.c.id, stories.c.merged_into).where(stories.c.id == story_id)
            row = connection.execute(asked).first()
            if row is None:
                raise UnknownStory(f"no story has the id {story_id}; `presswatch stories list` shows those there are")
            found = _whole(connection, [row.merged_into or row.id])
        if not found:
            raise UnknownStory(f"story {story_id} has no articles any more; look for those that it had")
        return found[0]

    def story_of(self, article_id: int) -> Story | None:
        """The story of an article, None where it has no copies."""
        with reading(self._engine) as connection:
            own = select(story_articles.c.story_id).where(story_articles.c.article_id == article_id)
            number = connection.execute(own).scalar()
            found = [] if number is None else _whole(connection, [number])
        return found[0] if found and len(found[0].articles) > 1 else None

    def stories_of(self, article_ids: Sequence[int]) -> Mapping[int, Story]:
        """The stories of those of these articles that are in one, by article."""
        numbers = self.story_ids(article_ids)
        if not numbers:
            return {}
        with reading(self._engine) as connection:
            whole = _whole(connection, sorted(set(numbers.values())))
        found = {story.id: story for story in whole if len(story.articles) > 1}
        return {article_id: found[number] for article_id, number in numbers.items() if number in found}

    def story_ids(self, article_ids: Sequence[int]) -> Mapping[int, int]:
        """Story by article, of those that are in one."""
        own = select(story_articles.c.article_id, story_articles.c.story_id).where(
            story_articles.c.article_id.in_(list(article_ids)), story_articles.c.story_id.is_not(None)
        )
        with reading(self._engine) as connection:
            return {row.article_id: row.story_id for row in connection.execute(own)}

    def stories(self, limit: int, before_id: int | None = None) -> list[StorySummary]:
        """Newest first by id; one that only its last article is left of is not shown."""
        newest = select(stories).where(stories.c.articles > 1).order_by(stories.c.id.desc()).limit(limit)
        if before_id is not None:
            newest = newest.where(stories.c.id < before_id)
        with reading(self._engine) as connection:
            rows = {row.id: row.articles for row in connection.execute(newest)}
            whole = {story.id: story for story in _whole(connection, list(rows))} if rows else {}
        return [_summary(whole[number], articles) for number, articles in rows.items() if number in whole]


def _whole(connection: Connection, story_ids: Sequence[int]) -> list[Story]:
    """Stories with their articles and copies, by id; one that was merged meanwhile is left out."""
    members, pairs = defaultdict(list), defaultdict(list)
    for row in connection.execute(_members(story_ids)):
        members[row.story_id].append(_member(row))
    for number, copy in _copies_within(connection, story_ids):
        pairs[number].append(copy)
    return [
        Story(
            id=row.id,
            created_at=row.created_at,
            updated_at=row.updated_at,
            articles=tuple(members[row.id]),
            copies=tuple(pairs[row.id]),
        )
        for row in connection.execute(select(stories).where(stories.c.id.in_(story_ids)).order_by(stories.c.id))
        if row.id in members
    ]


def _copies_within(connection: Connection, story_ids: Sequence[int]) -> list[tuple[int, Copy]]:
    """(story, pair) of all pairs within stories."""
    one, other = story_articles.alias("one"), story_articles.alias("other")
    query = (
        select(copies, one.c.story_id)
        .join(one, one.c.article_id == copies.c.article_id)
        .join(other, other.c.article_id == copies.c.other_id)
        .where(one.c.story_id.in_(story_ids), other.c.story_id == one.c.story_id)
        .order_by(copies.c.article_id, copies.c.other_id)
    )
    return [
        (
            row.story_id,
            Copy(
                article_id=row.article_id,
                other_id=row.other_id,
                of_article=row.of_article,
                of_other=row.of_other,
                words=row.words,
            ),
        )
        for row in connection.execute(query)
    ]


def _members(story_ids: Sequence[int]) -> Any:
    newest = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
    return (
        select(
            articles.c.id,
            story_articles.c.story_id,
            articles.c.outlet_key,
            case((outlets.c.name.is_(None), articles.c.outlet_key), else_=outlets.c.name).label("outlet_name"),
            articles.c.url,
            articles.c.first_seen_at,
            articles.c.language,
            *(
                getattr(revisions.c, name)
                for name in (
                    "title",
                    "words",
                    "published_at",
                    "published_precision",
                    "published_rule",
                    "published_zone",
                )
            ),
        )
        .join(story_articles, story_articles.c.article_id == articles.c.id)
        .join(revisions, newest)
        .outerjoin(outlets, outlets.c.key == articles.c.outlet_key)
        .where(story_articles.c.story_id.in_(story_ids))
        .order_by(articles.c.first_seen_at, articles.c.id)
    )


def _member(row: Row[Any]) -> StoryArticle:
    return StoryArticle(
        article_id=row.id,
        outlet_key=row.outlet_key,
        outlet_name=row.outlet_name,
        url=row.url,
        title=row.title,
        published=moment_from_columns(row, "published"),
        first_seen_at=row.first_seen_at,
        language=row.language,
        words=row.words,
    )


def _summary(story: Story, number: int) -> StorySummary:
    first = story.articles[0]
    return StorySummary(
        id=story.id,
        created_at=story.created_at,
        updated_at=story.updated_at,
        articles=number,
        outlets=len({article.outlet_key for article in story.articles}),
        title=first.title,
        first_article_id=first.article_id,
    )
