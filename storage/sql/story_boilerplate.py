"""What the boilerplate around a pick is: the shingles that most of the articles of an outlet have which hold it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
from sqlalchemy import Connection

from storage.dedup.candidates import Dull, Standing, known_picks
from storage.dedup.containment import boilerplate_in, dull_words
from storage.dedup.postings import Entries, articles_in, keys_in
from storage.dedup.signature import Hashes, Mask
from storage.sql.story_texts import Read, Shelf

#: Articles that are read for it at most: the oldest that are not the same text.
_READ = 7
_KEPT = 5_000


#: Articles, each with its mark: what is learned follows from them alone, whoever learns it and when.
_Holders = tuple[tuple[int, int], ...]


class Boilerplate:
    """Learns the shingles around picks that are boilerplate, and keeps them at hand.

    `cut`: articles in which a pick stands when it is boilerplate. Of no more than that is learned, since the index may
    know no more (`storage.sql.story_rebuild`).
    """

    def __init__(self, shelf: Shelf, cut: int) -> None:
        self._shelf = shelf
        self._read = min(cut, _READ)
        self._learned: OrderedDict[_Holders, Hashes] = OrderedDict()

    def clear(self) -> None:
        """Forgets everything, after a transaction that was undone."""
        self._learned.clear()

    def words(
        self, connection: Connection, each: Read, entries: Entries, standings: Mapping[int, Standing], dull: Dull
    ) -> Mask:
        """Which words of an article are boilerplate. `entries`: of all its keys."""
        keys = each.text.keys
        found = np.zeros(len(each.text.words), dtype=bool)
        for place in np.flatnonzero(known_picks(keys, dull, each.outlet_key)):
            start = int(each.text.picks[place])
            if not found[start]:
                shingles = self._of(connection, each.outlet_key, int(keys[place]), entries, standings)
                found |= dull_words(each.text, shingles)
        return found

    def _of(
        self, connection: Connection, outlet_key: str, key: int, entries: Entries, standings: Mapping[int, Standing]
    ) -> Hashes:
        holders = self._holders(outlet_key, key, entries, standings)
        if holders not in self._learned:
            read = self._shelf.read(connection, [number for number, _ in holders])
            texts = [each.text for each in read.values() if len(each.text.shingles)]
            self._learned[holders] = boilerplate_in(texts) if texts else np.empty(0, dtype=np.uint64)
            if len(self._learned) > _KEPT:
                self._learned.popitem(last=False)
        return self._learned[holders]

    def _holders(self, outlet_key: str, key: int, entries: Entries, standings: Mapping[int, Standing]) -> _Holders:
        """The oldest articles of an outlet with a key, of each text one."""
        by_mark: dict[int, int] = {}
        for number in articles_in(entries[keys_in(entries) == key]).tolist():
            standing = standings.get(number)
            if standing is not None and standing.outlet_key == outlet_key:
                by_mark.setdefault(standing.mark, number)
                if len(by_mark) == self._read:
                    break
        return tuple((number, mark) for mark, number in by_mark.items())
