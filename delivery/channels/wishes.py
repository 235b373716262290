"""Which events a channel wants. Pure."""

from __future__ import annotations

from storage.records import Channel, Event, EventKind

SENT_KINDS = frozenset({EventKind.ARTICLE_STORED, EventKind.ARTICLE_REVISED})


def is_wanted(channel: Channel, event: Event) -> bool:
    """Whether an event is to be sent to a channel."""
    if event.kind not in SENT_KINDS or "backfill" in event.payload:
        return False  # what a backfill found is no news, unless the operator asked to announce it
    if channel.outlet_key is not None and channel.outlet_key != event.outlet_key:
        return False
    return channel.language is None or channel.language == event.payload.get("language")
