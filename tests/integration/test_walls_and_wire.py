"""A real crawl of one outlet full of walls and of one whose links are spelled in every way that parsers read differently."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import ada_url
import pytest

from control.opening import open_from
from control.settings import Settings
from crawler.discovery.urls import fetch_url
from storage.records import Outlet, OutletSource, SourceKind
from tests import commands
from tests.acceptance.stored import Stored
from tests.integration.hostileweb import HostileOutlet, answer, article, hostile_web, moved, rss
from tests.stores import lay_store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

#: {at} is host and port of the outlet, {port} its port. What must be asked for is what ada makes of each.
SPELLINGS = {
    "plain": "http://{at}/a-1",
    "backslashes": "http:\\\\{at}\\back\\slash-1",
    "a tab in the scheme": "ht\ttp://{at}/tab-1",
    "a line break in the host": "http://127.0.\n0.3:{port}/break-1",
    "credentials": "http://me:secret@{at}/credentials-1",
    "a host that looks like credentials": "http://127.0.0.1@{at}/looks-like-credentials-1",
    "a backslash before an at": "http://{at}\\@127.0.0.1/at-1",
    "full-width digits": "http://１２７.０.０.３:{port}/full-width-1",
    "ideographic full stops": "http://127。0。0。3:{port}/full-stop-1",
    "a percent-encoded host": "http://%31%32%37.0.0.3:{port}/percent-host-1",
    "a hexadecimal host": "http://0x7f.0.0.3:{port}/hex-1",
    "a decimal host": "http://2130706435:{port}/decimal-1",
    "dot segments": "http://{at}/x/./y/../dots-1",
    "encoded dot segments": "http://{at}/x/%2e%2E/encoded-dots-1",
    "a space and letters beyond ASCII": "http://{at}/kurd stan/خبر-1",
    "a lone percent sign": "http://{at}/100%-1",
    "brackets and pipes": "http://{at}/[a]|b-1?c=[d]|e",
    "two slashes": "http://{at}//double//slash-1",
    "a question mark twice": "http://{at}/q-1?a=1?b=2",
    "a fragment": "http://{at}/fragment-1#top",
    "letters beyond ASCII in the query": "http://{at}/query-1?s=é&q='\"<>",
    "capitals in scheme and host": "HTTP://NEWS.EXAMPLE:{port}/capitals-1",
    "an international name": "http://bücher.news.example:{port}/idna-1",
    "an international name in capitals and full width": "http://ＢÜcher.news.example:{port}/idna-2",
    "a name with the dot of the root": "http://news.example.:{port}/root-dot-1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    walls: HostileOutlet
    wire: HostileOutlet
    stored: Stored

    def ends(self) -> dict[str, tuple[str | None, str | None]]:
        base = self.walls.base
        found = [one for one in self.stored.candidates() if one.outlet_key == "walls"]
        return {one.found_url.removeprefix(base): (one.reason, one.detail) for one in found}


def spelled(spelling: str, outlet: HostileOutlet) -> str:
    return spelling.format(at=f"{outlet.address}:{outlet.port}", port=outlet.port)


def set_the_scene(walls: HostileOutlet, wire: HostileOutlet) -> None:
    small = b"<html><head><title>%s</title></head><body>%s</body></html>"
    walls.routes |= {
        "/good-1": article("Good news"),
        "/cloudflare-1": answer(403, b"no", cf_mitigated="challenge", server="cloudflare"),
        "/datadome-1": answer(403, b"no", set_cookie="datadome=abc"),
        "/refused-1": answer(403, b"no", server="nginx"),
        "/challenge-1": answer(200, small % (b"Just a moment...", b"<p>example</p>")),
        "/consent-1": answer(200, small % (b"Before you continue", b"<p>Accept all. Reject all.</p>")),
        "/login-1": answer(200, small % (b"Log in", b"<input type=password>")),
        "/soft-404-1": answer(200, small % (b"Page not found", b"<p>Sorry</p>")),
        "/to-consent-1": moved("/consent/gate?next=1"),
        "/to-login-1": moved("/login?next=1"),
        "/to-front-1": moved("/"),
        "/to-search-1": moved("/search?q=front"),
    }
    walls.routes["/feed"] = rss(*[walls.base + path for path in walls.routes])
    walls.routes["/walled-feed"] = answer(200, small % (b"Just a moment...", b"<p>example</p>"))
    walls.routes["/refused-feed"] = answer(403, b"no", cf_mitigated="challenge")
    walls.routes["/moved-feed"] = moved("/consent/gate?next=2")
    wire.routes["/feed"] = rss(*[spelled(spelling, wire) for spelling in SPELLINGS.values()])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("walls")
    with hostile_web(2) as webs:
        walls, wire = webs[2], webs[3]
        set_the_scene(walls, wire)
        allowed = "127.0.0.2/32,127.0.0.3/32"
        settings = Settings(data_dir=folder, allow_networks=allowed)
        lay_store(folder)
        hosts = (f"news.example:{wire.port}", "news.example", "xn--bcher-kva.news.example")
        feeds = {"walls": ("/feed", "/walled-feed", "/refused-feed", "/moved-feed"), "wire": ("/feed",)}
        outlets = [
            Outlet(
                key=key,
                name=key,
                home_url=f"{web.base}/",
                hosts=hosts if key == "wire" else (),
                sources=tuple(OutletSource(kind=SourceKind.FEED, url=web.base + path) for path in feeds[key]),
            )
            for key, web in (("walls", walls), ("wire", wire))
        ]
        store = open_from(settings)
        store.outlets.load(outlets, "shipped", datetime.now(UTC))
        store.close()
        env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")} | {
            "PRESSWATCH_DATA_DIR": str(folder),
            "PRESSWATCH_ALLOW_NETWORKS": allowed,
            "PRESSWATCH_DELAY_S": "0",
            "PRESSWATCH_RETRY_DELAYS_S": "0.2",
            "LIMITS_S": "4",
            "ALL_NAMES_AT": wire.address,
        }
        done = commands.run_anew("walls,wire", env=env, module="tests.integration.named_crawl", timeout_s=100)
        assert done.returncode == 0, done.stderr[-4000:]
        json.loads(done.stdout.splitlines()[-1])
        assert webs[1].accepted == 0
        yield World(walls=walls, wire=wire, stored=Stored(folder / "presswatch.sqlite3"))


ENDS = {
    "/good-1": "stored",
    "/cloudflare-1": "challenge",
    "/datadome-1": "challenge",
    "/refused-1": "refused",
    "/challenge-1": "challenge",
    "/consent-1": "consent",
    "/login-1": "login",
    "/soft-404-1": "gone",
    "/to-consent-1": "consent",
    "/to-login-1": "login",
    "/to-front-1": "gone",
    "/to-search-1": "gone",
}


def test_walls_end_as_what_they_are_and_nothing_of_them_is_stored(world: World):
    assert {path: reason for path, (reason, _) in world.ends().items()} == ENDS
    assert [found.title for found in world.stored.articles() if found.outlet_key == "walls"] == ["Good news"]


def test_no_wall_is_passed(world: World):
    assert all(not path.startswith(("/consent/", "/login?", "/search?")) for path in world.walls.paths())
    assert all("cookie" not in asked.headers for asked in world.walls.asked)


def test_a_source_behind_a_wall_says_so(world: World):
    mine = [source for source in world.stored.sources() if source.outlet_key == "walls"]
    assert {source.url.removeprefix(world.walls.base): source.last_reason for source in mine} == {
        "/feed": None,
        "/walled-feed": "challenge",
        "/refused-feed": "challenge",
        "/moved-feed": "consent",
    }


@pytest.mark.parametrize("name", SPELLINGS)
def test_what_is_asked_on_the_wire_is_the_address_that_was_checked(name: str, world: World):
    url = ada_url.URL(fetch_url(spelled(SPELLINGS[name], world.wire)))
    asked = {(asked.headers["host"].decode(), asked.path) for asked in world.wire.asked}
    host = url.host.replace(".:", ":")
    assert (host, url.pathname + url.search) in asked


def test_no_credentials_are_sent(world: World):
    assert all("authorization" not in asked.headers for asked in world.wire.asked)
    assert all(urlsplit(found.found_url).username is None for found in world.stored.candidates())
