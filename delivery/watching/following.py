"""Goes along the event log, and stores which articles answer which watchlists.

How far it is stands in the store and moves with the matches in one transaction, so a process killed at any moment
repeats work and tells nothing twice; of several at once, one does each piece of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import structlog

from delivery.watching.originality import Originality, asks_for_story
from delivery.watching.subjects import subject_of
from delivery.watchlists.entities import Entity
from delivery.watchlists.matching import Matcher
from delivery.watchlists.parsing import parse
from delivery.watchlists.query import Query, QueryError
from storage.ports import EventLog, MatchBook, WatchlistBook
from storage.records import ArticleText, Event, EventKind, Found, Watchlist

log = structlog.get_logger(__name__)

_ARTICLES = frozenset({EventKind.ARTICLE_STORED, EventKind.ARTICLE_REVISED})
#: Events in one transaction: enough that a transaction costs little, few enough that it is over soon.
BATCH = 100


class Watcher:
    """Holds the log against all watchlists. Not for several threads at once.

    `entities` gives those in force, another mapping after a change. Where `events` end at the last one of which the
    stories are known, a copy is known for one.
    """

    def __init__(
        self,
        *,
        watchlists: WatchlistBook,
        matches: MatchBook,
        events: EventLog,
        entities: Callable[[], Mapping[str, Entity]],
        clock: Callable[[], datetime],
        originality: Originality,
    ) -> None:
        self._watchlists = watchlists
        self._matches = matches
        self._events = events
        self._entities = entities
        self._clock = clock
        self._originality = originality
        self._since: dict[int, int] = {}  # by watchlist: only later events are held against it
        self._matcher = Matcher({})
        self._version: tuple[int, ...] = ()
        self._named: Mapping[str, Entity] = {}
        self._asks_for_story = False

    def step(self, limit: int = BATCH) -> bool:
        """Holds the next events, at most so many, against all watchlists; False when nothing was left.

        Raises StorageError.
        """
        after = self._matches.cursor()
        batch = self._events.since(after, limit)
        if not batch:
            return False
        self._load()
        found = self._found(event for event in batch if event.kind in _ARTICLES and event.is_news)
        if not self._matches.record(found, after=after, upto=batch[-1].seq, now=self._clock()):
            log.info("another_watcher_was_faster", after=after)
        return True

    def pass_over(self) -> None:
        """Leaves out the next event, which cannot be held against the watchlists.

        Raises StorageError, and whatever keeps the watchlists themselves from being used: that is no fault of an event.
        """
        self._load()
        after = self._matches.cursor()
        for event in self._events.since(after, 1):
            log.error("event_passed_over", seq=event.seq, article=event.article_id)
            self._matches.record([], after=after, upto=event.seq, now=self._clock())

    def _load(self) -> None:
        """Reads the watchlists anew where one of them, or an entity, was changed by whomever."""
        version, entities = self._watchlists.version(), self._entities()
        if version == self._version and entities is self._named:
            return
        held = [each for each in self._watchlists.watchlists() if not each.is_paused]
        self._since = {each.id: each.since_seq for each in held}
        queries = readable(held, entities)
        self._asks_for_story = any(map(asks_for_story, queries.values()))
        self._matcher = Matcher(queries)
        self._version, self._named = version, entities

    def _found(self, told: Iterable[Event]) -> list[Found]:
        events = list(told) if self._since else []
        texts = self._matches.texts(events)
        ids = {text.article_id for text in texts}
        copies = self._originality.copies_among(ids) if ids and self._asks_for_story else set()
        answered = (self._answered(text, is_origin=text.article_id not in copies) for text in texts)
        return [found for found in answered if found.watchlists]

    def _answered(self, text: ArticleText, *, is_origin: bool) -> Found:
        numbers = self._matcher.matching(subject_of(text, is_origin=is_origin))
        return Found(
            article_id=text.article_id,
            revision=text.revision,
            outlet_key=text.outlet_key,
            watchlists=tuple(number for number in numbers if text.event_seq > self._since[number]),
        )


def readable(watchlists: Iterable[Watchlist], entities: Mapping[str, Entity]) -> dict[int, Query]:
    """Queries by the id of their watchlist; one that can no longer be read, as an entity of it is gone, is logged."""
    found = {}
    for each in watchlists:
        try:
            found[each.id] = parse(each.query, entities)
        except QueryError as error:
            log.warning("watchlist_unreadable", watchlist=each.name, error=str(error))
    return found
