"""The etiquette of fetching, statement by statement, as the outlets saw it: three crawls, each a process of its own.

E4, E8 and E9 (how often) are tested with the cadence, E15 (WebSub) waits for its hub. Each test fails where the rule
that it names is switched off: the request or the row that it looks for is then there, or missing.
"""

from __future__ import annotations

import email.utils
import json
import os
import re
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.opening import open_from
from control.settings import Settings
from control.version import VERSION
from storage.records import MOVED_AFTER, Outlet, OutletSource, SourceKind
from tests import commands
from tests.integration.hostileweb import (
    Asked,
    HostileOutlet,
    Route,
    answer,
    article,
    drip,
    feed,
    hostile_web,
    moved,
    rss,
)
from tests.stores import lay_store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LIMIT_S = 3
CRAWLS = 3
ETAG = b'W/"odd ""quotes"" \xe9 \\ "'
MODIFIED = b"Sat,  21 Nov 2026 08:00:00 GMT; not quite a date"
STATED, SAME, REST_S, REST_DATE, MOVED, FOUND, GONE, BROKEN, WIRE, TRICKLE, AHEAD, AGAIN = range(2, 14)


@dataclass
class Together:
    """How many requests an outlet answered at the same time, at most."""

    now: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def slowly(self, reply: bytes) -> Route:
        def send(_: Asked, connection: socket.socket) -> None:
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.05)
            connection.sendall(reply)
            with self.lock:
                self.now -= 1

        return send


def stated(reply: bytes, **validators: bytes) -> Route:
    """Answers 304, without validators, to whoever sends them back byte for byte."""
    wanted = {"if-none-match": validators.get("etag"), "if-modified-since": validators.get("last_modified")}

    def send(asked: Asked, connection: socket.socket) -> None:
        is_same = all(asked.headers.get(name) == value for name, value in wanted.items() if value)
        connection.sendall(answer(304) if is_same else reply)

    return send


def atom(url: str) -> Route:
    """A feed that calls its article modified just now, each time."""

    def send(_: Asked, connection: socket.socket) -> None:
        stamp = datetime.now(UTC).isoformat(timespec="microseconds")
        entry = f"<entry><id>a</id><title>Again</title><link href='{url}'/><updated>{stamp}</updated></entry>"
        text = f"<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>Small</title>{entry}</feed>"
        connection.sendall(answer(200, text.encode(), "application/atom+xml"))

    return send


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What was seen of the crawls, on the wires and in the store."""

    webs: dict[int, HostileOutlet]
    together: Together
    file: Path
    crawl_s: list[float]
    until: list[list[int]]  # how many requests each outlet had got after each crawl, by its number

    def asked(self, number: int, path: str) -> list[Asked]:
        return [asked for asked in self.webs[number].asked if asked.path == path]

    def in_crawl(self, number: int, crawl: int) -> list[str]:
        """The paths asked for in one crawl, the first being 0."""
        begin = self.until[crawl - 1][number] if crawl else 0
        return self.webs[number].paths()[begin : self.until[crawl][number]]

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with sqlite3.connect(self.file) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def source(self, number: int) -> sqlite3.Row:
        return self.rows("SELECT * FROM sources WHERE outlet_key = ?", f"outlet-{number}")[0]

    def outcomes(self, number: int) -> list[str]:
        visits = self.rows("SELECT outcome FROM visits WHERE outlet_key = ? ORDER BY id", f"outlet-{number}")
        return [visit["outcome"] for visit in visits]

    def reasons(self, number: int) -> dict[str, str | None]:
        found = self.rows("SELECT found_url, reason FROM candidates WHERE outlet_key = ?", f"outlet-{number}")
        return {row["found_url"].removeprefix(self.webs[number].base): row["reason"] for row in found}


def set_the_scene(webs: dict[int, HostileOutlet], together: Together) -> dict[int, list[str]]:
    """Gives each address its routes; returns the paths of each outlet's sources."""
    sources = {number: ["/feed"] for number in webs if number > 1}
    base = {number: web.base for number, web in webs.items()}
    in_an_hour = email.utils.format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    told = {"etag": ETAG, "last_modified": MODIFIED}
    webs[STATED].routes["/feed"] = stated(rss(f"{base[STATED]}/a", **told), **told)
    webs[STATED].routes["/a"] = article("Stated")
    webs[SAME].routes |= {"/feed": rss(f"{base[SAME]}/a"), "/a": article("The same")}
    webs[REST_S].routes["/feed"] = answer(503, b"", retry_after="3600")
    webs[REST_DATE].routes |= {
        "/feed": rss(*[f"{base[REST_DATE]}/{n}" for n in range(5)]),
        **{f"/{n}": answer(429, b"", retry_after=in_an_hour) for n in range(5)},
    }
    for number, status in {MOVED: 301, FOUND: 302}.items():
        sources[number] = ["/old"]
        own = {"etag": b'"new"', "last_modified": b"Sun, 22 Nov 2026 08:00:00 GMT"}
        webs[number].routes |= {
            "/old": moved("/new", status),
            "/new": stated(rss(f"{base[number]}/a", **own), **own),
            "/a": article("Behind a redirect"),
        }
    webs[GONE].routes["/feed"] = answer(410)
    webs[BROKEN].routes["/feed"] = answer(500)
    sources[WIRE] = ["/feed", "/feed-of-the-same"]
    listed = [f"{base[WIRE]}/story?id=1&x=%C3%A9", *(f"{base[WIRE]}/{n}" for n in range(4))]
    cookie = {"set_cookie": "session=1; Path=/"}
    webs[WIRE].routes |= {
        "/feed": together.slowly(rss(*listed, **cookie)),
        "/feed-of-the-same": together.slowly(answer(200, feed(*listed) + b" ", "application/rss+xml")),
        "/story?id=1&x=%C3%A9": together.slowly(article("With a query")),
        **{f"/{n}": together.slowly(article(f"Wire {n}")) for n in range(4)},
    }
    webs[TRICKLE].routes |= {
        "/feed": rss(f"{base[TRICKLE]}/slow"),
        "/slow": drip(b"x" * 10_000, head=b"HTTP/1.1 200 Said\r\nContent-Length: 10000\r\n\r\n"),
    }
    ahead = f"{datetime.now(UTC) + timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}".encode()
    webs[AHEAD].routes |= {
        "/feed": rss(f"{base[AHEAD]}/a"),
        "/a": article("Ahead").replace(b"2026-11-20T10:00:00Z", ahead),
    }
    page = {"etag": b'"page"'}
    whole = article("Again").replace(b"\r\n\r\n", b'\r\netag: "page"\r\n\r\n', 1)
    webs[AGAIN].routes |= {"/feed": atom(f"{base[AGAIN]}/a"), "/a": stated(whole, **page)}
    return sources


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, together = tmp_path_factory.mktemp("etiquette"), Together()
    with hostile_web(12) as webs:
        sources = set_the_scene(webs, together)
        outlets = [
            Outlet(
                key=f"outlet-{n}",
                name=f"Outlet {n}",
                home_url=f"{webs[n].base}/",
                sources=tuple(OutletSource(kind=SourceKind.FEED, url=webs[n].base + path) for path in paths),
            )
            for n, paths in sources.items()
        ]
        settings = Settings(data_dir=folder)
        lay_store(folder)
        store = open_from(settings)
        store.outlets.load(outlets, "added", datetime.now(UTC))
        store.close()
        world = World(webs=webs, together=together, file=folder / "presswatch.sqlite3", crawl_s=[], until=[])
        for number in range(CRAWLS):
            began = time.monotonic()
            crawl(folder, [outlet.key for outlet in outlets], ",".join(f"{webs[n].address}/32" for n in sources))
            world.crawl_s.append(time.monotonic() - began)
            world.until.append([len(webs[n].asked) if n in webs else 0 for n in range(max(webs) + 1)])
            if number == 0:  # as after eight more visits like the first
                with sqlite3.connect(world.file) as connection:
                    behind = f"UPDATE sources SET moved_answers = {MOVED_AFTER - 1} WHERE moved_answers = 1"
                    connection.execute(behind)
        yield world


def crawl(folder: Path, keys: list[str], allowed: str) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")} | {
        "PRESSWATCH_DATA_DIR": str(folder),
        "PRESSWATCH_ALLOW_NETWORKS": allowed,
        "PRESSWATCH_CONTACT": "https://example.org/bot",
        "PRESSWATCH_DELAY_S": "0",
        "PRESSWATCH_RETRY_DELAYS_S": "3600",
        "PRESSWATCH_AGAIN_AFTER_S": "1",
        "LIMITS_S": str(LIMIT_S),
    }
    done = commands.run(",".join(keys), env=env, module="tests.integration.hostile_crawl", timeout_s=100)
    assert done.returncode == 0, done.stderr[-4000:]


def test_e1_etag_goes_back_byte_for_byte(world: World):
    first, *later = world.asked(STATED, "/feed")
    assert "if-none-match" not in first.headers
    assert [asked.headers.get("if-none-match") for asked in later] == [ETAG] * (CRAWLS - 1)


def test_e2_last_modified_goes_back_byte_for_byte_and_to_no_other_address(world: World):
    first, *later = world.asked(STATED, "/feed")
    assert "if-modified-since" not in first.headers
    assert [asked.headers.get("if-modified-since") for asked in later] == [MODIFIED] * (CRAWLS - 1)
    for number in (MOVED, FOUND):
        assert not any("if-modified-since" in asked.headers for asked in world.asked(number, "/old"))
    assert not any("if-modified-since" in asked.headers for asked in world.asked(SAME, "/feed"))  # never invented


def test_e3_after_the_first_answer_every_request_is_conditional_over_restarts_and_304s(world: World):
    for number, path in ((STATED, "/feed"), (MOVED, "/new"), (FOUND, "/new")):
        first, *later = world.asked(number, path)
        assert "if-none-match" not in first.headers
        assert len(later) == CRAWLS - 1
        assert all("if-none-match" in asked.headers for asked in later)
    assert world.source(STATED)["etag"] == ETAG.decode("latin-1")


def test_e3_an_article_that_is_fetched_again_is_asked_for_conditionally(world: World):
    first, *later = world.asked(AGAIN, "/a")
    assert "if-none-match" not in first.headers
    assert later
    assert all(asked.headers.get("if-none-match") == b'"page"' for asked in later)
    assert world.reasons(AGAIN) == {"/a": "unchanged"}


def test_e6_a_304_and_the_same_bytes_are_not_read_and_write_nothing_but_the_visit(world: World):
    for number in (STATED, SAME):
        assert world.outcomes(number) == ["read"] + ["unchanged"] * (CRAWLS - 1)
        assert len(world.asked(number, "/a")) == 1
    listed = "SELECT sum(listed) AS n FROM visits WHERE outlet_key = ? AND outcome = 'unchanged'"
    assert [world.rows(listed, f"outlet-{number}")[0]["n"] for number in (STATED, SAME)] == [0, 0]


def test_e7_retry_after_in_seconds_silences_the_host_over_restarts(world: World):
    assert world.webs[REST_S].paths() == ["/robots.txt", "/feed"]
    assert world.source(REST_S)["last_reason"] == "resting"


def test_e7_retry_after_as_a_date_silences_the_host_at_the_first_refusal(world: World):
    paths = world.webs[REST_DATE].paths()
    assert paths[:2] == ["/robots.txt", "/feed"]
    assert len(paths) == 3
    (wait,) = world.rows("SELECT * FROM host_waits WHERE host = ?", world.webs[REST_DATE].address)
    until = datetime.fromtimestamp(wait["not_before"] / 1e6, UTC)
    assert timedelta(minutes=50) < until - datetime.now(UTC) <= timedelta(hours=1)


def test_e10_a_permanent_redirect_moves_the_source_after_ten_answers(world: World):
    assert [world.in_crawl(MOVED, crawl) for crawl in range(1, CRAWLS)] == [["/old", "/new"], ["/new"]]
    source = world.source(MOVED)
    assert (source["moved_to"], source["url"]) == (f"{world.webs[MOVED].base}/new", f"{world.webs[MOVED].base}/old")


def test_e10_a_passing_redirect_never_does(world: World):
    assert [world.in_crawl(FOUND, crawl) for crawl in range(1, CRAWLS)] == [["/old", "/new"]] * (CRAWLS - 1)
    assert world.source(FOUND)["moved_to"] is None


def test_e11_what_is_gone_is_asked_for_once_and_shown(world: World):
    assert len(world.asked(GONE, "/feed")) == 1
    source = world.source(GONE)
    assert (source["is_gone"], source["last_detail"]) == (1, "answered 410")


def test_e11_what_fails_backs_off(world: World):
    source = world.source(BROKEN)
    assert source["failures"] == CRAWLS
    wait_s = (source["next_due_at"] - source["last_visit_at"]) / 1e6
    assert wait_s > 2 * 900  # more than twice the usual interval by the third failure


def test_e12_requests_say_who_asks_and_nothing_else(world: World):
    asked = [each for web in world.webs.values() for each in web.asked]
    assert {each.headers["user-agent"] for each in asked} == {
        f"Presswatch/{VERSION} (+https://example.org/bot)".encode()
    }
    for each in asked:
        assert not {"cookie", "referer", "authorization", "cache-control", "pragma", "from"} & each.headers.keys()
        if each.path != "/robots.txt":
            assert {b"gzip", b"br", b"zstd"} <= set(each.headers["accept-encoding"].replace(b",", b" ").split())


def test_e12_an_address_goes_out_as_it_was_listed_without_a_cache_buster(world: World):
    assert world.webs[WIRE].times("/story?id=1&x=%C3%A9") == 1
    assert {path.partition("?")[0] for path in world.webs[WIRE].paths()} == {
        *("/robots.txt", "/feed", "/feed-of-the-same", "/story", "/0", "/1", "/2", "/3"),
    }


def test_e13_one_request_a_host_at_a_time_and_no_page_twice(world: World):
    assert world.together.most == 1
    pages = [path for path in world.webs[WIRE].paths() if "feed" not in path]
    assert len(pages) == len(set(pages))


def test_e14_a_im_is_not_sent_as_226_is_not_merged(world: World):
    assert not any("a-im" in asked.headers for web in world.webs.values() for asked in web.asked)


def test_e16_a_trickle_is_cut(world: World):
    assert world.reasons(TRICKLE) == {"/slow": None}  # to be tried again
    (found,) = world.rows("SELECT * FROM candidates WHERE outlet_key = ?", f"outlet-{TRICKLE}")
    assert found["tries"] == 1
    assert re.search("took longer|not done after|timeout", found["detail"], re.IGNORECASE)


def test_e17_a_date_ahead_of_the_fetch_is_flagged_and_is_no_freshness(world: World):
    (row,) = world.rows(
        "SELECT r.* FROM revisions r JOIN articles a ON a.id = r.article_id WHERE a.outlet_key = ?", f"outlet-{AHEAD}"
    )
    assert row["published_precision"] == "day"
    rules = [rule for _, rule, *_ in json.loads(row["evidence"])]
    assert "ahead of when it was fetched" in rules
