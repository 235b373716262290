"""A real crawl of outlets that break every rule at once, on loopback, and a second one after a restart.

127.0.0.1 is a trap: it is no allowed address, so nothing may ever connect to it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from tests.integration.hostilescene import ETAG, MEAN, MODIFIED, World, crawled_twice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with crawled_twice(tmp_path_factory.mktemp("hostile")) as world:
        yield world


def test_peaceful_outlets_are_delivered_in_full(world: World):
    assert world.titles(2) == ["Good news 1", "Good news 2", "Good news 3"]


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_where_robots_txt_cannot_be_read_nothing_is_fetched(number: int, world: World):
    assert set(world.outlets[number].paths()) == {"/robots.txt"}
    assert world.source_reasons(number) == {"/feed": "robots-unavailable"} or (
        number == 4 and world.source_reasons(number) == {"/feed": "resting"}
    )


def test_a_robots_txt_that_cannot_be_read_is_not_asked_for_again_at_once(world: World):
    assert [world.outlets[n].times("/robots.txt") for n in (3, 4, 5)] == [1, 1, 1]


def test_the_body_of_a_404_is_no_robots_txt(world: World):
    assert world.titles(7) == ["Open to all"]


def test_robots_txt_behind_a_redirect_to_another_host_is_obeyed(world: World):
    assert world.reasons(8) == {"/open": "stored", "/private/1": "robots"}
    assert world.outlets[8].times("/private/1") == 0


def test_crawl_delay_is_kept(world: World):
    own = [asked.at for asked in world.outlets[9].asked if asked.path not in {"/robots-of-8", "/robots.txt"}]
    assert world.titles(9) == ["Slow news 0", "Slow news 1", "Slow news 2"]
    assert min(later - earlier for earlier, later in itertools.pairwise(own)) > 0.95


def test_a_host_that_asks_for_rest_is_left_alone_and_after_a_restart_too(world: World):
    paths, reasons = world.outlets[10].paths(), world.reasons(10)
    assert paths[:2] == ["/robots.txt", "/feed"]
    assert paths[-1] == "/busy"  # the last request ever
    assert reasons == {path: "stored" if path in paths[2:-1] else None for path in ("/one", "/busy", "/two", "/three")}


def test_after_the_first_answer_every_request_is_conditional_byte_for_byte(world: World):
    first, second = (asked.headers for asked in world.outlets[2].asked if asked.path == "/feed")
    assert "if-none-match" not in first
    assert "if-modified-since" not in first
    assert second["if-none-match"] == ETAG
    assert second["if-modified-since"] == MODIFIED


BODIES = {
    "/gzip": "too-large",
    "/gzip-in-gzip": "too-large",
    "/br": "too-large",
    "/zstd": "too-large",
    "/huge": "too-large",
    "/endless": "too-large",
    "/good-gzip": "stored",
    "/good-br": "stored",
    "/good-zstd": "stored",
}
HALVES = {
    "/promised-more": "failed",
    "/broken-chunks": "failed",
    "/half-gzip": "failed",
    "/unknown-coding": "failed",
    "/too-many-codings": "failed",
    "/empty": "not-an-article",
    "/no-http": "failed",
    "/hangs-up": "failed",
    "/good": "stored",
}


def test_bodies_past_their_caps_end_with_that_reason(world: World):
    assert world.reasons(11) == BODIES


def test_half_bodies_are_never_stored(world: World):
    assert world.reasons(12) == HALVES
    assert world.titles(12) == ["Good among halves"]


def test_bombs_and_endless_bodies_do_not_grow_the_worker(world: World):
    assert world.first["grew_mb"] < 64


@pytest.mark.parametrize("number", [13, 14, 15])
def test_slow_answers_are_cut_and_the_next_page_is_fetched(number: int, world: World):
    assert world.reasons(number) == {"/slow": "failed", "/good": "stored"}


def test_slow_outlets_do_not_hold_the_crawl_up(world: World):
    assert world.first_s < 60


def test_a_page_that_harms_its_process_costs_that_page_only(world: World):
    found = world.candidates(16)
    assert {path: candidate.reason for path, candidate in found.items()} == {
        **{f"/{word}": "unreadable" for word in MEAN},
        "/good-before": "stored",
        "/good-after": "stored",
    }
    details = {path.strip("/"): candidate.detail for path, candidate in found.items()}
    assert "not done after 2 s" in details["HANG"]
    assert "SIGABRT" in details["ABORT"]
    assert "SIGKILL" in details["BE-KILLED"]
    assert "SIGSEGV" in details["CRASH"]
    assert "LookupError: as it was asked to" in details["RAISE"]
    assert re.search("its process died|not done after", details["EAT"])  # as fast as the machine gives memory


def test_nothing_ever_connects_to_a_private_address(world: World):
    assert world.outlets[1].accepted == 0
    for number, title in {17: "Good among traps", 18: "Good among redirects"}.items():
        assert title in world.titles(number)


def test_a_source_that_redirects_to_a_private_address_says_so(world: World):
    reasons = world.source_reasons(19)
    assert set(reasons.values()) <= {"refused-address", "bad-url", "http-404", "robots-unavailable"}
    assert list(reasons.values()).count("refused-address") >= 25


def test_a_robots_txt_at_a_private_address_is_not_read(world: World):
    assert set(world.outlets[20].paths()) == {"/robots.txt"}


def test_a_sitemap_index_of_private_addresses_fetches_none(world: World):
    elsewhere = {path for path in world.outlets[21].paths() if not path.startswith("/127.0.0.1")}  # a relative one
    assert elsewhere == {"/robots.txt", "/sitemap.xml"}


def test_redirects_end_where_they_should(world: World):
    reasons = world.reasons(22)
    assert reasons == {
        "/loop": "redirect-loop",
        "/self": "redirect-loop",
        "/nowhere": "redirect-loop",
        "/six-hops": "redirect-loop",
        "/five-hops": "stored",
        "/home": "gone",
        "/moved": "stored",
        "/tracked": "stored",
        "/off": "off-site",
    }
    assert world.titles(22) == ["Behind a tracking parameter", "Five hops away", "Moved here"]
    assert world.asked_first[22].count("/self") <= 6


def test_a_source_that_moved_is_followed(world: World):
    assert world.titles(23) == ["Good behind a moved feed"]


def test_validators_never_go_to_another_url(world: World):
    old = [asked.headers for asked in world.outlets[23].asked if asked.path == "/old-feed"]
    new = [asked.headers for asked in world.outlets[23].asked if asked.path == "/new-feed"]
    assert [headers.get("if-none-match") for headers in old] == [None, None]
    assert len(new) == 2


def test_urls_past_all_length_do_not_end_the_crawl(world: World):
    assert world.titles(24) == ["Good after long ones"]


def test_every_candidate_has_one_reason_or_waits_for_its_host(world: World):
    waits = {"outlet-4", "outlet-10"}
    left = [c for c in world.stored.candidates() if (c.state != "done" or not c.reason) and c.outlet_key not in waits]
    assert left == []


def test_no_page_is_fetched_twice_in_vain(world: World):
    for number in (2, 7, 8, 9, 17, 18):
        pages = [path for path in world.outlets[number].paths() if path.startswith(("/good", "/open", "/slowly"))]
        assert len(pages) == len(set(pages))


def test_requests_name_us_and_carry_nothing_else(world: World):
    for web in world.outlets.values():
        for asked in web.asked:
            assert asked.headers["user-agent"].startswith(b"Presswatch/")
            assert not {"cookie", "referer", "authorization"} & asked.headers.keys()


def test_the_worker_listens_on_no_port(world: World):
    assert world.first["ports"] == world.second["ports"] == []
