"""The index by which copies are found, in SQL: signatures of new articles, and buckets of the entries of all others.

A new article's signature is a row of `story_fresh`, and in the memory of the follower. A bucket takes up what came
for it once in a round: with each batch the next slices of buckets are written, as many as bring a round about while
`ROUND` articles come. So an article costs a few writes of a kilobyte, and never a long one. All of it happens in the
transaction of the batch; what is in memory is replaced after the commit, and read anew where another process wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.dedup.postings import (
    BUCKETS,
    NO_ENTRIES,
    Entries,
    Keys,
    buckets_of,
    by_bucket,
    entries_of,
    found,
    keys_in,
    merged,
    once,
    packed,
    unpacked,
)
from storage.dedup.signature import ALGORITHM
from storage.errors import StoriesOutdated
from storage.sql.story_tables import story_fresh, story_state

#: Articles that come while every bucket is written once.
ROUND = 32_768
SLICES = 8_192
_A_SLICE = BUCKETS // SLICES
#: Entries in memory are sorted into the large array when so many have come.
_TAIL = 65_536


@dataclass(frozen=True)
class Memory:
    """What a follower knows between two transactions."""

    change: int
    cursor: int
    flushed: int
    fresh: int  # articles of `story_fresh`
    large: Entries  # what is in no bucket yet, sorted
    tail: Entries  # the same, of the newest


class IndexAtWork:
    """The index within one transaction. `memory` is what to keep after its commit."""

    def __init__(self, connection: Connection, memory: Memory | None) -> None:
        """Locks the index until the end of the transaction; `memory` is used where it is still right.

        Raises StoriesOutdated.
        """
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._loaded: list[Entries] = []
        self._known: set[int] = set()
        self._gone = NO_ENTRIES
        self._added = 0
        state = connection.execute(_LOCK).one()
        if state.algorithm != ALGORITHM:
            raise StoriesOutdated(
                f"the signatures of stories are of version {state.algorithm}, this Presswatch makes {ALGORITHM}; "
                "run `presswatch stories rebuild`"
            )
        self.is_anew = memory is None or memory.change != state.change  # another process wrote, or none has yet
        if memory is None or self.is_anew:
            memory = self._read(state)
        self.memory = memory

    def found(self, keys: Keys, most: int) -> Entries:
        """The entries of these keys (any order), in which the article's own are, if it is in the index."""
        wanted = once(keys)
        places = [*self._loaded, self.memory.large, self.memory.tail]
        entries = merged(*(found(place, wanted, most) for place in places))
        return entries[~np.isin(entries, self._gone)] if len(self._gone) else entries

    def load(self, keys: Iterable[Keys]) -> None:
        """Reads the buckets of all these keys, so that `found` finds what is in them."""
        arrays = list(keys)
        if not arrays:
            return
        wanted = [each for each in buckets_of(np.concatenate(arrays)).tolist() if each not in self._known]
        if wanted:
            self._known.update(wanted)
            self._loaded.append(unpacked(self._buckets(wanted)))

    def add(self, signatures: Sequence[tuple[int, Keys]]) -> None:
        """Adds articles, by their numbers and keys."""
        if not signatures:
            return
        insert = sqlite.insert if self._is_sqlite else postgresql.insert
        adding = insert(story_fresh)
        adding = adding.on_conflict_do_update(
            index_elements=["article_id"], set_={"since": adding.excluded.since, "hashes": adding.excluded.hashes}
        )
        rows = [
            {"article_id": number, "since": self.memory.flushed, "hashes": once(keys).astype("<u4").tobytes()}
            for number, keys in signatures
        ]
        self._connection.execute(adding, rows)
        entries = merged(self.memory.tail, *(entries_of(keys, number) for number, keys in signatures))
        large = self.memory.large
        if len(entries) > _TAIL:
            large, entries = merged(large, entries), NO_ENTRIES
        self._added += len(signatures)
        self.memory = replace(self.memory, large=large, tail=entries, fresh=self.memory.fresh + len(signatures))

    def remove(self, article_id: int, keys: Keys) -> None:
        """Removes entries of an article whose text has changed; `add` is to follow."""
        gone = entries_of(keys, article_id)
        numbers = buckets_of(keys).tolist()
        held = merged(unpacked(self._buckets(numbers)))
        if np.isin(gone, held).any():
            left = dict.fromkeys(numbers, NO_ENTRIES) | dict(by_bucket(held[~np.isin(held, gone)]))
            self._write(left.items())
        had = self._connection.execute(delete(story_fresh).where(story_fresh.c.article_id == article_id)).rowcount
        large, tail = (part[~np.isin(part, gone)] for part in (self.memory.large, self.memory.tail))
        self.memory = replace(self.memory, large=large, tail=tail, fresh=self.memory.fresh - had)
        self._gone = merged(self._gone, gone)

    def end(self, cursor: int) -> None:
        """Writes the buckets whose turn it is, and how far the log has been followed. To be called last."""
        if self.memory.fresh > ROUND:
            self._flush(-(-SLICES * self._added // ROUND))
        self.memory = replace(self.memory, cursor=cursor, change=self.memory.change + 1)
        values = {name: getattr(self.memory, name) for name in ("cursor", "flushed", "change")}
        self._connection.execute(update(story_state).values(values))

    # ------------------------------------------------------------------------------------ parts

    def _flush(self, slices: int) -> None:
        """Writes the next slices, each slice the range of buckets whose turn it is."""
        for first, last in _ranges(self.memory.flushed, min(slices, SLICES)):
            self._flush_range(first * _A_SLICE, last * _A_SLICE)
        flushed = self.memory.flushed + min(slices, SLICES)
        done = delete(story_fresh).where(story_fresh.c.since <= flushed - SLICES)
        gone = self._connection.execute(done).rowcount
        self.memory = replace(self.memory, flushed=flushed, fresh=self.memory.fresh - gone)

    def _flush_range(self, first: int, last: int) -> None:
        """Puts what is in memory of buckets `first` to `last` (not included) into them."""
        bounds = np.array([first, last], dtype=object) * (1 << 64) // BUCKETS
        large, new_large = _without(self.memory.large, bounds)
        tail, new_tail = _without(self.memory.tail, bounds)
        moved = merged(large, tail)
        if len(moved):
            numbers = buckets_of(keys_in(moved)).tolist()
            self._write(by_bucket(merged(unpacked(self._buckets(numbers)), moved)))
            self._loaded.append(moved)
        self.memory = replace(self.memory, large=new_large, tail=new_tail)

    def _write(self, buckets: Iterable[tuple[int, Entries]]) -> None:
        rows = [{"bucket": number, "entries": packed(entries)} for number, entries in buckets]
        if self._is_sqlite:
            self._connection.execute(_WRITE_SQLITE, rows)
        else:  # all in one statement: sent one by one they would be a third of what an article costs
            columns = {name: [row[name] for row in rows] for name in ("bucket", "entries")}
            self._connection.execute(_WRITE_POSTGRESQL, columns)

    def _buckets(self, numbers: Sequence[int]) -> dict[int, bytes]:
        if self._is_sqlite:
            rows = self._connection.execute(_BUCKETS_SQLITE, {"buckets": json.dumps(numbers)})
        else:
            rows = self._connection.execute(_BUCKETS_POSTGRESQL, {"buckets": list(numbers)})
        return {row[0]: bytes(row[1]) for row in rows}

    def _read(self, state: Any) -> Memory:
        """What is in no bucket yet, from the signatures of the newest articles."""
        rows = self._connection.execute(select(story_fresh)).all()
        parts = [_pending(row.article_id, row.since, row.hashes, state.flushed) for row in rows]
        return Memory(
            change=state.change,
            cursor=state.cursor,
            flushed=state.flushed,
            fresh=len(rows),
            large=merged(*parts),
            tail=NO_ENTRIES,
        )


def _pending(article_id: int, since: int, hashes: bytes, flushed: int) -> Entries:
    """Entries of a signature whose buckets have not had their turn since it came."""
    keys = np.frombuffer(hashes, dtype="<u4")
    slices = (keys >> np.uint32(32 - SLICES.bit_length() + 1)).astype(np.int64)
    is_pending = (slices - since) % SLICES >= flushed - since
    return entries_of(keys[is_pending].astype(np.uint32), article_id)


def _ranges(flushed: int, slices: int) -> Iterable[tuple[int, int]]:
    """(first, behind the last) of the next slices in their round."""
    first = flushed % SLICES
    if first + slices <= SLICES:
        yield first, first + slices
    else:
        yield first, SLICES
        yield 0, first + slices - SLICES


def _without(entries: Entries, bounds: Any) -> tuple[Entries, Entries]:
    """(those within bounds, the others) of sorted entries."""
    first = int(np.searchsorted(entries, np.uint64(bounds[0])))
    last = len(entries) if bounds[1] >= 1 << 64 else int(np.searchsorted(entries, np.uint64(bounds[1])))
    return entries[first:last], np.concatenate([entries[:first], entries[last:]])


_WRITE_SQLITE = text(
    "INSERT INTO story_postings (bucket, entries) VALUES (:bucket, :entries) "
    "ON CONFLICT (bucket) DO UPDATE SET entries = excluded.entries"
)
_WRITE_POSTGRESQL = text(
    "INSERT INTO story_postings (bucket, entries) "
    "SELECT * FROM unnest(CAST(:bucket AS integer[]), CAST(:entries AS bytea[])) "
    "ON CONFLICT (bucket) DO UPDATE SET entries = excluded.entries"
)
_LOCK = select(story_state).with_for_update()
_BUCKETS_SQLITE = text(
    "SELECT bucket, entries FROM story_postings WHERE bucket IN (SELECT value FROM json_each(:buckets))"
)
_BUCKETS_POSTGRESQL = text("SELECT bucket, entries FROM story_postings WHERE bucket = ANY(CAST(:buckets AS integer[]))")
