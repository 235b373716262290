"""All stories anew, from the stored texts: what the follower would have come to, worked out at once and in parallel.

signatures of all articles (processes) ─► index in memory ─► copies of all articles (processes) ─► one transaction

Until that transaction stories are as they were. Articles that come meanwhile are followed after it. An article takes
about a kilobyte of memory.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.dedup.candidates import Standing
from storage.dedup.postings import (
    MOST_ARTICLES,
    NO_ENTRIES,
    Entries,
    Keys,
    articles_in,
    by_bucket,
    entries_of,
    found,
    keys_in,
    packed,
)
from storage.dedup.signature import ALGORITHM
from storage.records import Copy
from storage.sql.engine import open_engine, reading, writing
from storage.sql.events import append_events
from storage.sql.schema import articles, events
from storage.sql.story_boilerplate import Boilerplate
from storage.sql.story_copies import Comparer, StoryRules
from storage.sql.story_links import settle
from storage.sql.story_tables import story_articles, story_fresh, story_postings, story_state
from storage.sql.story_texts import Read, Shelf

#: Articles of one task.
_TASK = 200
_ROWS = 5_000
#: Of articles that are in stories and not in the index.
_NO_REVISION = 0

Progress = Callable[[str, int, int], None]  # what is done, how many articles of how many


@dataclass(frozen=True, slots=True)
class _Signed:
    """What is kept of an article while stories are rebuilt."""

    revision: int
    reading: int
    standing: Standing


def rebuild(engine: Engine, rules: StoryRules, *, processes: int, now: datetime, progress: Progress) -> int:
    """Rebuilds all stories; returns how many articles were read. Killed before its end, it has changed nothing."""
    with reading(engine) as connection:
        cursor = connection.execute(select(func.coalesce(func.max(events.c.seq), 0))).scalar_one()
        numbers = list(connection.execute(select(articles.c.id).order_by(articles.c.id)).scalars())
    url = engine.url.render_as_string(hide_password=False)
    tasks = [numbers[start : start + _TASK] for start in range(0, len(numbers), _TASK)]
    signed: dict[int, _Signed] = {}
    parts: list[Entries] = []
    with _pool(processes, _begin, url) as pool:
        for rows, entries in pool.map(_signatures, tasks):
            signed.update(rows)
            parts.append(entries)
            progress("signatures", len(signed), len(numbers))
    entries = np.sort(np.concatenate(parts)) if parts else NO_ENTRIES
    standings = {number: each.standing for number, each in signed.items()}
    entries = _thinned(entries, standings, rules.boilerplate_from)
    pairs: dict[tuple[int, int], Copy] = {}
    with _pool(processes, _begin_comparing, url, entries, standings, rules) as pool:
        for done, copies in enumerate(pool.map(_copies, tasks), 1):
            pairs |= {(copy.article_id, copy.other_id): copy for copy in copies}
            progress("copies", min(done * _TASK, len(numbers)), len(numbers))
    with writing(engine) as connection:
        _store(connection, signed, entries, cursor)
        append_events(connection, settle(connection, [pairs[pair] for pair in sorted(pairs)], signed, now))
    return len(signed)


def _pool(processes: int, begin: Callable[..., None], *given: Any) -> ProcessPoolExecutor:
    """Forked, so that what is given is shared and not copied."""
    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=begin, initargs=given)


# ----------------------------------------------------------------------------- in the processes

_engine: Engine
_compare: Callable[[Sequence[int]], list[Copy]]


def _begin(url: str) -> None:
    global _engine  # noqa: PLW0603 (each process has a connection of its own)
    _engine = open_engine(url)


def _begin_comparing(url: str, entries: Entries, standings: Mapping[int, Standing], rules: StoryRules) -> None:
    global _compare  # noqa: PLW0603
    _begin(url)
    shelf = _Snapshot(standings)
    boilerplate = Boilerplate(shelf, rules.boilerplate_from)

    def compare(numbers: Sequence[int]) -> list[Copy]:
        with reading(_engine) as connection:
            comparer = Comparer(connection, _Whole(entries), shelf, boilerplate, rules)
            return comparer.copies(shelf.read(connection, numbers), {})

    _compare = compare


def _copies(numbers: Sequence[int]) -> list[Copy]:
    return _compare(numbers)


def _signatures(numbers: Sequence[int]) -> tuple[dict[int, _Signed], Entries]:
    with reading(_engine) as connection:
        read = Shelf().read(connection, numbers)
    rows = {number: _Signed(each.revision, each.reading, each.standing) for number, each in read.items()}
    parts = [entries_of(each.text.keys, number) for number, each in read.items() if number < MOST_ARTICLES]
    return rows, np.concatenate(parts) if parts else NO_ENTRIES


class _Whole:
    """The index in memory."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def load(self, keys: list[Keys]) -> None:
        """All of it is there."""

    def found(self, keys: Keys, most: int) -> Entries:
        """The entries of these keys."""
        return found(self._entries, np.unique(keys), most)


class _Snapshot(Shelf):
    """Knows all articles as they were read at the beginning."""

    def __init__(self, standings: Mapping[int, Standing]) -> None:
        super().__init__()
        self._all = standings

    def standings(self, _connection: Connection, article_ids: Iterable[int]) -> Mapping[int, Standing]:
        """What is known of articles."""
        return {number: self._all[number] for number in article_ids if number in self._all}

    def read(self, connection: Connection, article_ids: Iterable[int]) -> dict[int, Read]:
        """Articles that were there at the beginning."""
        return super().read(connection, (number for number in article_ids if number in self._all))


# ------------------------------------------------------------------------------------- the index


def _thinned(entries: Entries, standings: Mapping[int, Standing], cut: int) -> Entries:
    """Without those entries by which nothing more is learned: of what is boilerplate of an outlet, the first articles
    are enough to know it.
    """
    _, starts, counts = np.unique(keys_in(entries), return_index=True, return_counts=True)
    kept = np.ones(len(entries), dtype=bool)
    for number in np.flatnonzero(counts > cut):
        start = int(starts[number])
        marks: dict[str, set[int]] = {}
        for place, article_id in enumerate(articles_in(entries[start : start + counts[number]]).tolist(), start):
            standing = standings[article_id]
            known = marks.setdefault(standing.outlet_key, set())
            if len(known) >= cut:
                kept[place] = False
            else:
                known.add(standing.mark)
    return entries[kept]


def _store(connection: Connection, signed: Mapping[int, _Signed], entries: Entries, cursor: int) -> None:
    """Puts the new index and the new signatures in the place of the old ones. Articles that came meanwhile and were
    followed keep their stories, and are followed anew.
    """
    connection.execute(select(story_state).with_for_update())
    for table in (story_postings, story_fresh):
        connection.execute(delete(table))
    for rows in _batches({"bucket": bucket, "entries": packed(own)} for bucket, own in by_bucket(entries)):
        connection.execute(insert(story_postings), rows)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    noting: Any = dialect.insert(story_articles)
    columns = ("revision", "reading", "words", "mark", "algorithm")
    noting = noting.on_conflict_do_update(
        index_elements=["article_id"], set_={name: noting.excluded[name] for name in columns}
    )
    for rows in _batches(_row(number, each) for number, each in signed.items()):
        connection.execute(noting, rows)
    known = set(connection.execute(select(story_articles.c.article_id)).scalars())
    for rows in _batches({"late": number} for number in sorted(known - signed.keys())):
        late = update(story_articles).where(story_articles.c.article_id == bindparam("late"))
        connection.execute(late.values(revision=_NO_REVISION), rows)
    changed = {"cursor": cursor, "change": story_state.c.change + 1, "algorithm": ALGORITHM}
    connection.execute(update(story_state).values(changed))


def _row(number: int, each: _Signed) -> dict[str, Any]:
    return {
        "article_id": number,
        "revision": each.revision,
        "reading": each.reading,
        "words": each.standing.words,
        "mark": each.standing.mark,
        "algorithm": ALGORITHM,
    }


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
