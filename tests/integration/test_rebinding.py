"""Names that change their address between one question and the next, asked of a real DNS server on loopback.

127.0.0.2 stands for a public address; 127.0.0.1 is the trap, which no network allows. Tried with
`AddressPolicy.allows` answering True: the trap then accepts sockets, and the tests fail. Also that no proxy of the
environment is used, tried with Scrapy's HttpProxyMiddleware at its usual place: the proxy then accepts sockets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import fetch_url, is_address
from crawler.sites import host_of
from storage.records import Outlet, OutletSource, SourceKind
from tests.acceptance.stored import Stored
from tests.integration.crawled import allowed, crawl, load
from tests.integration.hostileweb import HostileOutlet, article, feed, hostile_web, moved, rss
from tests.integration.nameserver import Nameserver, nameserver
from tests.integration.test_outlets_commands import Command

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

_PUBLIC, _TRAP = "127.0.0.2", "127.0.0.1"
#: What each name's questions are answered with, in their order: its robots.txt, its feed, its articles.
_NAMES = {
    "steady.example": [[_PUBLIC]],
    "turns-at-the-feed.example": [[_PUBLIC], [_TRAP]],
    "turns-at-the-article.example": [[_PUBLIC], [_PUBLIC], [_TRAP]],
    "turns-good.example": [[_TRAP], [_PUBLIC]],
    "both.example": [[_TRAP, _PUBLIC]],
    "back-and-forth.example": [[_PUBLIC], [_PUBLIC], [_PUBLIC], [_TRAP], [_PUBLIC]],
    "leads.example": [[_PUBLIC]],
    "www.leads.example": [[_PUBLIC], [_TRAP]],
}
_OUTLETS = [name for name in _NAMES if not name.startswith("www.")]
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What was seen of two crawls among names that turn."""

    refused_at_first: set[str]  # outlets, in the first crawl
    trap: HostileOutlet
    proxy: HostileOutlet
    public: HostileOutlet
    names: Nameserver
    stored: Stored

    def visit_of(self, name: str) -> str | None:
        (source,) = [s for s in self.stored.sources() if s.outlet_key == name.replace(".", "-")]
        return source.last_reason

    def ends_of(self, name: str) -> dict[str, str | None]:
        mine = [c for c in self.stored.candidates() if c.outlet_key == name.replace(".", "-")]
        return {"/" + c.found_url.rpartition("/")[2]: c.reason for c in mine}


def outlet_named(name: str, port: int) -> Outlet:
    base = f"http://{name}:{port}"
    feed_at = OutletSource(kind=SourceKind.FEED, url=f"{base}/feed-of-{name}")
    key, hosts = name.replace(".", "-"), (f"www.{name}",)
    return Outlet(key=key, name=name, home_url=f"{base}/", sources=(feed_at,), hosts=hosts)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("names")
    with hostile_web(2) as webs, nameserver(_NAMES, [_TRAP]) as names:
        trap, public, proxy = webs[1], webs[2], webs[3]
        for name in _OUTLETS:
            base = f"http://{name}:{public.port}"
            public.routes[f"/feed-of-{name}"] = rss(f"{base}/of-{name}-1", f"{base}/of-{name}-2")
            public.routes |= {f"/of-{name}-{n}": article(f"News {n} of {name}") for n in (1, 2)}
        public.routes["/of-leads.example-1"] = moved(f"http://www.leads.example:{public.port}/private")
        trap.routes["/private"] = article("What only the trap has")
        load(folder, [outlet_named(name, public.port) for name in _OUTLETS])
        proxies = {spelled: proxy.base for name in _PROXIES for spelled in (name, name.upper())}
        crawl(
            folder,
            [name.replace(".", "-") for name in _OUTLETS],
            module="named_crawl",
            NAMES_FROM=str(names.port),
            PRESSWATCH_ALLOW_NETWORKS=allowed(webs),
            PRESSWATCH_RETRY_DELAYS_S="0.1,0.1",
            no_proxy="",
            NO_PROXY="",
            **proxies,
        )
        first = Stored(folder / "presswatch.sqlite3").sources()
        refused_at_first = {s.outlet_key for s in first if s.last_reason == "refused-address"}
        crawl(
            folder,
            ["turns-good-example"],
            module="named_crawl",
            NAMES_FROM=str(names.port),
            PRESSWATCH_ALLOW_NETWORKS=allowed(webs),
        )
        yield World(
            refused_at_first=refused_at_first,
            trap=trap,
            proxy=proxy,
            public=public,
            names=names,
            stored=Stored(folder / "presswatch.sqlite3"),
        )


def test_no_socket_is_opened_to_where_a_name_turned(world: World):
    assert world.trap.accepted == 0


def test_no_socket_is_opened_to_a_proxy_of_the_environment(world: World):
    assert world.proxy.accepted == 0


def test_the_names_did_turn(world: World):
    """Else the test before would say nothing."""
    for name in ("turns-at-the-feed.example", "turns-at-the-article.example", "www.leads.example"):
        assert _TRAP in world.names.answers[name][-1]
        assert world.names.asked.count(name) >= len(world.names.answers[name])


def test_a_name_that_stays_is_delivered(world: World):
    assert world.ends_of("steady.example") == {"/of-steady.example-1": "stored", "/of-steady.example-2": "stored"}


def test_a_name_that_turns_private_fails_with_that_reason(world: World):
    assert world.visit_of("turns-at-the-feed.example") == "refused-address"
    assert set(world.ends_of("turns-at-the-article.example").values()) == {"refused-address"}
    assert world.ends_of("leads.example")["/of-leads.example-1"] == "refused-address"


def test_a_name_with_both_kinds_of_address_is_asked_at_the_public_one(world: World):
    assert set(world.ends_of("both.example").values()) == {"stored"}


def test_a_name_that_turns_public_is_refused_first_and_delivered_then(world: World):
    assert "turns-good-example" in world.refused_at_first
    assert set(world.ends_of("turns-good.example").values()) == {"stored"}


def test_foreign_names_of_others_that_stand_for_private_addresses_open_no_socket(tmp_path: Path, shared: Path):
    """Each as a source of its own, and as what a source redirects to; the test's DNS says where each leads."""
    lines = (shared / "suites/ssrf-urls/cases.jsonl").read_text(encoding="utf-8").splitlines()
    named = [json.loads(line)["url"] for line in lines]
    with hostile_web(1) as webs, nameserver({}, [_TRAP]) as names:
        port = webs[2].port
        urls = [url for url in dict.fromkeys(at(url, port) for url in named) if is_named(url)]
        assert len(urls) > 15
        webs[2].routes |= {f"/to-{n}": moved(url) for n, url in enumerate(urls)}
        places = [*urls, *(f"{webs[2].base}/to-{n}" for n in range(len(urls)))]
        sources = tuple(OutletSource(kind=SourceKind.FEED, url=url) for url in places)
        load(tmp_path, [Outlet(key="named", name="Named", home_url=f"{webs[2].base}/", sources=sources)])
        crawl(
            tmp_path,
            ["named"],
            module="named_crawl",
            NAMES_FROM=str(names.port),
            PRESSWATCH_ALLOW_NETWORKS=allowed(webs),
            PRESSWATCH_SLOW_DOWN="0",
        )
        asked = set(names.asked)
        assert {host_of(fetch_url(url)).lower() for url in urls} - asked <= {"localhost"}
        assert webs[1].accepted == 0
        reasons = {s.url: s.last_reason for s in Stored(tmp_path / "presswatch.sqlite3").sources()}
        assert set(reasons.values()) == {"refused-address"}


def at(url: str, port: int) -> str:
    """The URL with the trap's port, as plain http: the trap speaks no TLS, and is never to be spoken to."""
    url = re.sub(r"^https:", "http:", url)
    return re.sub(r"^(\w+://[^/?#]*?)(:\d+)?([/?#].*)?$", rf"\g<1>:{port}\3", url)


def is_named(url: str) -> bool:
    try:
        host = host_of(fetch_url(url)).strip("[]")
    except BadUrl:
        return False
    return not is_address(host) and ":" not in host and re.fullmatch(r"[a-z0-9.-]+", host) is not None


def test_commands_that_fetch_use_no_proxy_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with hostile_web(2) as webs:
        for name in _PROXIES:
            for spelled in (name, name.upper()):
                monkeypatch.setenv(spelled, webs[3].base)
        monkeypatch.setenv("PRESSWATCH_ALLOW_NETWORKS", allowed(webs))
        webs[2].routes |= {
            "/feed": rss(f"{webs[2].base}/one"),
            "/one": article("One"),
            "/": b"HTTP/1.1 200 Said\r\nContent-Type: application/rss+xml\r\n\r\n" + feed(f"{webs[2].base}/one"),
        }
        presswatch = Command(tmp_path)
        added = presswatch("outlets", "add", f"{webs[2].base}/feed", "--yes")
        read = presswatch("extract", f"{webs[2].base}/one")
        assert webs[2].times("/feed") >= 1, added.stderr
        assert webs[2].times("/one") == 1, read.stderr
        assert webs[3].accepted == 0
