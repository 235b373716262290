"""What the service tells of its health: an outlet whose pages lose their bylines, a network that fails."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from control.health_watch import HealthWatch
from storage.records import EventKind, SourceState
from storage.sql.alerts import NETWORK_NOTE, SqlAlertBook
from storage.sql.captures import SqlCaptureBook
from storage.sql.notes import SqlNotes
from tests.pressroom import NOW, Piece, Pressroom, at_minute, pressroom
from tests.webserver import serving


def publish(room: Pressroom, first: int, count: int, *, has_byline: bool) -> None:
    for number in range(first, first + count):
        piece = Piece(
            outlet="gazette",
            url=f"https://gazette.example/piece/{number}",
            title=f"Piece {number}",
            body="Words of a piece, in a paragraph. " * 20,
            minutes_ago=100 - number,
            published=at_minute(100 - number),
            authors=("Anna Levi",) if has_byline else (),
        )
        room.publish(piece)


def test_bylines_that_vanish_are_an_alert_and_their_return_ends_it(sqlite_url: str, tmp_path: Path):
    with pressroom(sqlite_url, tmp_path) as room:
        room.open_outlets()
        alerts = SqlAlertBook(room.engine)
        publish(room, 0, 35, has_byline=True)
        HealthWatch(alerts, SqlCaptureBook(room.engine)).look(NOW)  # as after a start
        publish(room, 35, 6, has_byline=False)
        HealthWatch(alerts, SqlCaptureBook(room.engine)).look(NOW + timedelta(minutes=1))  # as after a start
        [status] = [each for each in room.library.outlet_statuses(NOW) if each.outlet.key == "gazette"]
        assert status.layout_since is not None
        assert status.state is SourceState.LAYOUT
        assert "have a byline" in (status.layout_sentence or "")
        publish(room, 41, 20, has_byline=True)
        HealthWatch(alerts, SqlCaptureBook(room.engine)).look(NOW + timedelta(minutes=2))  # as after a start
        kinds = [event.kind for event in room.events.since(0, 10_000) if event.kind.startswith("alert")]
        assert kinds == [EventKind.ALERT_RAISED, EventKind.ALERT_ENDED]


def test_the_outlets_page_says_when_it_is_the_own_network_that_fails(sqlite_url: str, tmp_path: Path):
    with pressroom(sqlite_url, tmp_path) as room:
        room.open_outlets()
        SqlNotes(room.engine).set(NETWORK_NOTE, json.dumps({"since": NOW.isoformat(), "until": None}))
        with serving(room) as site:
            assert b"Nearly all sources fail" in site.ask("/outlets").body
            SqlNotes(room.engine).set(NETWORK_NOTE, json.dumps({"since": NOW.isoformat(), "until": NOW.isoformat()}))
            assert b"Nearly all sources fail" not in site.ask("/outlets").body
