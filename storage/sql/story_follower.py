"""Forming stories from what the log tells: one transaction a batch of articles.

read texts ─► signatures ─► | add to the index ─► learn boilerplate ─► candidates ─► compare texts ─► group ─► events |

What stands between the bars is one transaction, in which the index is locked. An article is looked at when it comes,
when its text changes, and once more when something of it turns out to be boilerplate of its outlet; so what is joined
in the end does not depend on the order in which articles came.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.dedup.candidates import MOST_OF_A_KEY, Dull, dull_keys, known_picks
from storage.dedup.postings import MOST_ARTICLES, Keys, articles_in, keys_in
from storage.dedup.signature import ALGORITHM
from storage.records import EventKind, Followed
from storage.sql.engine import reading, writing
from storage.sql.events import append_events
from storage.sql.origins import Claimant
from storage.sql.schema import events
from storage.sql.story_boilerplate import Boilerplate
from storage.sql.story_copies import Comparer, StoryRules
from storage.sql.story_index import IndexAtWork, Memory
from storage.sql.story_links import partners, regroup, replace_copies
from storage.sql.story_tables import story_articles, story_state
from storage.sql.story_texts import Placed, Read, Shelf, placed

#: Events that are of no concern are passed over without writing until there are so many of them.
_STRIDE = 500


@dataclass(frozen=True, slots=True)
class _Passed:
    """Events in which nothing was of concern, although no transaction tells that they are behind.

    It holds while nobody else wrote: a rebuild sets the stored cursor back, and what it did not read is followed anew.
    """

    change: int = -1  # `story_state.change` meanwhile
    upto: int = 0

    def beyond(self, cursor: int, change: int) -> int:
        """The last event that is behind, where the stored cursor is at `cursor`."""
        return max(cursor, self.upto) if change == self.change else cursor


class SqlStoryFollower:
    """Implements `storage.ports.StoryFollower`. To be used by one thread at a time.

    The `claimant` notes in the same step what articles say of whose text they are.
    """

    def __init__(self, engine: Engine, rules: StoryRules | None = None, claimant: Claimant | None = None) -> None:
        self._engine = engine
        self._claimant = claimant
        self._rules = rules or StoryRules()
        self._memory: Memory | None = None
        self._shelf = Shelf()
        self._boilerplate = Boilerplate(self._shelf, self._rules.boilerplate_from)
        self._passed = _Passed()

    def cursor(self) -> int:
        """The last event that has been followed."""
        with reading(self._engine) as connection:
            state = connection.execute(_STATE).one()
        return self._passed.beyond(state.cursor, state.change)

    def follow(self, limit: int, now: datetime) -> Followed:
        """One step; see the port."""
        with reading(self._engine) as connection:
            state = connection.execute(_STATE).one()
            stored, after = state.cursor, self._passed.beyond(state.cursor, state.change)
            found = connection.execute(_EVENTS, {"after": after, "most": limit}).all()
            upto = found[-1].seq if found else after
            wanted = {row.article_id for row in found if row.kind in _FOLLOWED and row.article_id is not None}
            known = placed(connection, wanted)
            read = self._shelf.read(connection, wanted) if wanted else {}
        new = [each for number, each in sorted(read.items()) if number not in known or not known[number].is_of(each)]
        for each in new:
            each.text.keys  # noqa: B018 (worked out before the index is locked)
        if new or upto - stored >= _STRIDE:
            reread = [
                each for each in new if each.article_id in known and known[each.article_id].revision == each.revision
            ]
            if not self._place(new, stored, upto, now, reread):
                return Followed(events=0, articles=0, cursor=stored, is_current=False)
        else:
            self._passed = _Passed(state.change, upto)
        return Followed(events=len(found), articles=len(new), cursor=upto, is_current=len(found) < limit)

    def pass_over(self, now: datetime) -> None:
        """Moves the cursor past the next event; see the port."""
        with reading(self._engine) as connection:
            state = connection.execute(_STATE).one()
            after = self._passed.beyond(state.cursor, state.change)
            found = connection.execute(_EVENTS, {"after": after, "most": 1}).first()
        if found is not None:
            self._place([], state.cursor, found.seq, now)

    def _place(self, new: Sequence[Read], before: int, upto: int, now: datetime, reread: Sequence[Read] = ()) -> bool:
        """False when another process has followed these: the next step begins where it ended. Of those in `reread` the
        same revision was looked at before, as another reading has it.
        """
        try:
            with writing(self._engine) as connection:
                index = IndexAtWork(connection, self._memory)
                if index.is_anew:
                    self._forget()
                if index.memory.cursor != before:
                    return False
                batch = _Batch(connection, index, self._shelf, self._boilerplate, self._rules)
                told = batch.run(new, now)
                if self._claimant is not None:
                    self._claimant.forget(connection, [(each.article_id, each.revision) for each in reread])
                    self._claimant.note(connection, [each.article_id for each in new], now)
                index.end(upto)
                append_events(connection, told)
        except BaseException:
            self._forget()
            raise
        self._memory = index.memory
        return True

    def _forget(self) -> None:
        """What is at hand may be wrong: a transaction was undone, or another process wrote."""
        self._shelf.clear()
        self._boilerplate.clear()


class _Batch:
    """Looks at articles within a transaction."""

    def __init__(
        self, connection: Connection, index: IndexAtWork, shelf: Shelf, boilerplate: Boilerplate, rules: StoryRules
    ) -> None:
        self._connection = connection
        self._index = index
        self._shelf = shelf
        self._rules = rules
        self._comparer = Comparer(connection, index, shelf, boilerplate, rules)

    def run(self, new: Sequence[Read], now: datetime) -> list[dict[str, Any]]:
        """Places new and changed articles; returns the events that tell of it."""
        if not new:
            return []
        stored = placed(self._connection, [each.article_id for each in new])
        self._take_out(new, stored)
        self._index.load(each.text.keys for each in new)
        self._note(new)
        learned = self._add(new)
        again = self._shelf.read(self._connection, learned)
        looked_at = {each.article_id: each for each in new} | again
        found = self._comparer.copies(looked_at, partners(self._connection, looked_at))
        touched = replace_copies(self._connection, sorted(looked_at), found)
        return regroup(self._connection, touched | (looked_at.keys() & stored.keys()), now)

    # ------------------------------------------------------------------------------------ index

    def _take_out(self, new: Sequence[Read], stored: Mapping[int, Placed]) -> None:
        """Removes what the former texts of changed articles left in the index, but for what is boilerplate: the index
        has only the first articles with it, and must go on to know it by them.
        """
        former = {
            each.article_id: text
            for each in new
            if each.article_id in stored
            and (text := self._shelf.read_former(self._connection, each.article_id, stored[each.article_id]))
        }
        self._index.load([text.keys for text in former.values()])
        for each in new:
            if each.article_id in former:
                keys = former[each.article_id].keys
                gone = keys[~np.isin(keys, each.text.keys)]
                dull = self._dull(gone)
                self._index.remove(each.article_id, gone[~known_picks(gone, dull, each.outlet_key)])

    def _dull(self, keys: Keys, without: Collection[int] = ()) -> Dull:
        """Which of these keys, that are ready, are boilerplate, and whose."""
        entries = self._index.found(keys, MOST_OF_A_KEY)
        return dull_keys(entries, self._comparer.standings(entries), self._rules.boilerplate_from, without)

    def _note(self, new: Sequence[Read]) -> None:
        insert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        noting = insert(story_articles)
        noting = noting.on_conflict_do_update(
            index_elements=["article_id"],
            set_={name: noting.excluded[name] for name in ("revision", "reading", "words", "mark", "algorithm")},
        )
        rows = [
            {
                "article_id": each.article_id,
                "revision": each.revision,
                "reading": each.reading,
                "words": len(each.text.words),
                "mark": each.text.mark,
                "algorithm": ALGORITHM,
            }
            for each in new
        ]
        self._connection.execute(noting, rows)
        for each in new:
            self._shelf.put(each)

    def _add(self, new: Sequence[Read]) -> set[int]:
        """Adds articles to the index, but for what is boilerplate already. Returns earlier articles in which
        something is boilerplate now that was not.
        """
        numbers = {each.article_id for each in new}
        signatures, was_dull = [], {}
        for each in new:
            dull = self._dull(each.text.keys, without=numbers)
            was_dull[each.article_id] = {key for key, outlets in dull.items() if each.outlet_key in outlets}
            kept = each.text.keys[~known_picks(each.text.keys, dull, each.outlet_key)]
            if each.article_id < MOST_ARTICLES:
                signatures.append((each.article_id, kept))
        self._index.add(signatures)
        learned: set[int] = set()
        for each in new:
            look = self._comparer.look(each)
            own = {key for key, outlets in look.dull.items() if each.outlet_key in outlets} - was_dull[each.article_id]
            if own:
                is_own = np.isin(keys_in(look.entries), np.array(list(own), dtype=np.uint32))
                holders = articles_in(look.entries[is_own]).tolist()
                learned |= {number for number in holders if look.standings[number].outlet_key == each.outlet_key}
        return learned - numbers


_FOLLOWED = frozenset({EventKind.ARTICLE_STORED.value, EventKind.ARTICLE_REVISED.value, EventKind.ARTICLE_REREAD.value})
_STATE = select(story_state.c.cursor, story_state.c.change)
_EVENTS = (
    select(events.c.seq, events.c.kind, events.c.article_id)
    .where(events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)
