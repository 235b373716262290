"""Which events a channel wants. Pure."""

from __future__ import annotations

from storage.records import Channel, Event, EventKind

MATCH_KINDS = frozenset({EventKind.WATCHLIST_MATCHED})
#: A digest tells of copies as well, under the story that they are of.
DIGEST_KINDS = frozenset({EventKind.WATCHLIST_MATCHED, EventKind.WATCHLIST_APPENDED})
SENT_KINDS = frozenset({EventKind.ARTICLE_STORED, EventKind.ARTICLE_REVISED})
ALERT_KINDS = frozenset({EventKind.ALERT_RAISED, EventKind.ALERT_ENDED})


def is_wanted(channel: Channel, event: Event) -> bool:
    """Whether an event is to be sent to a channel."""
    if channel.watchlist_id is not None:
        return event.kind in MATCH_KINDS and event.payload["watchlist"] == channel.watchlist_id
    if event.payload.get("failing") == channel.id:
        return False  # that it does not take messages need not be sent to it
    if event.kind not in (ALERT_KINDS if channel.alerts else SENT_KINDS) or not event.is_news:
        return False
    if channel.outlet_key is not None and not _is_of(event, channel.outlet_key):
        return False
    if channel.alerts:
        return True
    return channel.language is None or channel.language == event.payload.get("language")


def in_digest(channel: Channel, event: Event) -> bool:
    """Whether a channel's digest tells of an event."""
    return event.kind in DIGEST_KINDS and event.payload["watchlist"] == channel.watchlist_id


def _is_of(event: Event, outlet_key: str) -> bool:
    """Whether an event tells of an outlet; an alert of many names their sources, one of the network is of all."""
    if event.payload.get("scope") == "network":
        return True
    named = {each["outlet"] for each in event.payload.get("sources", ())}
    return outlet_key == event.outlet_key or (event.outlet_key is None and outlet_key in named)
