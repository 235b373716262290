"""From events to what is sent of them: one message an event, or one of a whole day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from delivery.channels.topics import Changed, Topics, announcement
from delivery.channels.webhook import (
    DigestStory,
    Group,
    Message,
    alert_message,
    article_message,
    digest_message,
    match_message,
)
from delivery.channels.wishes import (
    ALERT_KINDS,
    CHANGE_KINDS,
    DIGEST_KINDS,
    MATCH_KINDS,
    had_matched,
    is_gathered,
    is_wanted,
    needs_match,
    telling_watchlists,
)
from delivery.watchlists.passages import Passage
from storage.errors import UnknownArticle, UnknownWatchlist
from storage.ports import EventLog, Library, MatchBook, WatchlistBook
from storage.records import ArticleDetail, Channel, ChannelKind, Event, EventKind

log = structlog.get_logger(__name__)

#: (watchlist's id, article, number of the revision) to passages.
Passages: TypeAlias = Callable[[int, ArticleDetail, int], list[Passage]]
#: Articles to the stories that they are in.
StoryIds: TypeAlias = Callable[[Sequence[int]], Mapping[int, int]]

#: Stories that a digest shows, and copies of each; of the rest it says how many there are.
MOST_STORIES, MOST_COPIES = 100, 20
#: Events of a day that are looked at, the first ones: of more than that a digest tells nothing, the pages do.
_MOST_EVENTS = 10_000
_BATCH = 1_000


class NotYet(Exception):
    """Whether a channel wants an event is not known yet: the log was not held against the watchlists up to there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message with what it tells of."""

    event_seq: int
    article_id: int | None  # None: an alert, or a whole day
    message: Message


@dataclass(slots=True, kw_only=True)
class Day:
    """What has gathered for a channel, as the log has it."""

    ends: Event | None = None  # its last event; None: nothing has happened
    is_cut: bool = False  # what follows waits until the log was held against the watchlists up to there
    told: list[Event] = field(default_factory=list)  # for a digest
    changed: Changed = field(default_factory=Changed)  # for a hub


class Packer:
    """Makes messages. All methods block. `passages` shows where an article answered a watchlist, `story_ids` which
    articles are one story by now, `topics` which feeds a hub is told of; `watchlists` and `matches` are asked where a
    channel is told of changes of what a watchlist has found.
    """

    def __init__(
        self,
        events: EventLog,
        library: Library,
        *,
        passages: Passages | None = None,
        story_ids: StoryIds | None = None,
        topics: Topics | None = None,
        watchlists: WatchlistBook | None = None,
        matches: MatchBook | None = None,
    ) -> None:
        self._events = events
        self._library = library
        self._passages = passages
        self._story_ids = story_ids
        self._topics = topics
        self._watchlists = watchlists
        self._matches = matches

    def parcel(self, channel: Channel, event: Event) -> Parcel | None:
        """What to send of an event, None when the channel does not want it. Raises NotYet."""
        if not is_wanted(channel, event):
            return None
        if needs_match(channel, event):
            if event.seq > self._held_upto():
                raise NotYet
            if not self._had_matched(channel, [event]):
                return None
        if event.kind in ALERT_KINDS:
            return Parcel(event_seq=event.seq, article_id=None, message=alert_message(channel, event))
        detail = self._detail(event.article_id)
        if detail is None:
            log.warning("article_missing", channel=channel.name, event_seq=event.seq, article=event.article_id)
            return None
        if event.kind in MATCH_KINDS:
            message = match_message(channel, event, detail, self._shown(event, detail))
        else:
            message = article_message(channel, event, detail, next(iter(self._groups(channel).values()), None))
        return Parcel(event_seq=event.seq, article_id=event.article_id, message=message)

    def day(self, channel: Channel, begin: int = 0) -> Day:
        """What has come since the last message: up to where the one under way ends, or up to now. Up to `begin` there
        is nothing for the channel.
        """
        day, after = Day(), max(channel.cursor, begin)
        upto = self._held_upto() if channel.asks_changes and channel.watchlist_id is not None else None
        while batch := self._events.since(after, _BATCH):
            ready = [event for event in batch if channel.digest_upto is None or event.seq <= channel.digest_upto]
            if upto is not None:
                is_early = (event.seq > upto and needs_match(channel, event) for event in ready)
                known = next((place for place, early in enumerate(is_early) if early), len(ready))
                day.is_cut, ready = known < len(ready), ready[:known]
            self._note(channel, day, ready)
            if len(ready) < len(batch):
                break
            after = batch[-1].seq
        return day

    def _note(self, channel: Channel, day: Day, events: Sequence[Event]) -> None:
        day.ends = events[-1] if events else day.ends
        if channel.kind is ChannelKind.HUB:
            for event in events:
                day.changed.add(event)
        else:
            told = self._had_matched(channel, [event for event in events if is_gathered(channel, event)])
            day.told += told[: _MOST_EVENTS - len(day.told)]

    def gathered(self, channel: Channel, day: Day) -> Parcel | None:
        """All of it in one message; None where there is nothing to tell."""
        if day.ends is None:
            return None
        message = self._announced(channel, day) if channel.kind is ChannelKind.HUB else self._digest(channel, day)
        return Parcel(event_seq=day.ends.seq, article_id=None, message=message) if message else None

    def _announced(self, channel: Channel, day: Day) -> Message | None:
        topics = self._topics.of(day.changed) if self._topics else []
        return announcement(channel, topics, str(day.ends.seq)) if topics and day.ends else None

    def _digest(self, channel: Channel, day: Day) -> Message | None:
        """By story."""
        if day.ends is None or not day.told:
            return None
        parts = self._by_watchlist(channel, self._by_story(day.told))
        groups = self._groups(channel, day.told)
        most = max(1, MOST_STORIES // max(1, len(parts)))
        stories = [
            story
            for part in parts
            for numbers, events in part[:most]
            if (story := self._story(events, [groups[number] for number in numbers])) is not None
        ]
        if not stories:
            return None
        more = sum(map(len, parts)) - len(stories)
        return digest_message(channel, list(groups.values()), stories, more, day.ends)

    def _by_watchlist(
        self, channel: Channel, stories: Sequence[Sequence[Event]]
    ) -> list[list[tuple[Sequence[int], Sequence[Event]]]]:
        """Each story once, with those of the channel's watchlists that tell of it, by the first of them."""
        asked = {event.article_id or 0 for story in stories for event in story if needs_match(channel, event)}
        answered = self._matches.answered(asked) if self._matches and asked else {}
        parts: dict[int | None, list[tuple[Sequence[int], Sequence[Event]]]] = {}
        for story in stories:
            numbers = telling_watchlists(channel, story, answered)
            parts.setdefault(numbers[0] if numbers else None, []).append((numbers, story))
        return [parts[number] for number in (*channel.watchlist_ids, None) if number in parts]

    def _by_story(self, told: Sequence[Event]) -> list[list[Event]]:
        """Events of one story together, in the order in which the stories came."""
        leads: dict[int, int] = {event.seq: event.payload.get("lead") or event.article_id or 0 for event in told}
        known = self._story_ids(sorted(set(leads.values()))) if self._story_ids else {}
        groups: dict[tuple[str, int], list[Event]] = {}
        for event in told:
            lead = leads[event.seq]
            story = known.get(lead)
            groups.setdefault(("article", lead) if story is None else ("story", story), []).append(event)
        return list(groups.values())

    def _story(self, group: Sequence[Event], watchlists: Sequence[Group]) -> DigestStory | None:
        """What is told of a story, for the first of `watchlists`; None where all of its articles are gone."""
        matched = [event for event in group if event.kind is EventKind.WATCHLIST_MATCHED]
        told = next((event for event in matched if event.payload["watchlist"] == watchlists[0].id), None)
        found = [event for event in group if event.kind in DIGEST_KINDS]
        changes = tuple(event for event in group if event.kind in CHANGE_KINDS)
        first = told.article_id if told else found[0].payload["lead"] if found else changes[0].article_id
        detail = self._detail(first)
        others = dict.fromkeys(event.article_id for event in found if event.article_id != first)
        copies = [copy for number in list(others)[:MOST_COPIES] if (copy := self._detail(number)) is not None]
        if detail is None:
            if not copies:
                return None
            told, (detail, *copies) = None, copies
        shown = self._shown(told, detail) if told else []
        return DigestStory(
            event=told,
            detail=detail,
            passages=tuple(shown),
            copies=tuple(copies),
            changes=changes,
            watchlists=tuple(watchlists),
            is_found=bool(found),
        )

    def _held_upto(self) -> int:
        """The last event of which it is known which watchlists its article answers."""
        return self._matches.cursor() if self._matches else 0

    def _had_matched(self, channel: Channel, told: Sequence[Event]) -> list[Event]:
        """Without the changes of articles that the channel's watchlist had not found."""
        asked = {event.article_id or 0 for event in told if needs_match(channel, event)}
        known = self._matches.answered(asked) if self._matches and asked else {}
        return [
            event
            for event in told
            if not needs_match(channel, event) or had_matched(channel, event, known.get(event.article_id or 0, {}))
        ]

    def _groups(self, channel: Channel, told: Sequence[Event] = ()) -> dict[int, Group]:
        """The channel's watchlists by id, by the names that their matches told; one that is gone is named by its id."""
        names = {event.payload["watchlist"]: event.payload["name"] for event in told if event.kind in DIGEST_KINDS}
        for number in channel.watchlist_ids:
            if number not in names and self._watchlists is not None:
                with suppress(UnknownWatchlist):
                    names[number] = self._watchlists.watchlist(number).name
        return {number: Group(id=number, name=names.get(number, str(number))) for number in channel.watchlist_ids}

    def _detail(self, article_id: int | None) -> ArticleDetail | None:
        if article_id is None:
            return None
        try:
            return self._library.article(article_id)
        except UnknownArticle:
            return None

    def _shown(self, event: Event, detail: ArticleDetail) -> list[Passage]:
        if self._passages is None:
            return []
        return self._passages(event.payload["watchlist"], detail, event.payload["revision"])
