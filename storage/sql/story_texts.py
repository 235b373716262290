"""What the follower reads of articles: their newest texts, and where and when they were published."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select

from storage.dedup.candidates import Standing
from storage.dedup.signature import Text
from storage.sql.reading_texts import text_in
from storage.sql.schema import articles, revisions
from storage.sql.story_tables import story_articles

_CHUNK = 500
_KEPT_TEXTS = 400
_KEPT_STANDINGS = 200_000


@dataclass(frozen=True, slots=True)
class Read:
    """An article as one of its revisions has it, with its text taken apart."""

    article_id: int
    revision: int
    reading: int  # of that revision: `revisions.reading`
    outlet_key: str
    moment: datetime  # when it was published, where that is known and no later than it was seen; else when it was seen
    text: Text

    @property
    def standing(self) -> Standing:
        """What is known of it without reading."""
        return Standing(self.outlet_key, self.text.mark, len(self.text.words))


@dataclass(frozen=True, slots=True)
class Placed:
    """What is stored of an article that was looked at."""

    revision: int
    reading: int
    story_id: int | None

    def is_of(self, read: Read) -> bool:
        """Whether it is of the same words."""
        return (self.revision, self.reading) == (read.revision, read.reading)


class Shelf:
    """Texts that were taken apart lately, and what is known of articles without reading them."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[int, int, int], Text] = OrderedDict()
        self._standings: dict[int, Standing] = {}

    def clear(self) -> None:
        """Forgets what may be wrong after a transaction that was undone."""
        self._standings.clear()

    def put(self, found: Read) -> None:
        """Keeps what was read."""
        self._standings[found.article_id] = found.standing

    def read(self, connection: Connection, article_ids: Iterable[int]) -> dict[int, Read]:
        """Articles as their newest revisions have them; those that there are."""
        found = {}
        for ids in _chunks(article_ids):
            for row in connection.execute(_TEXTS, {"ids": ids}):
                found[row.id] = Read(
                    row.id,
                    row.number,
                    row.reading,
                    row.outlet_key,
                    min(row.published_at or row.first_seen_at, row.first_seen_at),
                    self._text(row.id, row.number, row.reading, row.body),
                )
        return found

    def read_former(self, connection: Connection, article_id: int, former: Placed) -> Text | None:
        """The text that an article was looked at with, where it is still known."""
        body = text_in(connection, article_id, former.revision, former.reading)
        return None if body is None else Text(body)

    def standings(self, connection: Connection, article_ids: Iterable[int]) -> Mapping[int, Standing]:
        """What is known of articles; those that have been looked at."""
        wanted = set(article_ids)
        if len(self._standings) > _KEPT_STANDINGS:
            self._standings.clear()
        for ids in _chunks(wanted - self._standings.keys()):
            for row in connection.execute(_STANDINGS, {"ids": ids}):
                self._standings[row.article_id] = Standing(row.outlet_key, row.mark, row.words)
        return {number: self._standings[number] for number in wanted if number in self._standings}

    def _text(self, article_id: int, number: int, reading: int, body: str) -> Text:
        text = self._texts.get((article_id, number, reading))
        if text is None:
            text = self._texts[article_id, number, reading] = Text(body)
            if len(self._texts) > _KEPT_TEXTS:
                self._texts.popitem(last=False)
        else:
            self._texts.move_to_end((article_id, number, reading))
        return text


def placed(connection: Connection, article_ids: Iterable[int]) -> dict[int, Placed]:
    """What is stored of those articles that were looked at."""
    found = {}
    for ids in _chunks(article_ids):
        for row in connection.execute(_PLACED, {"ids": ids}):
            found[row.article_id] = Placed(row.revision, row.reading, row.story_id)
    return found


def _chunks(numbers: Iterable[int]) -> Iterable[Sequence[int]]:
    ordered = sorted(numbers)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))


_NEWEST = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision_count)
_TEXTS = (
    select(
        articles.c.id,
        articles.c.outlet_key,
        articles.c.first_seen_at,
        revisions.c.number,
        revisions.c.reading,
        revisions.c.published_at,
        revisions.c.body,
    )
    .join(revisions, _NEWEST)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
)
_STANDINGS = (
    select(story_articles.c.article_id, story_articles.c.mark, story_articles.c.words, articles.c.outlet_key)
    .join(articles, articles.c.id == story_articles.c.article_id)
    .where(story_articles.c.article_id.in_(bindparam("ids", expanding=True)))
)
_PLACED = select(
    story_articles.c.article_id, story_articles.c.revision, story_articles.c.reading, story_articles.c.story_id
).where(story_articles.c.article_id.in_(bindparam("ids", expanding=True)))
