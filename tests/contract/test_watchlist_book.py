"""Watchlists and what answers them, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sample_records import HOUR, NOW, extraction, listed, outlet, verdict
from sqlalchemy import Engine

from storage.errors import UnknownWatchlist, WatchlistExists
from storage.records import ArticleText, ChannelKind, ChannelState, EventKind, Found, MatchKind, Watchlist
from storage.sql.channels import SqlChannelBook
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import writing
from storage.sql.events import SqlEventLog
from storage.sql.matches import SqlMatchBook
from storage.sql.outlets import SqlOutletBook
from storage.sql.story_tables import stories, story_articles
from storage.sql.watchlists import SqlWatchlistBook


@pytest.fixture
def lists(engine: Engine) -> SqlWatchlistBook:
    return SqlWatchlistBook(engine)


@pytest.fixture
def match_book(engine: Engine) -> SqlMatchBook:
    return SqlMatchBook(engine)


def add(lists: SqlWatchlistBook, name: str = "iran", **changes: Any) -> Watchlist:
    given = {"query": name, "token": f"token of {name}", "now": NOW}
    return lists.add(name=name, **(given | changes))


def found(article_id: int, *watchlists: Watchlist, revision: int = 1, outlet_key: str = "jpost") -> Found:
    numbers = tuple(each.id for each in watchlists)
    return Found(article_id=article_id, revision=revision, outlet_key=outlet_key, watchlists=numbers)


def store_articles(crawl: SqlCrawlStore, book: SqlOutletBook, *urls: str) -> list[int]:
    pending = listed(crawl, book, *urls)
    stored = crawl.record_verdicts(
        [verdict(each, extraction(title=f"Title {n}", body=f"Body {n}")) for n, each in enumerate(pending)]
    )
    return sorted(each.article_id for each in stored if each.article_id)


def join(engine: Engine, *article_ids: int) -> int:
    """Makes a story of articles, as its follower does."""
    with writing(engine) as connection:
        number = connection.execute(
            stories.insert().values(created_at=NOW, updated_at=NOW, articles=len(article_ids)).returning(stories.c.id)
        ).scalar_one()
        rows = [
            {"article_id": each, "story_id": number, "revision": 1, "words": 9, "mark": 0, "algorithm": 1}
            for each in article_ids
        ]
        connection.execute(story_articles.insert(), rows)
    return number


def record(match_book: SqlMatchBook, *each: Found, upto: int | None = None) -> bool:
    after = match_book.cursor()
    return match_book.record(each, after=after, upto=after + 1 if upto is None else upto, now=NOW)


# ------------------------------------------------------------------------------------ watchlists


def test_a_watchlist_is_read_as_it_was_added(lists: SqlWatchlistBook):
    added = add(lists, tells_copies=True, copy_outlets=("jpost",), query="سلیمانی OR iran")
    assert lists.named("iran") == lists.watchlist(added.id) == lists.by_token(added.token) == added
    assert lists.watchlists() == [added]
    assert (added.tells_copies, added.copy_outlets, added.query) == (True, ("jpost",), "سلیمانی OR iran")
    assert added.token not in repr(added)


def test_a_name_is_given_to_one_watchlist(lists: SqlWatchlistBook):
    add(lists)
    other = add(lists, "iraq")
    with pytest.raises(WatchlistExists, match="'iran'"):
        add(lists, token="x")
    with pytest.raises(WatchlistExists, match="'iran'"):
        lists.edit(other.id, name="iran", now=NOW)


def test_only_what_is_given_is_changed(lists: SqlWatchlistBook, event_log: SqlEventLog):
    added = add(lists, copy_outlets=("jpost",))
    edited = lists.edit(added.id, query="iraq", now=NOW + HOUR, by="console")
    assert (edited.query, edited.name, edited.copy_outlets, edited.updated_at) == (
        "iraq",
        "iran",
        ("jpost",),
        NOW + HOUR,
    )
    assert lists.edit(added.id, copy_outlets=(), now=NOW).copy_outlets == ()
    assert event_log.since(0, 9)[1].payload == {
        "watchlist": added.id,
        "name": "iran",
        "what": "edited",
        "by": "console",
        "fields": ["query"],
    }


def test_one_that_is_resumed_is_held_against_what_comes_then(lists: SqlWatchlistBook, event_log: SqlEventLog):
    added = add(lists)
    lists.edit(added.id, is_paused=True, now=NOW)
    add(lists, "other")
    assert lists.edit(added.id, is_paused=False, now=NOW).since_seq == event_log.last_seq() - 1


def test_the_version_tells_of_each_change(lists: SqlWatchlistBook):
    seen = [lists.version()]
    one = add(lists)
    seen.append(lists.version())
    lists.edit(one.id, query="x", now=NOW + HOUR)
    seen.append(lists.version())
    add(lists, "two")
    seen.append(lists.version())
    lists.remove(one.id, NOW)
    seen.append(lists.version())
    assert len(set(seen)) == len(seen)
    assert lists.version() == seen[-1]


def test_the_version_tells_of_a_change_that_is_not_the_latest_by_its_time(lists: SqlWatchlistBook):
    one = add(lists)
    other = add(lists, "other")
    lists.edit(other.id, query="x", now=NOW + HOUR)
    before = lists.version()
    lists.edit(one.id, query="y", now=NOW + HOUR / 2)  # by a machine whose clock is behind
    assert lists.version() != before


def test_what_there_is_not_is_told_so(lists: SqlWatchlistBook):
    for ask in (lambda: lists.named("x"), lambda: lists.watchlist(9), lambda: lists.by_token("x")):
        with pytest.raises(UnknownWatchlist, match="watchlists list"):
            ask()
    with pytest.raises(UnknownWatchlist):
        lists.edit(9, name="x", now=NOW)
    with pytest.raises(UnknownWatchlist):
        lists.remove(9, NOW)


def test_a_removed_watchlist_takes_its_matches_along_and_pauses_its_channels(
    lists: SqlWatchlistBook, match_book: SqlMatchBook, engine: Engine
):
    added = add(lists)
    channels = SqlChannelBook(engine)
    channels.add(kind=ChannelKind.WEBHOOK, name="desk", url="u", secret="s", now=NOW, watchlist_id=added.id)
    record(match_book, found(7, added))
    lists.remove(added.id, NOW)
    assert match_book.matches_of(7) == []
    assert channels.channel("desk").state is ChannelState.PAUSED
    assert add(lists).id > added.id, "an id is never given out twice"


def test_a_channel_of_several_watchlists_keeps_those_that_are_left(lists: SqlWatchlistBook, engine: Engine):
    iran, oil = add(lists), add(lists, "oil")
    channels = SqlChannelBook(engine)
    bound = {"watchlist_id": iran.id, "more_watchlist_ids": [oil.id]}
    added = channels.add(kind=ChannelKind.WEBHOOK, name="desk", url="u", secret="s", now=NOW, **bound)
    assert added.watchlist_ids == (iran.id, oil.id)
    lists.remove(iran.id, NOW)
    assert channels.channel("desk") == replace(added, watchlist_id=oil.id, more_watchlist_ids=())
    lists.remove(oil.id, NOW)
    assert channels.channel("desk").paused_reason == "its watchlist was removed"


# --------------------------------------------------------------------------------------- matches


def test_an_article_matches_once_whatever_revisions_follow(
    lists: SqlWatchlistBook, match_book: SqlMatchBook, event_log: SqlEventLog
):
    iran, oil = add(lists), add(lists, "oil")
    record(match_book, found(7, iran))
    record(match_book, found(7, iran, oil, revision=2), found(7, iran, oil, revision=3))
    assert [(m.watchlist_id, m.kind, m.revision) for m in match_book.matches_of(7)] == [
        (iran.id, MatchKind.NEW, 1),
        (oil.id, MatchKind.REVISED, 2),
    ]
    told = [event for event in event_log.since(0, 99) if event.kind is EventKind.WATCHLIST_MATCHED]
    assert [(event.article_id, event.payload["watchlist"], event.payload["as"]) for event in told] == [
        (7, iran.id, "new"),
        (7, oil.id, "revised"),
    ]


def test_it_is_known_since_which_revision_an_article_answers(lists: SqlWatchlistBook, match_book: SqlMatchBook):
    iran, oil = add(lists), add(lists, "oil")
    record(match_book, found(7, iran), found(8, oil))
    record(match_book, found(7, iran, oil, revision=2))
    assert match_book.answered([7, 8, 9]) == {7: {iran.id: 1, oil.id: 2}, 8: {oil.id: 1}}


def test_what_another_follower_did_is_not_done_again(
    lists: SqlWatchlistBook, match_book: SqlMatchBook, event_log: SqlEventLog
):
    iran = add(lists)
    after = match_book.cursor()
    assert match_book.record([found(7, iran)], after=after, upto=after + 5, now=NOW)
    count = event_log.last_seq()
    assert not match_book.record([found(7, iran), found(8, iran)], after=after, upto=after + 6, now=NOW)
    assert (event_log.last_seq(), match_book.cursor(), match_book.matches_of(8)) == (count, after + 5, [])


def test_of_many_followers_at_once_each_piece_is_done_by_one(lists: SqlWatchlistBook, match_book: SqlMatchBook):
    iran = add(lists)
    after = match_book.cursor()
    done = []
    threads = [
        threading.Thread(
            target=lambda n=n: done.append(match_book.record([found(n, iran)], after=after, upto=after + 1, now=NOW))
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]
    assert match_book.counts()[iran.id].articles == 1


def test_of_a_story_the_first_article_is_told_and_copies_are_appended(
    lists: SqlWatchlistBook, match_book: SqlMatchBook, event_log: SqlEventLog, engine: Engine
):
    iran = add(lists)
    record(match_book, found(7, iran))
    story = join(engine, 7, 8, 9)
    record(match_book, found(8, iran), found(9, iran))
    assert [m.article_id for m in match_book.matches(iran.id, 9)] == [7]
    copies = match_book.appended(iran.id, [7])[7]
    assert [(m.article_id, m.kind, m.is_told, m.lead_article_id, m.story_id) for m in copies] == [
        (8, MatchKind.COPY, False, 7, story),
        (9, MatchKind.COPY, False, 7, story),
    ]
    kinds = [event.kind for event in event_log.since(0, 99)][1:]
    assert kinds == [EventKind.WATCHLIST_MATCHED, EventKind.WATCHLIST_APPENDED, EventKind.WATCHLIST_APPENDED]
    count = match_book.counts()[iran.id]
    assert (count.stories, count.articles, count.newest_at) == (1, 3, NOW)


def test_copies_in_the_same_batch_are_copies(lists: SqlWatchlistBook, match_book: SqlMatchBook, engine: Engine):
    iran = add(lists)
    join(engine, 7, 8)
    record(match_book, found(8, iran), found(7, iran))
    assert [m.article_id for m in match_book.matches(iran.id, 9)] == [8]
    assert [m.article_id for m in match_book.appended(iran.id, [8])[8]] == [7]


def test_who_asks_for_copies_is_told_them(lists: SqlWatchlistBook, match_book: SqlMatchBook, engine: Engine):
    every, persia = add(lists, tells_copies=True), add(lists, "persia", copy_outlets=("trackpersia",))
    join(engine, 7, 8, 9)
    record(
        match_book,
        found(7, every, persia),
        found(8, every, persia, outlet_key="trackpersia"),
        found(9, every, persia, outlet_key="third"),
    )
    assert [m.article_id for m in match_book.matches(every.id, 9)] == [9, 8, 7]
    assert [(m.article_id, m.kind) for m in match_book.matches(persia.id, 9)] == [
        (8, MatchKind.COPY),
        (7, MatchKind.NEW),
    ]


def test_each_watchlist_has_its_own_first_article(lists: SqlWatchlistBook, match_book: SqlMatchBook, engine: Engine):
    iran, oil = add(lists), add(lists, "oil")
    join(engine, 7, 8)
    record(match_book, found(7, iran), found(8, iran, oil))
    assert [m.article_id for m in match_book.matches(oil.id, 9)] == [8]


def test_the_past_is_told_by_the_same_rules(lists: SqlWatchlistBook, match_book: SqlMatchBook, engine: Engine):
    iran = add(lists)
    join(engine, 7, 8)
    record(match_book, found(9, iran))
    assert match_book.record_past([found(7, iran), found(8, iran), found(9, iran)], NOW) == 2
    assert match_book.record_past([found(7, iran)], NOW) == 0
    told = [(m.article_id, m.kind) for m in match_book.matches(iran.id, 9)]
    assert told == [(7, MatchKind.PAST), (9, MatchKind.NEW)]


def test_a_watchlist_removed_meanwhile_gets_nothing(lists: SqlWatchlistBook, match_book: SqlMatchBook):
    iran = add(lists)
    lists.remove(iran.id, NOW)
    assert record(match_book, found(7, iran))
    assert match_book.matches_of(7) == []


def test_matches_are_listed_a_page_at_a_time(lists: SqlWatchlistBook, match_book: SqlMatchBook):
    iran = add(lists)
    record(match_book, *(found(number, iran) for number in range(1, 6)))
    page = match_book.matches(iran.id, 2)
    assert [m.article_id for m in page] == [5, 4]
    assert [m.article_id for m in match_book.matches(iran.id, 9, before_id=page[-1].id)] == [3, 2, 1]


# ----------------------------------------------------------------------------------------- texts


def test_a_text_is_the_revision_that_its_event_tells_of(
    crawl: SqlCrawlStore, book: SqlOutletBook, match_book: SqlMatchBook, event_log: SqlEventLog
):
    book.load([outlet("jpost", country="IL")], "added", NOW)
    [pending] = listed(crawl, book, "https://jpost.example/a")
    crawl.record_verdicts([verdict(pending, extraction(title="First", body="One", language="en"))])
    told = [event for event in event_log.since(0, 99) if event.kind is EventKind.ARTICLE_STORED]
    [text] = match_book.texts(told)
    assert (text.title, text.body, text.revision, text.event_seq) == ("First", "One", 1, told[0].seq)
    assert (text.outlet_key, text.country, text.language) == ("jpost", "IL", "en")
    assert match_book.texts([]) == []


def test_the_past_is_read_newest_first_within_its_time(
    crawl: SqlCrawlStore, book: SqlOutletBook, match_book: SqlMatchBook
):
    ids = store_articles(crawl, book, *(f"https://jpost.example/{number}" for number in range(5)))
    span = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
    first = match_book.past(**span, before_id=None, limit=2)
    assert _ids(first) == ids[:-3:-1]
    assert _ids(match_book.past(**span, before_id=first[-1].article_id, limit=9)) == ids[2::-1]
    assert match_book.past(since=NOW + HOUR, until=NOW + 2 * HOUR, before_id=None, limit=9) == []


def _ids(texts: list[ArticleText]) -> list[int]:
    return [each.article_id for each in texts]
