"""The robots.txt in force, rests and moves of an outlet, where an operator sees them: page, API, command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.records import MOVED_AFTER, RobotsCopy, VisitOutcome, VisitReport
from storage.sql.hosts import SqlHostBook
from tests.integration.hostileweb import answer, article, hostile_web, rss
from tests.integration.smalloutlet import SmallOutlet
from tests.pressroom import NOW, Pressroom, fill, pressroom
from tests.webserver import Site, serving

pytestmark = pytest.mark.timeout(180)
RULES = b"User-agent: *\nDisallow: /private/<script>alert(1)</script>\n"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressroom]:
    folder = tmp_path_factory.mktemp("standing")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        fill(room)
        hosts, hour = SqlHostBook(room.engine), timedelta(hours=1)
        hosts.save_robots(
            RobotsCopy(origin="https://gazette.example", fetched_at=NOW - hour, status=200, body=RULES, verdict="rules")
        )
        hosts.save_robots(
            RobotsCopy(
                origin="https://ledger.example",
                fetched_at=NOW,
                status=503,
                body=b"",
                verdict="disallow-all",
                detail="answered 503",
                failing_since=NOW - 5 * hour,
            )
        )
        hosts.rest("ledger.example", NOW + hour, "ledger.example answered 503", 4)
        _move(room)
        yield room


def _move(room: Pressroom) -> None:
    source = room.crawl.sources_of(["gazette"])[0]
    for _ in range(MOVED_AFTER):
        room.crawl.record_visit(
            VisitReport(
                source_id=source.id,
                started_at=NOW,
                finished_at=NOW,
                outcome=VisitOutcome.UNCHANGED,
                next_due_at=NOW + timedelta(hours=1),
                moved_to="https://gazette.example/new.xml",
            )
        )


@pytest.fixture(scope="module")
def site(room: Pressroom) -> Iterator[Site]:
    with serving(room) as site:
        yield site


def test_the_page_of_an_outlet_says_that_nothing_is_fetched_while_robots_txt_cannot_be_read(site: Site):
    page = site.ask("/outlets/ledger").text
    assert "robots unreachable: nothing is fetched until it can be read (answered 503)" in page
    assert "failing since" in page
    assert "ledger.example answered 503, 4 refusals in a row" in page


def test_the_page_of_an_outlet_shows_the_rules_in_force_and_where_its_source_has_moved(site: Site):
    page = site.ask("/outlets/gazette").text
    assert "its rules hold (answered 200, " in page
    assert "Disallow: /private/&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "has moved for good, and is asked for at https://gazette.example/new.xml" in page
    assert "No robots.txt of its hosts was read yet." in site.ask("/outlets/ruz").text


def test_the_api_tells_the_same(site: Site):
    told = site.ask("/api/v1/outlets/gazette/hosts").json
    assert told["robots"][0]["text"] == RULES.decode()
    waiting = site.ask("/api/v1/outlets/ledger/hosts").json
    assert (waiting["robots"][0]["verdict"], waiting["waits"][0]["refusals"]) == ("disallow-all", 4)
    assert site.ask("/api/v1/outlets/nobody/hosts").status == 404
    assert site.ask("/api/v1/outlets/gazette").json["sources"][0]["address"] == "https://gazette.example/new.xml"


def test_the_command_tells_the_same(tmp_path: Path):
    with hostile_web(1) as webs:
        web = webs[2]
        web.routes |= {"/robots.txt": answer(500), "/feed": rss(f"{web.base}/a"), "/a": article("Never fetched")}
        outlet = SmallOutlet(tmp_path, web.base)
        assert outlet.crawl() == {}
        assert set(web.paths()) == {"/robots.txt"}
        shown = outlet.run("outlets", "show", "small")
        assert "robots unreachable: nothing is fetched until it can be read (answered 500)" in shown
        told = json.loads(outlet.run("outlets", "show", "small", "--json"))["robots"][0]
        assert (told["verdict"], told["status"], told["text"]) == ("disallow-all", 500, "")
