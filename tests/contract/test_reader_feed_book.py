"""Feeds at secret addresses, on both databases."""

from __future__ import annotations

import pytest
from sample_records import HOUR, NOW, outlet
from sqlalchemy import Engine

from storage.errors import FeedExists, UnknownFeed, UnknownOutlet
from storage.records import EventKind
from storage.sql.events import SqlEventLog
from storage.sql.outlets import SqlOutletBook
from storage.sql.reader_feeds import SqlReaderFeedBook


@pytest.fixture
def feeds(engine: Engine) -> SqlReaderFeedBook:
    return SqlReaderFeedBook(engine)


def test_a_feed_is_found_by_its_address_until_that_is_changed(feeds: SqlReaderFeedBook, book: SqlOutletBook):
    book.load([outlet("jpost")], "added", NOW)
    added = feeds.add(
        name="post", token="a" * 32, now=NOW, outlet_key="jpost", words="iran", language="en", is_summary=True
    )
    assert (added.outlet_key, added.words, added.language, added.is_summary) == ("jpost", "iran", "en", True)
    assert feeds.by_token("a" * 32) == feeds.named("post") == added
    assert "aaaa" not in repr(added)
    changed = feeds.change_token(added.id, "b" * 32, NOW + HOUR)
    assert (changed.token, changed.updated_at) == ("b" * 32, NOW + HOUR)
    assert feeds.by_token("b" * 32) == changed
    with pytest.raises(UnknownFeed):
        feeds.by_token("a" * 32)


def test_names_are_given_once_and_outlets_are_known(feeds: SqlReaderFeedBook):
    first = feeds.add(name="all", token="a" * 32, now=NOW)
    with pytest.raises(FeedExists, match="'all'"):
        feeds.add(name="all", token="b" * 32, now=NOW)
    with pytest.raises(UnknownOutlet, match="'nobody'"):
        feeds.add(name="two", token="c" * 32, now=NOW, outlet_key="nobody")
    assert feeds.feeds() == [first]


def test_a_removed_feed_is_gone_and_each_change_is_an_event_without_its_address(
    feeds: SqlReaderFeedBook, event_log: SqlEventLog
):
    added = feeds.add(name="all", token="a" * 32, now=NOW, by="anna")
    feeds.change_token(added.id, "b" * 32, NOW, by="anna")
    feeds.remove(added.id, NOW, by="anna")
    assert feeds.feeds() == []
    for call in (lambda: feeds.remove(added.id, NOW), lambda: feeds.change_token(added.id, "c" * 32, NOW)):
        with pytest.raises(UnknownFeed):
            call()
    told = event_log.since(0, 9)
    assert [each.kind for each in told] == [EventKind.CHANNEL_CHANGED] * 3
    assert {each.payload["by"] for each in told} == {"anna"}
    assert "aaaa" not in str([each.payload for each in told])
