"""Pairs that are copies, the stories they make, and what the log tells of it: all in the transaction of a batch.

A story's id is given out once. Where articles are grouped anew, each group keeps the least of the ids that most of its
articles had, and an id that no group keeps leads to the story that got most of its articles; so no id ever leads
nowhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from storage.dedup.grouping import Groups, grouped
from storage.records import Copy, EventKind
from storage.sql.story_tables import copies, stories, story_articles
from storage.sql.story_texts import placed

_CHUNK = 500
_ROWS = 5_000
#: Articles that hang together by copies are looked at together up to so many.
MOST_TOGETHER = 5_000


def replace_copies(connection: Connection, article_ids: Sequence[int], found: Iterable[Copy]) -> set[int]:
    """Puts pairs in the place of all pairs of these articles; returns the articles of old and new pairs."""
    touched = set()
    for ids in _chunks(article_ids):
        of_these = or_(copies.c.article_id.in_(ids), copies.c.other_id.in_(ids))
        gone = delete(copies).where(of_these).returning(copies.c.article_id, copies.c.other_id)
        touched |= {number for row in connection.execute(gone) for number in row}
    rows = [_row(copy) for copy in sorted(found, key=lambda each: (each.article_id, each.other_id))]
    if rows:
        connection.execute(insert(copies), rows)
        touched |= {row[name] for row in rows for name in ("article_id", "other_id")}
    return touched


def settle(
    connection: Connection, pairs: Sequence[Copy], article_ids: Collection[int], now: datetime
) -> list[dict[str, Any]]:
    """Puts these pairs in the place of all there are and groups these articles anew; returns the events of it. Others
    stay in their stories, for the follower to look at.
    """
    connection.execute(delete(copies))
    rows = [_row(copy) for copy in pairs]
    for start in range(0, len(rows), _ROWS):
        connection.execute(insert(copies), rows[start : start + _ROWS])
    groups = grouped(pairs)
    in_stories = select(story_articles.c.article_id).where(story_articles.c.story_id.is_not(None))
    members = set(connection.execute(in_stories).scalars()).intersection(article_ids).union(*groups)
    before = {number: each.story_id for number, each in placed(connection, members).items()}
    return _Settlement(connection, before, groups, now).run()


def _row(copy: Copy) -> dict[str, Any]:
    return {name: getattr(copy, name) for name in ("article_id", "other_id", "of_article", "of_other", "words")}


def partners(connection: Connection, article_ids: Iterable[int]) -> dict[int, set[int]]:
    """By article: those it is a pair with."""
    found: dict[int, set[int]] = defaultdict(set)
    for copy in _pairs_of(connection, article_ids):
        found[copy.article_id].add(copy.other_id)
        found[copy.other_id].add(copy.article_id)
    return found


def regroup(connection: Connection, article_ids: Iterable[int], now: datetime) -> list[dict[str, Any]]:
    """Groups these articles, and all that hang together with them, anew; returns the events that tell of it."""
    wanted = set(article_ids)
    if not wanted:
        return []
    pairs = _together(connection, wanted)
    members = wanted | {number for pair in pairs for number in (pair.article_id, pair.other_id)}
    before = {number: each.story_id for number, each in placed(connection, members).items()}
    groups = [group for group in (frozenset(group & before.keys()) for group in grouped(pairs)) if len(group) > 1]
    return _Settlement(connection, before, groups, now).run()


def _together(connection: Connection, article_ids: set[int]) -> list[Copy]:
    """All pairs that these articles hang together by."""
    found: dict[tuple[int, int], Copy] = {}
    reached, edge = set(article_ids), set(article_ids)
    while edge and len(reached) < MOST_TOGETHER:
        pairs = _pairs_of(connection, edge)
        found |= {(pair.article_id, pair.other_id): pair for pair in pairs}
        edge = {number for pair in pairs for number in (pair.article_id, pair.other_id)} - reached
        reached |= edge
    return [found[pair] for pair in sorted(found)]


def _pairs_of(connection: Connection, article_ids: Iterable[int]) -> list[Copy]:
    found = {}
    for ids in _chunks(article_ids):
        for query in (_PAIRS_OF_ONE, _PAIRS_OF_OTHER):
            for row in connection.execute(query, {"ids": ids}):
                found[row.article_id, row.other_id] = Copy(
                    article_id=row.article_id,
                    other_id=row.other_id,
                    of_article=row.of_article,
                    of_other=row.of_other,
                    words=row.words,
                )
    return list(found.values())


class _Settlement:
    """Gives groups their story ids and writes what has changed."""

    def __init__(self, connection: Connection, before: Mapping[int, int | None], groups: Groups, now: datetime) -> None:
        self._connection = connection
        self._before = before
        self._now = now
        held = set().union(*groups) if groups else set()
        # An article whose copies are gone stays in a story that nobody else claims: its id leads there.
        self._groups = [*groups, *(frozenset({number}) for number in sorted(before.keys() - held) if before[number])]

    def run(self) -> list[dict[str, Any]]:
        ids = self._kept_ids()
        made: set[int] = set()
        after = dict.fromkeys(self._before)
        for group in self._groups:
            story_id = ids.get(group)
            if story_id is None and len(group) > 1:
                story_id = self._new_story()
                made.add(story_id)
            after |= dict.fromkeys(group, story_id)
        merges = self._lost_ids(after)
        self._write(after, merges)
        return list(self._told(after, made, merges))

    def _kept_ids(self) -> dict[frozenset[int], int]:
        """The id of each group that keeps one: the least that it has the best claim to."""
        claims: dict[int, list[tuple[bool, int, int, frozenset[int]]]] = defaultdict(list)
        for group in self._groups:
            counted = Counter(self._before[number] for number in group)
            for story_id, count in counted.items():
                if story_id is not None:
                    claims[story_id].append((len(group) > 1, count, -min(group), group))
        kept: dict[frozenset[int], int] = {}
        for story_id in sorted(claims):
            for *_, group in sorted(claims[story_id], reverse=True, key=lambda claim: claim[:3]):
                if group not in kept:
                    kept[group] = story_id
                    break
        return kept

    def _new_story(self) -> int:
        row = {"created_at": self._now, "updated_at": self._now, "articles": 0}
        return int(self._connection.execute(insert(stories).values(row).returning(stories.c.id)).scalar_one())

    def _lost_ids(self, after: Mapping[int, int | None]) -> dict[int, int]:
        """Ids that no group keeps, each with the story that got most of its articles."""
        kept = set(after.values())
        heirs: dict[int, Counter[int]] = defaultdict(Counter)
        for number, story_id in self._before.items():
            heir = after[number]
            if story_id is not None and story_id not in kept and heir is not None:
                heirs[story_id][heir] += 1
        return {story_id: max(heirs[story_id], key=lambda heir: (heirs[story_id][heir], -heir)) for story_id in heirs}

    def _write(self, after: Mapping[int, int | None], merges: Mapping[int, int]) -> None:
        changed = [number for number in sorted(after) if after[number] != self._before[number]]
        if changed:
            rows = [{"article": number, "story": after[number]} for number in changed]
            self._connection.execute(_PLACE, rows)
        for story_id, heir in sorted(merges.items()):
            led = or_(stories.c.id == story_id, stories.c.merged_into == story_id)
            self._connection.execute(update(stories).where(led).values(merged_into=heir, articles=0))
            left = story_articles.c.story_id == story_id  # of articles that were not looked at together with these
            self._connection.execute(update(story_articles).where(left).values(story_id=heir))
        touched = {each for number in changed for each in (after[number], self._before[number]) if each is not None}
        for story_id in sorted(touched - merges.keys()):
            self._connection.execute(_COUNT, {"story": story_id, "at": self._now})

    def _told(
        self, after: Mapping[int, int | None], made: set[int], merges: Mapping[int, int]
    ) -> Iterable[dict[str, Any]]:
        for story_id in sorted(made):
            own = sorted(number for number in after if after[number] == story_id)
            yield self._event(EventKind.STORY_FORMED, None, {"story": story_id, "articles": own})
        for story_id, heir in sorted(merges.items()):
            yield self._event(EventKind.STORY_MERGED, None, {"story": story_id, "into": heir})
        for number in sorted(after):
            old, new = self._before[number], after[number]
            if old == new or (old is not None and merges.get(old) == new):
                continue
            if old is not None:
                yield self._event(EventKind.STORY_MOVED, number, {"story": new, "from": old})
            elif new not in made:
                yield self._event(EventKind.STORY_JOINED, number, {"story": new})

    def _event(self, kind: EventKind, article_id: int | None, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"at": self._now, "kind": kind.value, "outlet_key": None, "article_id": article_id, "payload": payload}


def _chunks(numbers: Iterable[int]) -> Iterable[Sequence[int]]:
    ordered = sorted(numbers)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))


_PAIRS_OF_ONE = select(copies).where(copies.c.article_id.in_(bindparam("ids", expanding=True)))
_PAIRS_OF_OTHER = select(copies).where(copies.c.other_id.in_(bindparam("ids", expanding=True)))
_PLACE = (
    update(story_articles)
    .where(story_articles.c.article_id == bindparam("article"))
    .values(story_id=bindparam("story"))
)
_COUNT = (
    update(stories)
    .where(stories.c.id == bindparam("story"))
    .values(
        articles=select(func.count()).where(story_articles.c.story_id == bindparam("story")).scalar_subquery(),
        updated_at=bindparam("at"),
    )
)
