"""Which events a channel wants."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from delivery.channels.wishes import is_wanted
from storage.records import Channel, ChannelKind, ChannelState, Event, EventKind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHANNEL = Channel(
    id=1,
    kind=ChannelKind.WEBHOOK,
    name="desk",
    url="u",
    secret="s",
    state=ChannelState.ACTIVE,
    created_at=NOW,
    cursor=0,
)


@pytest.mark.parametrize("kind", [EventKind.ARTICLE_STORED, EventKind.ARTICLE_REVISED])
def test_what_a_backfill_found_is_no_news(kind: EventKind):
    def told(**more: object) -> Event:
        payload = {"url": "u", "title": "t", "language": "en", **more}
        return Event(seq=1, at=NOW, kind=kind, outlet_key="jpost", article_id=7, payload=payload)

    assert is_wanted(CHANNEL, told())
    assert not is_wanted(CHANNEL, told(backfill=3))  # as events said before they said whether it is news
    assert not is_wanted(CHANNEL, told(backfill=3, is_news=False))
    assert is_wanted(CHANNEL, told(backfill=3, is_news=True))
