"""Finding the copies of articles: candidates from the index, then texts compared word by word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection

from storage.dedup.candidates import MOST_OF_A_KEY, Standing, candidates, dull_keys, needed
from storage.dedup.containment import Thresholds, copied
from storage.dedup.postings import Entries, Keys
from storage.dedup.signature import Mask
from storage.records import Copy
from storage.sql.story_boilerplate import Boilerplate
from storage.sql.story_texts import Read, Shelf

#: An article is compared with so many others at most: those that share the most picks.
_MOST_COMPARED = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRules:
    """What an operator can set about stories."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    window: timedelta = timedelta(days=90)  # articles further apart are never compared
    boilerplate_from: int = 5  # articles of an outlet in which a pick stands


class Index(Protocol):
    """What is asked of an index."""

    def load(self, keys: list[Keys]) -> None:
        """Makes the entries of all these keys ready."""

    def found(self, keys: Keys, most: int) -> Entries:
        """The entries of these keys, at most so many a key."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the index says of an article."""

    entries: Entries  # of all its keys
    dull: Mapping[int, frozenset[str]]  # which of them are boilerplate, and whose
    standings: Mapping[int, Standing]  # of the articles that matter


class Comparer:
    """Compares articles within one transaction, while the index stays as it is."""

    def __init__(
        self, connection: Connection, index: Index, shelf: Shelf, boilerplate: Boilerplate, rules: StoryRules
    ) -> None:
        self._connection = connection
        self._index = index
        self._shelf = shelf
        self._boilerplate = boilerplate
        self._rules = rules
        self._looks: dict[int, Look] = {}
        self._dull_words: dict[int, Mask] = {}

    def copies(self, looked_at: Mapping[int, Read], partners: Mapping[int, set[int]]) -> list[Copy]:
        """The pairs of these articles with others that are copies. `partners`: which they were copies of before."""
        self._index.load([each.text.keys for each in looked_at.values()])
        wanted = {number: self.candidates(each) | partners.get(number, set()) for number, each in looked_at.items()}
        others = {number for numbers in wanted.values() for number in numbers} - looked_at.keys()
        read = dict(looked_at) | self._shelf.read(self._connection, others)
        self._index.load([read[number].text.keys for number in others if number in read])
        pairs = {
            (min(number, other), max(number, other))
            for number, numbers in wanted.items()
            for other in numbers
            if other in read and other != number
        }
        return [copy for one, other in sorted(pairs) if (copy := self.compared(read[one], read[other])) is not None]

    def candidates(self, each: Read) -> set[int]:
        """Which others an article is compared with."""
        look = self.look(each)
        return set(candidates(look.entries, each.article_id, look.standings, look.dull, _MOST_COMPARED))

    def look(self, each: Read) -> Look:
        """What the index says of an article, whose keys are ready."""
        if each.article_id not in self._looks:
            entries = self._index.found(each.text.keys, MOST_OF_A_KEY)
            standings = {**self.standings(entries), each.article_id: each.standing}
            dull = dull_keys(entries, standings, self._rules.boilerplate_from)
            self._looks[each.article_id] = Look(entries, dull, standings)
        return self._looks[each.article_id]

    def standings(self, entries: Entries) -> Mapping[int, Standing]:
        """What is known of the articles that matter among these entries."""
        return self._shelf.standings(self._connection, needed(entries, self._rules.boilerplate_from))

    def compared(self, one: Read, other: Read) -> Copy | None:
        """The pair, if one is a copy of the other; `one` has the lesser number."""
        if abs(one.moment - other.moment) > self._rules.window:
            return None
        is_own = one.outlet_key == other.outlet_key
        dull = self._words(one), self._words(other)
        found = copied(one.text, other.text, *dull, self._rules.thresholds, is_own=is_own)
        if found is None:
            return None
        return Copy(
            article_id=one.article_id,
            other_id=other.article_id,
            of_article=round(found.of_one, 4),
            of_other=round(found.of_other, 4),
            words=found.words,
        )

    def _words(self, each: Read) -> Mask:
        """Which words of an article are boilerplate."""
        if each.article_id not in self._dull_words:
            look = self.look(each)
            found = self._boilerplate.words(self._connection, each, look.entries, look.standings, look.dull)
            self._dull_words[each.article_id] = found
        return self._dull_words[each.article_id]
