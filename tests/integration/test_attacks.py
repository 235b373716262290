"""Pages, feeds and answers made to hang or bloat their reader: each gets its reason in time, and nobody else is late.

The caps are those in force (no setting of the test shortens them). That the test of reasons fails without its rule
was tried with the caps of `crawler.fetch.limits` on headers and pages at 10**9, all three at once, not one by one.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.acceptance.stored import Stored
from tests.integration.attacks import bombs, broken_off, feed_attacks, page_attacks
from tests.integration.crawled import allowed, crawl, load, outlet_at
from tests.integration.hostileweb import Asked, HostileOutlet, Route, article, hostile_web, rss

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

_PEACEFUL = 90
_BEGIN_AFTER_S = 4.0
_LATE_S = 1.0
_PAGES = ("/two-megabytes-of-lt", "/json-ld-of-10-mb", "/200000-attributes", "/million-header-lines", "/100000-deep")
_MORE_PAGES = ("/endless-interim-answers", "/one-huge-header", "/json-ld-100000-deep")
_FEEDS = ("/feed-of-lt", "/feed-of-laughs", "/feed-of-a-file", "/feed-of-header-lines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fight:
    """What was seen of a crawl of peaceful and hostile outlets."""

    peaceful: HostileOutlet
    hostile: dict[str, HostileOutlet]  # by the path of their attack
    stored: Stored
    told: dict[str, Any]

    def ends(self) -> dict[str, tuple[str | None, str | None]]:
        return {
            "/" + found.found_url.rpartition("/")[2]: (found.reason, found.detail) for found in self.stored.candidates()
        }


def later(route: bytes) -> Route:
    """The same answer, once the peaceful outlet is being read."""

    def send(_: Asked, connection: socket.socket) -> None:
        time.sleep(_BEGIN_AFTER_S)
        connection.sendall(route)

    return send


@pytest.fixture(scope="module")
def fight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fight]:
    folder = tmp_path_factory.mktemp("attacks")
    pages = {path: route for path, route in page_attacks().items() if path in (*_PAGES, *_MORE_PAGES)}
    pages |= bombs() | {"/broken-off": broken_off}
    feeds = {path: route for path, route in feed_attacks().items() if path in _FEEDS}
    with hostile_web(1 + len(pages) + len(feeds)) as webs:
        peaceful, hostile = webs[2], dict(zip((*pages, *feeds), list(webs.values())[2:], strict=True))
        paths = [f"/news-{number}" for number in range(_PEACEFUL)]
        peaceful.routes |= {path: article(f"Peaceful {path}") for path in paths}
        peaceful.routes["/feed"] = rss(*[peaceful.base + path for path in paths])
        for path, route in pages.items():
            hostile[path].routes |= {path: route, "/feed": later(rss(hostile[path].base + path))}
        for path, route in feeds.items():
            hostile[path].routes[path] = later(route) if isinstance(route, bytes) else route
        outlets = [outlet_at(peaceful, "peaceful", ["/feed"], delay_s=0.1)]
        outlets += [
            outlet_at(web, f"hostile{path.replace('/', '-')}", [path if path in feeds else "/feed"])
            for path, web in hostile.items()
        ]
        load(folder, outlets)
        told = crawl(
            folder,
            [outlet.key for outlet in outlets],
            PRESSWATCH_ALLOW_NETWORKS=allowed(webs),
            PRESSWATCH_RETRY_DELAYS_S="0.2",
        )
        yield Fight(peaceful=peaceful, hostile=hostile, stored=Stored(folder / "presswatch.sqlite3"), told=told)


def test_every_attack_gets_its_reason(fight: Fight):
    reasons = {path: reason for path, (reason, _) in fight.ends().items() if path in fight.hostile}
    assert reasons == {
        "/two-megabytes-of-lt": reasons["/two-megabytes-of-lt"],  # read as text, or stopped: as fast as the machine is
        "/json-ld-of-10-mb": "too-large",
        "/200000-attributes": "not-an-article",
        "/million-header-lines": "too-large",
        "/100000-deep": "not-an-article",
        "/endless-interim-answers": "too-large",
        "/one-huge-header": "too-large",
        "/json-ld-100000-deep": "not-an-article",
        "/bomb-gzip": "too-large",
        "/bomb-br": "too-large",
        "/bomb-zstd": "too-large",
        "/bomb-gzip-in-gzip": "too-large",
        "/broken-off": "failed",
    }
    assert reasons["/two-megabytes-of-lt"] in {"unreadable", "not-an-article"}


def test_a_reason_says_what_was_too_much(fight: Fight):
    details = {path: detail for path, (_, detail) in fight.ends().items()}
    assert details["/million-header-lines"] == "more than 256 header lines"
    assert details["/one-huge-header"] == "more than 65536 bytes of headers"


def test_feeds_that_attack_are_failures_or_lists_of_nothing(fight: Fight):
    last = {"/" + s.url.rpartition("/")[2]: s.last_reason for s in fight.stored.sources()}
    assert last["/feed-of-lt"] == "unreadable"
    assert last["/feed-of-header-lines"] == "too-large"
    assert {last["/feed-of-laughs"], last["/feed-of-a-file"]} <= {None, "unreadable"}
    assert not any("root:" in (found.title or "") for found in fight.stored.articles())


def test_what_is_peaceful_is_delivered_in_full_and_in_time(fight: Fight):
    assert fight.stored.article_count() == _PEACEFUL
    asked = [each.at for each in fight.peaceful.asked if each.path.startswith("/news")]
    assert len(asked) == _PEACEFUL
    assert max(late - early for early, late in itertools.pairwise(asked[5:])) < _LATE_S


def test_the_attacks_fell_into_that_time(fight: Fight):
    """Else the test before would say nothing."""
    times = [each.at for each in fight.peaceful.asked]
    struck = [web.asked[-1].at for path, web in fight.hostile.items() if web.asked and path in _PAGES]
    assert len(struck) == len(_PAGES)
    assert all(times[0] < at < times[-1] for at in struck)
