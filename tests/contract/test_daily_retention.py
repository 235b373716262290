"""The standing order to delete once a day: one turn a day for all, as it was ordered, on record."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from control.daily_retention import BY_DAILY, DailyDeleter, due_by
from control.opening import open_from
from control.settings import Settings
from storage.records import DailyRetention, RetentionState
from storage.sql.events import SqlEventLog
from storage.sql.retention_daily import SqlDailyRetentionBook
from tests.contract.sample_records import NOW, capture_of, captured, extraction, listed, outlet, verdict
from tests.contract.test_kept_answers import visited
from tests.stores import lay_store

DAY = timedelta(days=1)
ORDERED = DailyRetention(by="ada", ordered_at=NOW, default=(365, None), outlets={"haaretz": (30, 60)})


@pytest.fixture
def daily(engine: Engine) -> SqlDailyRetentionBook:
    return SqlDailyRetentionBook(engine)


def test_an_order_is_known_until_it_is_taken_back_and_both_are_events(
    daily: SqlDailyRetentionBook, event_log: SqlEventLog
):
    assert daily.ordered() is None
    assert not daily.take_turn(NOW)
    daily.order(ORDERED)
    assert daily.ordered() == ORDERED
    assert daily.end("bob", NOW)
    assert daily.ordered() is None
    assert not daily.end("bob", NOW)
    assert [event.payload["what"] for event in event_log.since(0, 9)] == ["delete daily", "delete daily no more"]


def test_one_of_all_has_the_turn_of_a_day(daily: SqlDailyRetentionBook):
    daily.order(ORDERED)
    assert [daily.take_turn(NOW), daily.take_turn(NOW), daily.take_turn(NOW + DAY / 2)] == [True, False, False]
    assert daily.take_turn(NOW + DAY)
    ordered = daily.ordered()
    assert ordered is not None
    assert ordered.ran_at == NOW + DAY


def test_nothing_goes_sooner_than_was_seen_when_it_was_ordered():
    settings = Settings(keep_pages_days=365)
    cases = {
        "as ordered": (outlet("a"), settings, (365, None), False),
        "kept for longer now": (outlet("a"), Settings(keep_pages_days=400), (400, None), False),
        "kept for ever now": (outlet("a", keep_pages_days=None), Settings(), (None, None), False),
        "kept for less now": (outlet("a"), Settings(keep_pages_days=300), (None, None), True),
        "texts too now": (outlet("a"), Settings(keep_pages_days=365, keep_texts_days=900), (365, None), True),
        "its own days": (outlet("haaretz", keep_pages_days=30, keep_texts_days=90), settings, (30, 90), False),
        "fewer of its own": (outlet("haaretz", keep_pages_days=29, keep_texts_days=60), settings, (None, 60), True),
    }
    for what, (one, now_set, (pages, texts), is_waiting) in cases.items():
        due = due_by(ORDERED, [one], now_set, NOW)
        found = [
            tuple(before and (NOW - before).days for before in (rule.pages_before, rule.texts_before))
            for rule in due.rules
        ]
        assert found == ([(pages, texts)] if pages or texts else []), what
        assert bool(due.waiting) == is_waiting, what


def test_the_day_s_deletion_is_an_order_of_its_own_and_a_day_without_any_leaves_none(tmp_path: Path):
    lay_store(tmp_path)
    settings = Settings(data_dir=tmp_path, keep_pages_days=1, keep_texts_days=1)
    store = open_from(settings)
    try:
        deleter = DailyDeleter(store, settings, threading.Event())
        deleter.look(NOW)
        store.daily_retention.order(DailyRetention(by="ada", ordered_at=NOW, default=(1, 1)))
        deleter.look(NOW, wait_s=0)
        assert store.deleting.orders(9) == []
        visited(store.crawl, store.outlets, store.bodies, (b"<rss>1</rss>", 0))
        (found,) = listed(store.crawl, store.outlets, "https://jpost.example/a")
        store.crawl.record_verdicts([captured(verdict(found, extraction()), store.bodies)])
        deleter.look(NOW + 9 * DAY, wait_s=0)  # the file is being written: it is left until it has ended
        (order,) = store.deleting.orders(9)
        assert (order.by, order.state, order.why) == (
            BY_DAILY,
            RetentionState.RUNNING,
            "daily, as ada ordered on 2026-07-30",
        )
        assert [(count.pages, count.texts, count.answers) for count in order.deleted] == [(1, 1, 1)]
        store.bodies.close()
        deleter.look(NOW + 9 * DAY + timedelta(hours=2), wait_s=0)
        assert [each.state for each in store.deleting.orders(9)] == [RetentionState.DONE]
        store.bodies.put(capture_of("https://jpost.example/b", b"another"))
    finally:
        store.close()
