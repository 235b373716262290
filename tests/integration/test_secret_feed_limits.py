"""Feeds at secret addresses: how often they may be asked for, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from control.settings import Settings
from control.watching import explainer_from
from delivery.access.desk import WRONG_TOKENS
from tests.pressroom import NOW, Pressroom, pressroom
from tests.userhouse import Clock
from tests.watching import WatchStore
from tests.webserver import Answer, Site, serving

OUTLET, SEARCH, HARBOUR = "/feeds/saved/oooooooooooooooo.rss", "/feeds/saved/ssssssssssssssss.atom", "w" * 20
WATCHED = f"/feeds/watchlists/{HARBOUR}.json"
PROXY = "127.0.0.1"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressroom]:
    folder: Path = tmp_path_factory.mktemp("secret")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        room.open_outlets()
        store = WatchStore(room)
        store.watchlists.add(name="harbour", query="harbour", token=HARBOUR, now=NOW)
        store.reader_feeds.add(name="outlet", token="o" * 16, now=NOW, outlet_key="gazette")
        store.reader_feeds.add(name="search", token="s" * 16, now=NOW, words="harbour")
        yield room


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(room: Pressroom, clock: Clock) -> Iterator[Site]:
    store = WatchStore(room)
    given = {"explainer": explainer_from(Settings(), store), "saved_feeds": store.reader_feeds, "feeds_per_minute": 3}
    with serving(room, clock, [PROXY], **given) as site:
        yield site


def from_(site: Site, address: str, target: str, **headers: str) -> Answer:
    return site.ask(target, x_forwarded_for=address, **headers)


@pytest.mark.parametrize("address", [OUTLET, SEARCH, WATCHED])
def test_who_asks_for_one_too_often_is_told_when_to_come_back(site: Site, clock: Clock, address: str):
    taken = [from_(site, "192.0.2.1", address) for _ in range(3)]
    assert [each.status for each in taken] == [200] * 3
    etag = taken[0].headers["etag"]
    refused = from_(site, "192.0.2.1", address, if_none_match=etag)
    assert (refused.status, refused.headers["retry-after"]) == (429, "20")
    assert "again in 20 s" in refused.text
    assert from_(site, "192.0.2.2", address).status == 200, "somebody else's reader is not held back"
    clock.now += timedelta(seconds=20)
    assert from_(site, "192.0.2.1", address, if_none_match=etag).status == 304
    assert from_(site, "192.0.2.1", address).status == 429


def test_feeds_of_one_reader_count_apart(site: Site):
    for address in (OUTLET, SEARCH, WATCHED):
        assert [from_(site, "192.0.2.1", address).status for _ in range(4)] == [200, 200, 200, 429]


def test_who_asks_for_addresses_that_are_nobodys_is_held_back_alone(site: Site, clock: Clock):
    addresses = [f"/feeds/{'saved' if n % 2 else 'watchlists'}/{n:020}.rss" for n in range(WRONG_TOKENS)]
    assert {from_(site, "2001:db8::1", address).status for address in addresses} == {404}
    refused = from_(site, "2001:db8::2", OUTLET)
    assert (refused.status, refused.headers["retry-after"]) == (429, "2"), "of the same network"
    assert from_(site, "192.0.2.9", OUTLET).status == 200
    clock.now += timedelta(seconds=2)
    assert from_(site, "2001:db8::2", OUTLET).status == 200
