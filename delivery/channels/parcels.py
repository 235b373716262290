"""From events to what is sent of them: one message an event, or one of a whole day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from delivery.channels.topics import Changed, Topics, announcement
from delivery.channels.webhook import (
    DigestStory,
    Message,
    alert_message,
    article_message,
    digest_message,
    match_message,
)
from delivery.channels.wishes import ALERT_KINDS, MATCH_KINDS, in_digest, is_wanted
from delivery.watchlists.passages import Passage
from storage.errors import UnknownArticle
from storage.ports import EventLog, Library
from storage.records import ArticleDetail, Channel, ChannelKind, Event, EventKind

log = structlog.get_logger(__name__)

#: (watchlist's id, article, number of the revision) to passages.
Passages: TypeAlias = Callable[[int, ArticleDetail, int], list[Passage]]
#: Articles to the stories that they are in.
StoryIds: TypeAlias = Callable[[Sequence[int]], Mapping[int, int]]

#: Stories that a digest shows, and copies of each; of the rest it says how many there are.
MOST_STORIES, MOST_COPIES = 100, 20
#: Matches of a day that are looked at, the first ones: of more than that a digest tells nothing, the page does.
_MOST_MATCHES = 10_000
_BATCH = 1_000


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
    matches: list[Event] = field(default_factory=list)  # for a digest
    changed: Changed = field(default_factory=Changed)  # for a hub


class Packer:
    """Makes messages. All methods block. `passages` shows where an article answered a watchlist, `story_ids` which
    articles are one story by now, `topics` which feeds a hub is told of.
    """

    def __init__(
        self,
        events: EventLog,
        library: Library,
        *,
        passages: Passages | None = None,
        story_ids: StoryIds | None = None,
        topics: Topics | None = None,
    ) -> None:
        self._events = events
        self._library = library
        self._passages = passages
        self._story_ids = story_ids
        self._topics = topics

    def parcel(self, channel: Channel, event: Event) -> Parcel | None:
        """What to send of an event, None when the channel does not want it."""
        if not is_wanted(channel, event):
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
            message = article_message(channel, event, detail)
        return Parcel(event_seq=event.seq, article_id=event.article_id, message=message)

    def day(self, channel: Channel) -> Day:
        """What has come since the last message: up to where the one under way ends, or up to now."""
        day, after = Day(), channel.cursor
        while batch := self._events.since(after, _BATCH):
            for event in batch:
                if channel.digest_upto is not None and event.seq > channel.digest_upto:
                    return day
                day.ends = event
                if channel.kind is ChannelKind.HUB:
                    day.changed.add(event)
                elif in_digest(channel, event) and len(day.matches) < _MOST_MATCHES:
                    day.matches.append(event)
            after = batch[-1].seq
        return day

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
        if day.ends is None or not day.matches:
            return None
        groups = self._by_story(day.matches)
        stories = [story for group in groups[:MOST_STORIES] if (story := self._story(group)) is not None]
        if not stories:
            return None
        name = day.matches[-1].payload["name"]
        return digest_message(channel, name, stories, len(groups) - len(stories), day.ends)

    def _by_story(self, matches: Iterable[Event]) -> list[list[Event]]:
        """Matches of one story together, in the order in which the stories came."""
        leads: dict[int, int] = {event.seq: event.payload["lead"] or event.article_id or 0 for event in matches}
        known = self._story_ids(sorted(set(leads.values()))) if self._story_ids else {}
        groups: dict[tuple[str, int], list[Event]] = {}
        for event in matches:
            lead = leads[event.seq]
            story = known.get(lead)
            groups.setdefault(("article", lead) if story is None else ("story", story), []).append(event)
        return list(groups.values())

    def _story(self, group: Sequence[Event]) -> DigestStory | None:
        """What is told of a story; None where all of its articles are gone."""
        told = next((event for event in group if event.kind is EventKind.WATCHLIST_MATCHED), None)
        first = told.article_id if told else group[0].payload["lead"]
        detail = self._detail(first)
        others = dict.fromkeys(event.article_id for event in group if event.article_id != first)
        copies = [copy for number in list(others)[:MOST_COPIES] if (copy := self._detail(number)) is not None]
        if detail is None:
            if not copies:
                return None
            told, (detail, *copies) = None, copies
        shown = self._shown(told, detail) if told else []
        return DigestStory(event=told, detail=detail, passages=tuple(shown), copies=tuple(copies))

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
