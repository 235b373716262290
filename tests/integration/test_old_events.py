"""Who reads the event log from before what was deleted is told so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from storage.sql.retention import SqlRetention
from storage.sql.story_tables import story_state
from storage.sql.watchlist_tables import match_state
from tests.pressroom import NOW, fill, pressroom
from tests.webserver import serving


def test_a_reader_from_before_what_was_deleted_is_told_and_others_go_on(sqlite_url: str, tmp_path: Path):
    with pressroom(sqlite_url, tmp_path) as room, serving(room) as site:
        fill(room)
        newest = room.events.last_seq()
        assert site.ask("/api/v1/events?since=1").status == 200
        with room.engine.begin() as connection:
            for table in (story_state, match_state):
                connection.execute(update(table).values(cursor=newest))
        assert SqlRetention(room.engine).prune(NOW - timedelta(days=9), NOW + timedelta(days=9)).events > 1
        for path in ("/api/v1/events?since=1", "/api/v1/events/stream?since=1"):
            gone = site.ask(path)
            assert gone.status == 410
            assert "deleted as too old" in gone.json["detail"]
        assert [event["seq"] for event in site.ask("/api/v1/events?since=0&limit=1000").json["items"]][-1] == newest
        assert site.ask(f"/api/v1/events?since={newest}").status == 200
