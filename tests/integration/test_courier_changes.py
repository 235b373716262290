"""What outlets change, sent to channels that ask for it, through a real sender."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from control.settings import Settings
from control.watching import watcher_from
from storage.records import ChannelKind
from storage.sql.channels import SqlChannelBook
from storage.sql.watchlists import SqlWatchlistBook
from tests.integration.couriering import add, couriering, until
from tests.integration.test_courier_mails import couriering as mailing
from tests.mailserver import taking_mail
from tests.pressroom import DOZEN, Pressroom
from tests.receiver import receiving
from tests.watching import WatchStore

TEXT = "The harbour opened on Saturday, the port authority said, after eleven days without a ship."
OTHER = replace(DOZEN[1], url="https://gazette.example/other", title="Bread", body="Bread is dear.", minutes_ago=9_100)
FOUND = replace(DOZEN[1], url="https://gazette.example/found", title="Harbour", body=TEXT, minutes_ago=9_000)
EDITED = {"body": TEXT.replace("Saturday", "Sunday"), "minutes_ago": 600}


@pytest.fixture
def watchlist_id(room: Pressroom) -> int:
    watchlists = SqlWatchlistBook(room.engine)
    return watchlists.add(name="harbour", query="harbour", token="t" * 32, now=datetime.now(UTC)).id


def watch(room: Pressroom) -> None:
    """Holds all there is against the watchlists."""
    watcher = watcher_from(Settings(), WatchStore(room), lambda: datetime.now(UTC))
    while watcher.step():
        continue


def change_all(room: Pressroom) -> None:
    """Two articles, both edited; the first was taken away before the edit of the second."""
    other, found = room.publish(OTHER), room.publish(FOUND)
    room.revise(other, replace(OTHER, title="Bread is dearer", minutes_ago=700))
    room.vanish(other)
    room.revise(found, replace(FOUND, **EDITED))


def test_each_channel_is_told_of_the_changes_that_it_asked_for(room: Pressroom, book: SqlChannelBook):
    change_all(room)
    with receiving() as changes, receiving() as vanished, receiving() as news:
        add(book, "changes", changes.url, tells_changes=True)
        add(book, "vanished", vanished.url, tells_vanished=True)
        add(book, "news", news.url)
        with couriering(room):
            until(lambda: len(news.received) == 4)
            until(lambda: len(changes.received) == 2)
            until(lambda: len(vanished.received) == 1)
    first, second = (each.json for each in changes.received)
    assert (first["kind"], first["changes"], first["revision"]) == ("article.revised", ["headline"], 2)
    assert (second["changes"], second["is_stealth"]) == (["body"], True)
    gone = vanished.received[0].json
    assert (gone["kind"], gone["absence"], gone["article"]["url"]) == ("article.vanished", "404", OTHER.url)
    revised = [each.json for each in news.received if each.json["kind"] == "article.revised"]
    assert [each["changes"] for each in revised] == [["headline"], ["body"]], "plain channels learn the types too"


def test_a_watchlists_channel_is_told_of_changes_of_what_it_found_and_of_nothing_else(
    room: Pressroom, book: SqlChannelBook, watchlist_id: int
):
    change_all(room)
    with receiving() as receiver:
        add(book, "desk", receiver.url, watchlist_id=watchlist_id, tells_changes=True, tells_vanished=True)
        with couriering(room):
            threading.Event().wait(0.3)
            assert receiver.received == [], "what is not known yet is waited for, not passed over"
            watch(room)
            until(lambda: len(receiver.received) == 2)
            room.vanish(2, hours_ago=1.5)
            watch(room)
            until(lambda: len(receiver.received) == 3)
    told = [each.json for each in receiver.received]
    assert [each["kind"] for each in told] == ["article.revised", "watchlist.matched", "article.vanished"]
    assert {each["article"]["url"] for each in told} == {FOUND.url}
    assert {each["watchlist"]["name"] for each in told} == {"harbour"}


def test_a_revision_that_newly_answers_is_told_as_a_match_alone(
    room: Pressroom, book: SqlChannelBook, watchlist_id: int
):
    article = room.publish(OTHER)
    room.revise(article, replace(OTHER, body=TEXT, minutes_ago=700))
    watch(room)
    with receiving() as receiver:
        add(book, "desk", receiver.url, watchlist_id=watchlist_id, tells_changes=True)
        with couriering(room):
            until(lambda: len(receiver.received) == 1)
            threading.Event().wait(0.3)
    assert [(each.json["kind"], each.json["as"]) for each in receiver.received] == [("watchlist.matched", "revised")]


def test_people_get_a_flood_of_changes_as_one_message_by_story(
    room: Pressroom, book: SqlChannelBook, watchlist_id: int
):
    change_all(room)
    watch(room)
    mail = {"kind": ChannelKind.EMAIL}
    with taking_mail() as server:
        both = {"tells_changes": True, "tells_vanished": True}
        add(book, "all", "mailto:all@example.org", **mail, **both)
        add(book, "bound", "mailto:bound@example.org", **mail, **both, watchlist_id=watchlist_id)
        with mailing(room, f"smtp://127.0.0.1:{server.port}"):
            until(lambda: len(book.deliveries("all", 9)) == len(book.deliveries("bound", 9)) == 1)
            room.revise(2, replace(FOUND, body=TEXT.replace("eleven", "twelve"), minutes_ago=60))
            watch(room)
            threading.Event().wait(0.3)
    told = {each["To"]: each for each in server.mails}
    assert len(server.mails) == 2, "what comes within minutes waits for the next message"
    assert told["all@example.org"]["Subject"] == "What outlets changed: 2 stories"
    text = told["all@example.org"].get_body(("plain",)).get_content()
    assert "Changed without notice: headline" in text
    assert "Vanished: the outlet answers 404" in text
    assert told["bound@example.org"]["Subject"] == "harbour: one story"
    text = told["bound@example.org"].get_body(("plain",)).get_content()
    assert "Changed without notice: text" in text
    assert "Bread" not in text
    assert book.channel("all").digest_at is not None
