"""Watchlists in a real courier: each story told once, killed or not, Redis flushed or not."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

import control.watching
from control.following import FollowedEvents, Following
from control.settings import Settings
from control.watching import explainer_from, watcher_from
from delivery.channels.pace import Pace
from delivery.channels.webhook import match_message
from delivery.watching.following import Watcher, readable
from delivery.watching.originality import Originality
from delivery.watchlists.entities import Entity
from delivery.watchlists.matching import Matcher
from storage.records import ChannelKind, EventKind, MatchKind, Watchlist
from storage.sql.channels import SqlChannelBook
from storage.sql.matches import SqlMatchBook
from storage.sql.story_follower import SqlStoryFollower
from storage.sql.watchlists import SqlWatchlistBook
from tests.pressroom import NOW, Piece, Pressroom, outlet, pressroom
from tests.receiver import Receiver, receiving
from tests.watching import WatchStore

ROOT = Path(__file__).resolve().parents[2]
OUTLETS = tuple(outlet(key, key.title(), f"{key}.example", "en", "GB") for key in ("first", "b", "c", "d", "e", "f"))
TEXT = "\n\n".join(
    f"The {word} convoy of Hezbollah fighters withdrew from the {word} valley on the {word} morning of the month, "
    f"officials of the {word} district said, and left behind {word} trucks that nobody had come to claim."
    for word in ("first", "second", "third", "fourth", "fifth", "sixth")
)
_COURIER = """
from control.courier import run_courier
import control.watching
from control.following import FollowedEvents, Following
from control.settings import Settings
from delivery.channels.pace import Pace
run_courier(Settings(), pace=Pace(look_every_s=0.05, first_wait_s=0.1, longest_wait_s=0.4, timeout_s=2, store_wait_s=0.05))
"""


@pytest.fixture
def room(sqlite_url: str, tmp_path: Path) -> Iterator[Pressroom]:
    with pressroom(sqlite_url, tmp_path) as room:
        room.open_outlets(OUTLETS)
        yield room


def publish(room: Pressroom, at: str, minutes_ago: int, body: str = TEXT, title: str = "Convoy withdraws") -> int:
    piece = Piece(outlet=at, url=f"https://{at}.example/{minutes_ago}", title=title, body=body, minutes_ago=minutes_ago)
    return room.publish(piece)


def watch(
    room: Pressroom, query: str = "hezbollah AND withdr*", receiver: Receiver | None = None, **changes
) -> Watchlist:
    added = SqlWatchlistBook(room.engine).add(name="desk", query=query, token="t" * 32, now=NOW, **changes)
    if receiver is not None:
        SqlChannelBook(room.engine).add(
            kind=ChannelKind.WEBHOOK, name="hook", url=receiver.url, secret="s", now=NOW, watchlist_id=added.id
        )
    return added


@contextmanager
def couriering(url: str, folder: Path, redis_url: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A courier process; killed with -9 when the block ends."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    env |= {"PRESSWATCH_DATABASE_URL": url, "PRESSWATCH_DATA_DIR": str(folder)}
    env |= {"PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8"} | ({"PRESSWATCH_REDIS_URL": redis_url} if redis_url else {})
    with (folder / "courier.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-c", _COURIER], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def step_through(room: Pressroom) -> None:
    """Holds all that is stored against the watchlists, as the courier does, without stories."""
    watcher = watcher_from(Settings(), WatchStore(room), lambda: datetime.now(UTC))
    while watcher.step():
        continue


BOTH = ("sqlite_url", pytest.param("postgres_url", marks=[pytest.mark.soak, pytest.mark.postgres]))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database", BOTH)
def test_an_original_and_five_copies_are_one_alert_through_kill_9_and_a_flushed_redis(
    database: str, tmp_path: Path, redis_url: str, request: pytest.FixtureRequest
):
    url = request.getfixturevalue(database)
    with pressroom(url, tmp_path) as room, receiving() as receiver:
        room.open_outlets(OUTLETS)
        book = SqlMatchBook(room.engine)
        added = watch(room, receiver=receiver)
        with couriering(url, tmp_path, redis_url):
            original = publish(room, "first", 900)
            until(lambda: len(receiver.received) == 1)
        copies = [publish(room, key, 800 - n, title=f"Copy {n}") for n, key in enumerate("bcd")]
        redis.Redis.from_url(redis_url).flushdb()
        with couriering(url, tmp_path, redis_url):
            copies += [publish(room, key, 700, body=f"{TEXT}\n\nCredit: First", title=key) for key in "ef"]
            until(lambda: _articles(book, added) == 6)
        with couriering(url, tmp_path, redis_url):
            last = publish(room, "first", 600, body="Hezbollah withdrew once more, said nobody else.")
            until(lambda: len({each.key for each in receiver.received}) == 2)
        # What was received when its courier was killed, and not yet noted, comes again under the same key.
        alert, after = {each.key: each.json for each in receiver.received}.values()
        assert (alert["article"]["id"], alert["as"], alert["watchlist"]["name"]) == (original, "new", "desk")
        assert after["article"]["id"] == last
        assert [part["text"] for part in alert["passages"][0]["parts"] if part["marked"]][:1] == ["withdraws"]
        assert sorted(copy.article_id for copy in book.appended(added.id, [original])[original]) == sorted(copies)
        appended = [event for event in room.events.since(0, 999) if event.kind is EventKind.WATCHLIST_APPENDED]
        assert sorted(event.article_id for event in appended) == sorted(copies)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite_url", "postgres_url"])
def test_killed_at_twenty_random_moments_each_story_is_told_once(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
):
    url, chance = request.getfixturevalue(database), random.Random(8)
    with pressroom(url, tmp_path) as room, receiving() as receiver:
        room.open_outlets(OUTLETS)
        book = SqlMatchBook(room.engine)
        added = watch(room, "hezbollah", receiver=receiver)
        firsts = []
        for number in range(20):
            body = TEXT.replace("convoy", f"convoy {number}").replace("trucks", f"trucks of {number * 7919}")
            text = "\n\n".join(chance.sample(body.split("\n\n"), 6)) + _own_words(chance)
            with couriering(url, tmp_path):
                firsts.append(publish(room, "first", 9_000 - 10 * number, body=text))
                time.sleep(chance.random() * 3)
                for step, key in enumerate("bc"):
                    publish(room, key, 8_999 - 10 * number - step, body=text)
                time.sleep(chance.random())
        with couriering(url, tmp_path):
            until(lambda: _articles(book, added) == 60)
            until(lambda: len({each.key for each in receiver.received}) >= 20)
            time.sleep(3)
        told = {each.key: each.json["article"]["id"] for each in receiver.received}
        assert sorted(told.values()) == sorted(firsts)
        assert book.counts()[added.id].stories == 20


def _own_words(chance: random.Random) -> str:
    """Words that no other story has, enough to tell it from others of the same mould."""
    return "\n\n" + " ".join(f"word{chance.randrange(10**6)}" for _ in range(400))


def _articles(book: SqlMatchBook, watchlist: Watchlist) -> int:
    count = book.counts().get(watchlist.id)
    return count.articles if count else 0


def test_a_revision_that_newly_matches_is_told_as_such_and_a_further_one_is_not_told(room: Pressroom):
    added = watch(room)
    number = publish(room, "first", 900, body="Nothing yet.", title="A valley")
    step_through(room)
    for minutes_ago in (800, 700):
        piece = Piece(
            outlet="first",
            url="https://first.example/900",
            title="A valley",
            body=f"Hezbollah withdrew {minutes_ago}.",
            minutes_ago=minutes_ago,
        )
        room.revise(number, piece)
        step_through(room)
    [match] = SqlMatchBook(room.engine).matches(added.id, 9)
    assert (match.kind, match.revision, match.article_id) == (MatchKind.REVISED, 2, number)


def test_only_what_is_stored_after_it_was_saved_is_held_against_a_watchlist(room: Pressroom):
    publish(room, "first", 900)
    added = watch(room)
    later = publish(room, "b", 800, body="Hezbollah withdrew elsewhere.")
    step_through(room)
    assert [match.article_id for match in SqlMatchBook(room.engine).matches(added.id, 9)] == [later]


def test_a_changed_query_holds_for_what_comes_next(room: Pressroom):
    added = watch(room, "nothing")
    step_through(room)
    SqlWatchlistBook(room.engine).edit(added.id, query="hezbollah", now=NOW)
    publish(room, "first", 900)
    step_through(room)
    assert len(SqlMatchBook(room.engine).matches(added.id, 9)) == 1
    SqlWatchlistBook(room.engine).edit(added.id, is_paused=True, now=NOW)
    publish(room, "b", 800, body="Hezbollah again.")
    step_through(room)
    assert len(SqlMatchBook(room.engine).matches(added.id, 9)) == 1


def test_one_watchlist_that_can_no_longer_be_read_does_not_keep_others_from_being_held(room: Pressroom):
    watch(room, "@gone-for-good")
    other = SqlWatchlistBook(room.engine).add(name="other", query="hezbollah", token="u" * 32, now=NOW)
    number = publish(room, "first", 900)
    step_through(room)
    assert [match.article_id for match in SqlMatchBook(room.engine).matches(other.id, 9)] == [number]


def test_what_a_match_sends_is_known_by_article_revision_and_watchlist(room: Pressroom):
    with receiving() as receiver:
        watch(room, receiver=receiver)
        number = publish(room, "first", 900)
        step_through(room)
        book = SqlChannelBook(room.engine)
        [event] = [event for event in room.events.since(0, 99) if event.kind is EventKind.WATCHLIST_MATCHED]
        detail = room.library.article(number)
        one = match_message(book.channel("hook"), event, detail, [])
        other = book.add(
            kind=ChannelKind.WEBHOOK, name="two", url="http://x.example", secret="s", now=NOW, watchlist_id=1
        )
        assert match_message(other, event, detail, []).key == one.key


def test_the_passages_of_a_match_are_of_the_revision_that_matched(room: Pressroom):
    added = watch(room)
    number = publish(room, "first", 900)
    step_through(room)
    piece = Piece(outlet="first", url="https://first.example/900", title="Other", body="Other words.", minutes_ago=10)
    room.revise(number, piece)
    explainer = explainer_from(Settings(), WatchStore(room))
    [why] = explainer.why(room.library.article(number))
    assert why.watchlist == added
    assert why.passages[0].text("[", "]") == "Convoy [withdraws]"


def test_a_copy_is_known_for_one_by_its_credit_whichever_came_first(room: Pressroom, sqlite_url: str, tmp_path: Path):
    book, lists = SqlMatchBook(room.engine), SqlWatchlistBook(room.engine)
    origins = lists.add(name="origins", query="hezbollah story:origin", token="o" * 32, now=NOW)
    copies = lists.add(name="copies", query="hezbollah story:copy", token="c" * 32, now=NOW)
    copy = publish(room, "b", 900)
    original = publish(room, "first", 800)
    with couriering(sqlite_url, tmp_path):
        until(lambda: _articles(book, origins) + _articles(book, copies) == 2)
    assert [match.article_id for match in book.matches(origins.id, 9)] == [copy], "seen first"
    assert [match.article_id for match in book.matches(copies.id, 9)] == [original]
    explainer = explainer_from(Settings(), WatchStore(room))
    assert explainer.passages_of_match(copies.id, room.library.article(original), 1)
    assert not explainer.passages_of_match(origins.id, room.library.article(original), 1)


def test_a_change_that_another_courier_has_followed_is_seen_all_the_same(room: Pressroom):
    clock = lambda: datetime.now(UTC)  # noqa: E731
    one, other = (watcher_from(Settings(), WatchStore(room), clock) for _ in range(2))
    publish(room, "first", 900)
    other.step()
    added = watch(room)
    while one.step():
        continue
    number = publish(room, "b", 800, body="Hezbollah withdrew elsewhere.")
    while other.step():
        continue
    assert [match.article_id for match in SqlMatchBook(room.engine).matches(added.id, 9)] == [number]


def test_a_file_of_entities_that_breaks_keeps_nobody_from_being_told(
    room: Pressroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PRESSWATCH_DATA_DIR", str(tmp_path))
    own = tmp_path / "entities"
    own.mkdir()
    (own / "mine.toml").write_text('[convoy]\nname = "C"\nkind = "organisation"\naliases = ["convoy"]\n')
    watcher = watcher_from(Settings(), WatchStore(room), lambda: datetime.now(UTC))
    added = watch(room, "@convoy")
    watcher.step()
    (own / "mine.toml").write_text("[convoy]\n")
    number = publish(room, "first", 900)
    while watcher.step():
        continue
    assert [match.article_id for match in SqlMatchBook(room.engine).matches(added.id, 9)] == [number]
    (own / "mine.toml").write_text('[convoy]\nname = "C"\nkind = "organisation"\naliases = ["caravan"]\n')
    later = publish(room, "b", 800, body="A caravan came.")
    while watcher.step():
        continue
    assert [match.article_id for match in SqlMatchBook(room.engine).matches(added.id, 9)] == [later, number]


def test_what_is_stored_is_told_after_a_minute_when_stories_are_far_behind(room: Pressroom):
    """As after an upgrade of a large store, or while signatures of another version wait for a rebuild."""
    added = watch(room)
    number = publish(room, "first", 900, body="Hezbollah withdrew.")
    events = WatchStore(room).events
    clock = [NOW]
    behind = Following(SqlStoryFollower(room.engine), Pace(), lambda: clock[0])
    held = FollowedEvents(events, behind)
    watcher = watcher_from(Settings(), WatchStore(room), lambda: clock[0], held)

    def told() -> list[int]:
        while watcher.step():
            continue
        return [match.article_id for match in SqlMatchBook(room.engine).matches(added.id, 9)]

    clock[0] = NOW + timedelta(seconds=59)
    assert told() == []
    clock[0] = NOW + timedelta(seconds=61)
    assert told() == [number]


def test_an_event_that_cannot_be_held_against_watchlists_is_passed_over_alone(room: Pressroom, tmp_path: Path):
    added = watch(room)
    ids = [publish(room, key, 900 - n, body=f"Hezbollah withdrew {n}.") for n, key in enumerate("bcd")]

    class Failing(Matcher):
        def matching(self, subject):
            if "withdrew 1" in subject.body:
                raise RecursionError("as a hostile text may bring about")
            return super().matching(subject)

    watcher = watcher_from(Settings(), WatchStore(room), lambda: datetime.now(UTC))
    watcher._load()
    watcher._matcher = Failing(readable(SqlWatchlistBook(room.engine).watchlists(), {}))

    async def run() -> None:
        stopped = asyncio.Event()
        task = asyncio.create_task(control.watching.watch(watcher, stopped, Pace(look_every_s=0.05)))
        await asyncio.to_thread(until, lambda: _articles(SqlMatchBook(room.engine), added) == 2)
        stopped.set()
        await task

    asyncio.run(run())
    assert {m.article_id for m in SqlMatchBook(room.engine).matches(added.id, 9)} == {ids[0], ids[2]}


def test_while_the_watchlists_cannot_be_used_all_events_wait_and_none_is_left_out(room: Pressroom):
    added = watch(room)
    ids = [publish(room, at, minutes, TEXT, at) for minutes, at in enumerate(("first", "b"))]
    store, asked = WatchStore(room), []

    def entities() -> dict[str, Entity]:
        asked.append(1)
        if len(asked) < 40:  # for longer than there are events
            raise RuntimeError("a fault of ours")
        return {}

    watcher = Watcher(
        watchlists=store.watchlists,
        matches=store.matches,
        events=store.events,
        entities=entities,
        clock=lambda: datetime.now(UTC),
        originality=Originality(stories=store.stories, origins=store.origins),
    )

    async def run() -> None:
        stopped = asyncio.Event()
        pace = Pace(look_every_s=0.05, longest_store_wait_s=0.05)
        task = asyncio.create_task(control.watching.watch(watcher, stopped, pace))
        await asyncio.to_thread(until, lambda: SqlMatchBook(room.engine).cursor() >= room.events.last_seq())
        stopped.set()
        await task

    asyncio.run(run())
    assert {m.article_id for m in SqlMatchBook(room.engine).matches(added.id, 9)} == set(ids)
