"""Which events a channel wants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from delivery.channels.wishes import had_matched, is_wanted, needs_match
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


def changed(kind: EventKind = EventKind.ARTICLE_REVISED, **more: object) -> Event:
    payload = {"url": "u", "title": "t", "language": "en", **more}
    return Event(seq=1, at=NOW, kind=kind, outlet_key="jpost", article_id=7, payload=payload)


def test_a_channel_of_changes_is_told_of_no_new_articles():
    asks = replace(CHANNEL, tells_changes=True)
    assert is_wanted(asks, changed(changes=["headline"]))
    assert not is_wanted(asks, changed(EventKind.ARTICLE_STORED))
    assert not is_wanted(asks, changed(EventKind.ARTICLE_VANISHED))
    assert not is_wanted(asks, changed(changes=[])), "only our reading has changed"
    assert not is_wanted(asks, changed(changes=["body"], backfill=3, is_news=False))
    assert not is_wanted(replace(asks, outlet_key="other"), changed(changes=["body"]))
    assert not is_wanted(replace(asks, language="fa"), changed(changes=["body"]))


def test_stealth_edits_alone_are_told_where_they_are_asked_for():
    asks = replace(CHANNEL, tells_changes=True, is_stealth_only=True)
    assert is_wanted(asks, changed(changes=["body"], is_stealth=True))
    assert not is_wanted(asks, changed(changes=["body"], is_stealth=False))


@pytest.mark.parametrize("kind", [EventKind.ARTICLE_VANISHED, EventKind.ARTICLE_RETURNED])
def test_what_vanishes_and_returns_is_told_only_to_who_asks(kind: EventKind):
    assert is_wanted(replace(CHANNEL, tells_vanished=True), changed(kind))
    assert not is_wanted(CHANNEL, changed(kind))
    assert not is_wanted(replace(CHANNEL, alerts=True), changed(kind))
    assert not is_wanted(replace(CHANNEL, watchlist_id=4), changed(kind))


def test_of_a_watchlist_only_what_had_answered_before_is_told_as_changed():
    bound = replace(CHANNEL, watchlist_id=4, tells_changes=True, tells_vanished=True)
    revised = changed(changes=["body"], revision=3)
    assert needs_match(bound, revised)
    assert had_matched(bound, revised, {4: 2})
    assert not had_matched(bound, revised, {4: 3}), "it is told as a match"
    assert not had_matched(bound, revised, {5: 1})
    assert had_matched(bound, changed(EventKind.ARTICLE_VANISHED), {4: 3})
    assert not had_matched(bound, changed(EventKind.ARTICLE_VANISHED), {})
