"""Server-sent events over a real store and a real socket: none missed, none twice, whatever ends in between."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

from delivery.api.streams import Streams
from storage.errors import StoreUnavailable
from tests.conftest import ROOT
from tests.newsweb.process import wait_until
from tests.pressroom import DOZEN, Pressroom
from tests.webserver import Site, serving


class Listener:
    """Reads a stream line by line, as EventSource does."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.response = response
        self.last_id = ""

    def next(self) -> dict | None:
        """The next event; None at the end."""
        data = ""
        for line in iter(self.response.readline, b""):
            name, _, value = line.decode().rstrip("\n").partition(": ")
            match name:
                case "id":
                    self.last_id = value
                case "data":
                    data = value
                case "" if data:
                    return json.loads(data)
        return None


@contextmanager
def listening(site: Site, query: str = "", **headers: str) -> Iterator[Listener]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", f"/api/v1/events/stream{query}", headers=sent)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Listener(response)
    finally:
        connection.close()


def publish(room: Pressroom, number: int) -> int:
    piece = replace(DOZEN[1], url=f"https://gazette.example/{number}", title=f"Piece {number}\nof two lines")
    return room.publish(replace(piece, minutes_ago=5_000 - number))


def test_what_is_stored_is_told_as_it_comes_with_its_number_as_id(room: Pressroom):
    publish(room, 0)
    with serving(room) as site, listening(site, "?kind=article.stored") as listener:
        article = publish(room, 1)
        told = listener.next()
        assert (told["kind"], told["article_id"]) == ("article.stored", article)
        assert listener.last_id == str(told["seq"])
        assert told == site.ask(f"/api/v1/events?since={told['seq'] - 1}&limit=1").json["items"][0]


def test_who_comes_back_after_a_restart_misses_nothing_and_hears_nothing_twice(room: Pressroom):
    heard = []
    with serving(room) as site, listening(site, "?since=0&kind=article.stored") as listener:
        publish(room, 0)
        heard.append(listener.next()["article_id"])
        last_id = listener.last_id
    stored = [publish(room, number) for number in range(1, 4)]
    with serving(room) as site, listening(site, "?since=0&kind=article.stored", last_event_id=last_id) as listener:
        heard += [listener.next()["article_id"] for _ in stored]
        assert heard[1:] == stored


def test_a_listener_gets_the_events_that_it_asked_for(room: Pressroom):
    with serving(room) as site:
        publish(room, 0)
        with listening(site, "?since=0&for_s=0.5&outlet=gazette&kind=article.stored&kind=outlet.changed") as listener:
            told = list(iter(listener.next, None))
        assert {each["outlet_key"] for each in told} == {"gazette"}
        assert [each["kind"] for each in told] == ["outlet.changed", "article.stored"]
        with listening(site, "?since=0&for_s=0.5&watchlist=7") as listener:
            assert listener.next() is None


def test_a_stream_ends_with_the_service_and_holds_up_no_stop(room: Pressroom):
    with serving(room) as site, listening(site) as listener:
        ended = threading.Thread(target=listener.next)
        ended.start()
        site.app.state.services.streams.end()
        ended.join(10)
        assert not ended.is_alive()
        assert site.ask("/api/v1/events/stream").status == 503


def test_more_listeners_than_there_is_room_for_are_asked_to_come_back(room: Pressroom):
    with serving(room) as site:
        site.app.state.services.streams._most = 1
        with listening(site):
            refused = site.ask("/api/v1/events/stream")
            assert (refused.status, refused.headers["retry-after"]) == (503, "30")
        deadline = time.monotonic() + 20
        while site.ask("/api/v1/events/stream?for_s=0").status != 200:
            assert time.monotonic() < deadline, "who has left still counts"
            time.sleep(0.1)


def test_a_head_ends_at_once_and_a_bad_id_is_told(room: Pressroom):
    with serving(room) as site:
        assert site.ask("/api/v1/events/stream", "HEAD").status == 200
        assert site.ask("/api/v1/events/stream", last_event_id="x").status == 422


def test_a_store_that_stops_answering_ends_the_stream_and_a_further_one_is_refused(room: Pressroom):
    with serving(room) as site, listening(site) as listener:

        def fail() -> int:
            raise StoreUnavailable("gone")

        site.app.state.services.streams._newest = fail
        assert listener.next() is None
        assert site.ask("/api/v1/events/stream").status == 503


def test_many_listeners_cost_one_look_a_second():
    looks: list[datetime] = []

    def newest() -> int:
        looks.append(datetime.now(UTC))
        return 7

    async def ask() -> list[int]:
        streams = Streams(newest)
        return await asyncio.gather(*(streams.newest() for _ in range(50)))

    assert asyncio.run(ask()) == [7] * 50
    assert len(looks) == 1


@pytest.mark.slow
def test_a_web_process_that_is_asked_to_stop_ends_its_streams_in_order(
    room: Pressroom, sqlite_url: str, tmp_path: Path
):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    env |= {"PRESSWATCH_DATABASE_URL": sqlite_url, "PRESSWATCH_DATA_DIR": str(tmp_path), "PRESSWATCH_PORT": str(port)}
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "control", "web"], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        assert wait_until(lambda: is_answered(port), 60), (tmp_path / "web.log").read_text()
        with listening(Site(port=port, app=FastAPI()), "?since=0&kind=article.stored") as listener:
            publish(room, 0)
            assert listener.next() is not None
            process.send_signal(signal.SIGTERM)
            assert listener.next() is None
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    told = (tmp_path / "web.log").read_text()
    assert "Traceback" not in told
    assert "graceful shutdown exceeded" not in told


def is_answered(port: int) -> bool:
    with suppress(OSError):
        return Site(port=port, app=FastAPI()).ask("/healthz").status == 200
    return False
