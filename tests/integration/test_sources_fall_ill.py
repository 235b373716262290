"""Sources broken in each way, through real servers and real crawls: state, cause, and what is told of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from test_certificates import tls_outlet

from control.health_watch import HealthWatch
from control.opening import open_from
from control.settings import Settings
from crawler.outlets.cadence.memory import Memory
from storage.records import EventKind, Outlet, OutletSource, SourceKind
from storage.sql.engine import writing
from storage.sql.schema import paces, sources
from storage.store import Store
from tests.integration.crawled import crawl, load
from tests.integration.smallweb import SmallWeb, html, rss, small_web

pytestmark = pytest.mark.slow

PAGES = {
    "/feed": rss("/a"),
    "/a": html("<h1>News</h1><p>Words of news, quite a few of them.</p>"),
    "/page": html("<h1>Our feeds have moved</h1>"),
    "/refused": (403, "text/plain", "no"),
    "/gone": (410, "text/plain", "gone"),
    "/broken": (500, "text/plain", "oh"),
    "/wall": html("<div id=cf-wrapper>Checking your browser</div>", "<title>Just a moment...</title>"),
}
#: Outlet: path at the first server, state, cause.
HERE = {
    "well": ("/feed", "ok", "ok"),
    "not-found": ("/nothing", "dead", "http-404"),
    "not-a-feed": ("/page", "dead", "not-a-feed"),
    "refused": ("/refused", "blocked", "http-403"),
    "gone": ("/gone", "gone", "http-410"),
    "broken": ("/broken", "failing", "http-500"),
    "moved": ("/moved", "moved", "moved"),
    "silent": ("/feed?silent", "silent", "silent"),
    "frozen": ("/feed?frozen", "dead", "frozen"),
}
ELSEWHERE = {
    "closed": ("robots", "robots"),
    "busy": ("blocked", None),
    "tls": ("certificate", "certificate"),
    "nameless": ("dns", "dns"),
    "slow": ("slow", "timeout"),
}


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Where each outlet's source is."""
    with ExitStack() as stack:
        here: SmallWeb = stack.enter_context(small_web("127.0.0.2", PAGES))
        here.pages |= {
            "/moved": (301, here.base + "/feed", ""),
            "/feed?silent": PAGES["/feed"],
            "/feed?frozen": PAGES["/feed"],
        }
        robots = {"/robots.txt": (200, "text/plain", "User-agent: *\nDisallow: /feed\n"), "/feed": PAGES["/feed"]}
        closed = stack.enter_context(small_web("127.0.0.3", robots))
        busy = stack.enter_context(small_web("127.0.0.4", {"/feed": (429, "text/plain", "later")}))
        tls = stack.enter_context(tls_outlet(tmp_path, "127.0.0.5"))
        others = [stack.enter_context(small_web(f"127.0.0.{n}", PAGES)) for n in (7, 8)]
        mute = stack.enter_context(socket.create_server(("127.0.0.6", 0)))
        yield {
            **{key: here.base + path for key, (path, _, _) in HERE.items()},
            **{f"other{n}": web.base + "/feed" for n, web in enumerate(others)},
            "closed": closed.base + "/feed",
            "busy": busy.base + "/feed",
            "tls": tls + "/feed",
            "nameless": "http://nobody.invalid/feed",
            "slow": f"http://127.0.0.6:{mute.getsockname()[1]}/feed",
        }


def outlet(key: str, url: str) -> Outlet:
    return Outlet(key=key, name=key.title(), home_url=url, sources=(OutletSource(kind=SourceKind.FEED, url=url),))


def owes(store: Store, key: str, days: float) -> None:
    """Makes a source remember that it published hourly for weeks and stopped so many days ago."""
    now = datetime.now(UTC)
    at = now.timestamp() - 28 * 86_400
    memory = Memory.begin(at, [], 20)
    while at < now.timestamp():
        at += 3_600
        memory.learn(at, [at - 60], 20)
    before = now - timedelta(days=days)
    remembered: dict[str, Any] = {"owed": 24 * days, "last_new_at": before, "last_read_at": before}
    with writing(store.engine) as connection:
        own = sources.c.outlet_key == key
        connection.execute(update(sources).where(own).values(**remembered))
        ids = sources.select().with_only_columns(sources.c.id).where(own).scalar_subquery()
        connection.execute(update(paces).where(paces.c.source_id == ids).values(memory=memory.pack()))


def test_each_way_to_fall_ill_is_told_with_its_cause_and_once(tmp_path: Path, addresses: dict[str, str]):
    load(tmp_path, [outlet(key, url) for key, url in addresses.items()])
    settings = {
        "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
        "PRESSWATCH_RETRY_DELAYS_S": "0.1",
        "LIMITS_S": "2",
    }
    crawl(tmp_path, addresses, **settings)
    store = open_from(Settings(data_dir=tmp_path))
    owes(store, "silent", 3)
    owes(store, "frozen", 12)
    with writing(store.engine) as connection:
        moved = update(sources).where(sources.c.outlet_key == "moved")
        connection.execute(moved.values(moved_answers=9))
    crawl(tmp_path, addresses, **settings)

    now = datetime.now(UTC)
    found = {s.outlet_key: s for status in store.library.outlet_statuses(now) for s in status.sources}
    told = {key: (found[key].state.value, found[key].cause) for key in HERE}
    assert told == {key: (state, cause) for key, (_, state, cause) in HERE.items()}
    assert {key: found[key].state.value for key in ELSEWHERE} == {key: state for key, (state, _) in ELSEWHERE.items()}
    assert {found[key].cause for key in ("closed", "tls", "nameless", "slow")} == {
        "robots",
        "certificate",
        "dns",
        "timeout",
    }
    assert all(found[key].sentence for key in found)

    for _ in range(2):  # as after a start
        HealthWatch(store.alerts, store.captures).look(now + timedelta(hours=2))
    raised = [e for e in store.events.since(0, 10_000) if e.kind is EventKind.ALERT_RAISED]
    certain = {"not-found", "not-a-feed", "refused", "gone", "silent", "frozen", "closed", "busy", "tls"}
    assert {each["outlet"] for event in raised for each in event.payload["sources"]} == certain
    assert len(raised) == len(certain)
    store.close()
