"""Which events a channel wants. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.records import Channel, Event, EventKind

MATCH_KINDS = frozenset({EventKind.WATCHLIST_MATCHED})
#: A digest tells of copies as well, under the story that they are of.
DIGEST_KINDS = frozenset({EventKind.WATCHLIST_MATCHED, EventKind.WATCHLIST_APPENDED})
SENT_KINDS = frozenset({EventKind.ARTICLE_STORED, EventKind.ARTICLE_REVISED})
ALERT_KINDS = frozenset({EventKind.ALERT_RAISED, EventKind.ALERT_ENDED})
ABSENCE_KINDS = frozenset({EventKind.ARTICLE_VANISHED, EventKind.ARTICLE_RETURNED})
#: What outlets do to articles that are stored.
CHANGE_KINDS = ABSENCE_KINDS | {EventKind.ARTICLE_REVISED}


def is_wanted(channel: Channel, event: Event) -> bool:
    """Whether an event is to be sent to a channel; where that hangs on matches (`needs_match`), whether it may be."""
    if channel.watchlist_id is not None:
        return _is_match(channel, event, MATCH_KINDS) or is_change_wanted(channel, event)
    if event.payload.get("failing") == channel.id:
        return False  # that it does not take messages need not be sent to it
    if channel.outlet_key is not None and not _is_of(event, channel.outlet_key):
        return False
    if channel.alerts:
        return event.kind in ALERT_KINDS and event.is_news
    is_sent = is_change_wanted(channel, event) if channel.asks_changes else event.kind in SENT_KINDS and event.is_news
    return is_sent and channel.language in {None, event.payload.get("language")}


def is_gathered(channel: Channel, event: Event) -> bool:
    """Whether a message of many events tells of one of them; with `needs_match` as `is_wanted`."""
    return is_wanted(channel, event) or (channel.daily is not None and _is_match(channel, event, DIGEST_KINDS))


def is_change_wanted(channel: Channel, event: Event) -> bool:
    """Whether an event is of the changes that a channel asks for, of whatever article."""
    if event.kind in ABSENCE_KINDS:
        return channel.tells_vanished
    if event.kind is not EventKind.ARTICLE_REVISED or not channel.tells_changes or not event.is_news:
        return False
    told = event.payload
    is_outlets = bool(told.get("changes", True))  # else only the reading has changed; early events did not name them
    return is_outlets and (not channel.is_stealth_only or bool(told.get("is_stealth")))


def needs_match(channel: Channel, event: Event) -> bool:
    """Whether an event that a channel may want is only wanted where its article answered the channel's watchlist."""
    return channel.watchlist_id is not None and event.kind in CHANGE_KINDS


def had_matched(channel: Channel, event: Event, answered: Mapping[int, int]) -> bool:
    """Whether its article answered before the event: `answered` are watchlists, each with the first revision that did.

    By a revision that answers first, an article is told as a match, and not as changed too.
    """
    first = min((answered[number] for number in channel.watchlist_ids if number in answered), default=None)
    if first is None:
        return False
    return event.kind in ABSENCE_KINDS or first < event.payload.get("revision", first + 1)


def telling_watchlists(
    channel: Channel, story: Sequence[Event], answered: Mapping[int, Mapping[int, int]]
) -> Sequence[int]:
    """Which of a channel's watchlists tell of a story in a digest: first those that found it anew, in their order.

    `answered` are, by article, the watchlists that those of its articles answer that were changed.
    """
    if len(channel.watchlist_ids) <= 1:
        return channel.watchlist_ids
    anew = {event.payload["watchlist"] for event in story if event.kind in MATCH_KINDS}
    found = {event.payload["watchlist"] for event in story if event.kind in DIGEST_KINDS}
    changed = {
        number for event in story if event.kind in CHANGE_KINDS for number in answered.get(event.article_id or 0, ())
    }
    telling = [number for number in channel.watchlist_ids if number in found | changed]
    # None, where what it answers was forgotten since it was gathered: it stands under the first.
    return sorted(telling, key=lambda number: number not in anew) or channel.watchlist_ids[:1]


def _is_match(channel: Channel, event: Event, kinds: frozenset[EventKind]) -> bool:
    return event.kind in kinds and event.payload["watchlist"] in channel.watchlist_ids


def _is_of(event: Event, outlet_key: str) -> bool:
    """Whether an event tells of an outlet; an alert of many names their sources, one of the network is of all."""
    if event.payload.get("scope") == "network":
        return True
    named = {each["outlet"] for each in event.payload.get("sources", ())}
    return outlet_key == event.outlet_key or (event.outlet_key is None and outlet_key in named)
