"""What a robots.txt means, by RFC 9309: who may be fetched, for how long that holds, and how little it may cost."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import TextResponse

from crawler.discovery.urls import registrable_domain
from crawler.fetch.clocks import HostClocks
from crawler.fetch.errors import RobotsDisallowed, RobotsUnavailable
from crawler.fetch.robots import RobotsMiddleware
from crawler.session import Session
from storage.records import RobotsCopy
from storage.store import open_store
from tests.stores import lay_store

SITE = "https://news.example"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Engine:
    """Stands where the network would be: whatever is asked for there, the copy in force was not enough."""

    async def download_async(self, request: Request) -> None:
        raise AssertionError(f"{request.url} was asked for")


class Crawler:
    engine = Engine()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    lay_store(tmp_path)
    store = open_store(
        database_url=f"sqlite:///{tmp_path}/presswatch.sqlite3",
        redis_url=None,
        archive=tmp_path / "archive",
        interval_s=900,
        domain_of=registrable_domain,
    )
    clocks = HostClocks(store.hosts, delay_s=0)
    yield Session(store=store, clocks=clocks, worker="w", first_look_days=3, retry_delays_s=(1.0,))
    store.close()


def middleware(session: Session, now: datetime = NOW) -> RobotsMiddleware:
    return RobotsMiddleware(session, Crawler(), "Presswatch", lambda: now)


def keep(session: Session, body: str | bytes, verdict: str = "rules", at: datetime = NOW) -> None:
    raw = body.encode() if isinstance(body, str) else body
    session.store.hosts.save_robots(
        RobotsCopy(origin=SITE, fetched_at=at, status=200, body=raw, verdict=verdict, detail=None)
    )


def is_allowed(session: Session, path: str, now: datetime = NOW) -> bool:
    try:
        asyncio.run(middleware(session, now).process_request(Request(SITE + path)))
    except RobotsDisallowed:
        return False
    return True


ANSWERS = {
    200: "rules",
    204: "rules",
    400: "allow-all",
    401: "allow-all",
    403: "allow-all",
    404: "allow-all",
    410: "allow-all",
    418: "allow-all",
    429: "disallow-all",
    500: "disallow-all",
    502: "disallow-all",
    503: "disallow-all",
    599: "disallow-all",
    304: "disallow-all",
    100: "disallow-all",
}


@pytest.mark.parametrize(("status", "verdict"), ANSWERS.items())
def test_what_an_answer_means(status: int, verdict: str, session: Session):
    response = TextResponse(f"{SITE}/robots.txt", status=status, body=b"User-agent: *\nDisallow: /")
    copy = middleware(session)._judge(SITE, response)
    assert (copy.verdict, copy.status, copy.fetched_at) == (verdict, status, NOW)
    assert bool(copy.body) is (verdict == "rules")


CODED = {
    "gzip": (gzip.compress(b"User-agent: *\nDisallow: /x"), "gzip", "rules"),
    "gzip that is cut off": (gzip.compress(b"User-agent: *\nDisallow: /x")[:-9], "gzip", "disallow-all"),
    "a bomb": (gzip.compress(b"\0" * 50_000_000), "gzip", "disallow-all"),
    "an unknown coding": (b"User-agent: *", "lzma", "disallow-all"),
}


@pytest.mark.parametrize(("body", "coding", "verdict"), CODED.values(), ids=CODED.keys())
def test_a_coded_body_is_undone_or_disallows(body: bytes, coding: str, verdict: str, session: Session):
    response = TextResponse(f"{SITE}/robots.txt", body=body, headers={"Content-Encoding": coding})
    assert middleware(session)._judge(SITE, response).verdict == verdict


RULES = {
    "nothing is said": ("", "/a", True),
    "all is disallowed": ("User-agent: *\nDisallow: /", "/a", False),
    "our own group counts alone": ("User-agent: *\nDisallow: /\n\nUser-agent: presswatch\nDisallow: /b", "/a", True),
    "our name in any case": ("User-agent: PRESSWATCH\nDisallow: /a", "/a", False),
    "another's group is not ours": ("User-agent: Googlebot\nDisallow: /", "/a", True),
    "the longest match counts": ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
    "of equals Allow counts": ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
    "a star stands for anything": ("User-agent: *\nDisallow: /*/print", "/x/print", False),
    "a dollar ends it": ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf?y", True),
    "the query counts": ("User-agent: *\nDisallow: /*?s=", "/?s=war", False),
    "an empty Disallow allows": ("User-agent: *\nDisallow:", "/a", True),
    "escapes are as good as letters": ("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/x", False),
    "a mark of byte order before it": ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
    "lines that end as on a Macintosh": ("User-agent: *\rDisallow: /a\r", "/a", False),
    "a page of HTML says nothing": ("<html><body>User-agent: nobody</body></html>", "/a", True),
}


@pytest.mark.parametrize(("body", "path", "allowed"), RULES.values(), ids=RULES.keys())
def test_rules(body: str, path: str, allowed: bool, session: Session):
    keep(session, body)
    assert is_allowed(session, path) is allowed


def test_bytes_that_are_no_text_are_no_fault(session: Session):
    keep(session, b"\xff\xfe\x00User-agent: *\nDisallow: /\xe9\n\x80\x81")
    assert is_allowed(session, "/a")


def test_a_copy_holds_for_a_day_and_no_longer(session: Session):
    keep(session, "User-agent: *\nDisallow: /a")
    assert not is_allowed(session, "/a", NOW + timedelta(hours=23, minutes=59))
    assert _is_asked_for_again(session, NOW + timedelta(hours=24))


def test_a_copy_that_a_clock_made_which_was_ahead_does_not_hold_for_a_year(session: Session):
    keep(session, "User-agent: *\nDisallow:", at=NOW + timedelta(days=365))
    assert _is_asked_for_again(session, NOW)


def test_a_failure_holds_for_ten_minutes(session: Session):
    keep(session, b"", "disallow-all")
    with pytest.raises(RobotsUnavailable) as told:
        is_allowed(session, "/a", NOW + timedelta(minutes=9))
    assert told.value.until == NOW + timedelta(minutes=10)
    assert _is_asked_for_again(session, NOW + timedelta(minutes=10))


def test_a_failure_that_lasts_is_looked_at_ever_more_rarely_down_to_two_hours(session: Session):
    waits, now = [], NOW
    failing = RobotsCopy(origin=SITE, fetched_at=NOW, status=500, body=b"", verdict="disallow-all", failing_since=NOW)
    session.store.hosts.save_robots(failing)
    while now < NOW + timedelta(days=1):
        with pytest.raises(RobotsUnavailable) as told:
            is_allowed(session, "/a", now)
        waits.append((told.value.until - now).total_seconds() / 60)
        now = told.value.until
    assert waits[:7] == [10, 10, 20, 40, 80, 120, 120]
    assert len(waits) <= 24


def _is_asked_for_again(session: Session, now: datetime) -> bool:
    """Asking anew fails here, which is then what is told."""
    with pytest.raises(RobotsUnavailable, match=r"robots.txt was asked for"):
        is_allowed(session, "/a", now)
    return True


def test_crawl_delay_is_handed_to_the_clock(session: Session):
    keep(session, "User-agent: *\nCrawl-delay: 7.5")
    is_allowed(session, "/a")
    assert session.clocks._clock("news.example").wishes_s == {"robots": 7.5}


def test_many_wildcards_cost_little(session: Session):
    mean = "User-agent: *\n" + "".join(f"Disallow: /*{n}*a*a*a*a*a*{n}z\n" for n in range(20_000))
    keep(session, mean[:512_000])
    began = time.process_time()
    assert is_allowed(session, "/" + "a" * 2000)
    assert time.process_time() - began < 3


def test_a_rule_of_many_stars_costs_little(session: Session):
    keep(session, "User-agent: *\nDisallow: /" + "*a" * 40 + "*b$")
    began = time.process_time()
    assert is_allowed(session, "/" + "a" * 2000)
    assert time.process_time() - began < 2
