"""A store in which every page has something to show, and the addresses of all pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from control.channel_desk import StoreChannelDesk
from control.settings import Settings
from control.watching import explainer_from, watcher_from
from crawler.discovery.urls import canonical_url, fingerprint
from delivery.channels.leaving import leaving_url
from storage.backfills import BackfillStage, PageKind, PageRead, PageToRead
from storage.records import (
    VISITING,
    Candidate,
    Channel,
    ChannelKind,
    ProcessInfo,
    Reason,
    RobotsCopy,
    Verdict,
    VisitOutcome,
    VisitReport,
)
from storage.sql.channels import SqlChannelBook
from storage.sql.hosts import SqlHostBook, SqlProcessBook
from storage.sql.reader_feeds import SqlReaderFeedBook
from tests.pressroom import DOZEN, NOW, OUTLETS, Pressroom, fill, pressroom
from tests.replaying import replayer_of
from tests.visitor import access_of
from tests.watching import WatchStore
from tests.webserver import Site, serving

FEED_TOKEN = "t" * 32

#: By route: where the reading room has something to show there. `test_pages_known` asks for one of every page.
PAGES = {
    "/": "/",
    "/articles/{article_id}": "/articles/{article}",
    "/articles/{article_id}/revisions/{number}": "/articles/{article}/revisions/2",
    "/captures/{capture_id}": "/captures/{capture}",
    "/captures/{capture_id}/page": "/captures/{capture}/page",
    "/authors": "/authors?name=Anna+Reed",
    "/changes": "/changes",
    "/outlets/{key}/articles": "/outlets/gazette/articles",
    "/search": "/search?q=harbour+OR+%D8%A8%D9%86%D8%AF%D8%B1",
    "/stories": "/stories",
    "/stories/{story_id}": "/stories/1",
    "/outlets": "/outlets",
    "/outlets/{key}": "/outlets/gazette",
    "/outlets/{key}/visits": "/outlets/boker/visits",
    "/live": "/live",
    "/failures": "/failures",
    "/explain": "/explain?url=https%3A%2F%2Fledger.example%2Flost%2F1",
    "/backfills": "/backfills",
    "/watchlists": "/watchlists",
    "/watchlists/new": "/watchlists/new?q=harbour+OR+%D8%A8%D9%86%D8%AF%D8%B1",
    "/watchlists/{watchlist_id}": "/watchlists/1",
    "/channels": "/channels",
    "/channels/new": "/channels/new?kind=webhook&watchlist=harbour&outlet=gazette",
    "/feeds": "/feeds?outlet=gazette&q=harbour",
    "/login": "/login",
    "/account": "/account",
    "/audit": "/audit",
    "/unsubscribe/{told}": "{leaving}",
    "/api": "/api",
    "/api/docs": "/api/docs",
}
#: Other things that these pages show: an error, nothing found, a form that cannot be taken.
FURTHER = {
    "an article in Persian": "/articles/{persian}",
    "a first revision": "/articles/{article}/revisions/1",
    "an author nobody knows": "/authors?name=Nobody",
    "the form for authors": "/authors",
    "stealth edits of one outlet": "/changes?outlet=gazette&show=stealth",
    "a search": "/?q=harbour&outlet=gazette",
    "nothing found": "/?q=zeppelin",
    "nothing found by searching": "/search?q=zeppelin&outlet=gazette",
    "a search that cannot be read": "/search?q=harbour+AND+%28ships",
    "no such page": "/nothing/here",
    "a form for an e-mail": "/channels/new?kind=e-mail",
    "a form for a hub": "/channels/new?kind=hub",
    "a query that cannot be read": "/watchlists/new?q=harbour+AND+%28ships",
}


class ReadingRoom:
    """A pressroom that is served, with the ids that addresses are made of."""

    def __init__(self, room: Pressroom, site: Site, ids: list[int], channel: Channel) -> None:
        self.room, self.site, self.ids = room, site, ids
        self.named = {
            "article": ids[-1],
            "persian": ids[8],
            "capture": room.library.article(ids[-1]).captures[0].id,
            "leaving": leaving_url(channel, ""),
        }

    def address(self, target: str) -> str:
        return self.site.url + target.format_map(self.named)


@contextmanager
def reading_room(
    folder: Path, attack: str = "", publish: Callable[[Pressroom], None] = lambda room: None
) -> Iterator[ReadingRoom]:
    """A room that is served. `attack` is part of all that comes from outside besides articles (names, errors,
    robots.txt, requests); `publish` adds articles before stories are formed and watchlists asked.
    """
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        store = WatchStore(room)
        store.watchlists.add(name="harbour", query="harbour OR بندر", token=FEED_TOKEN, now=NOW)
        ids = fill(room)
        if attack:
            room.open_outlets((replace(OUTLETS[0], name=f"Gazette {attack}", note=attack),))
            room.fail_visit("ledger", "http-503", attack)
        publish(room)
        copy = replace(DOZEN[-1], outlet="ledger", url="https://ledger.example/again", minutes_ago=1)
        room.publish(
            replace(
                copy,
                title="Ships enter the basin",
                credit="The Harbour Gazette",
                body=copy.body.replace("eleven years", "twelve years") + "\n\nThe Ledger was told so twice.",
            )
        )
        _trouble(room, attack or "reset")
        _backfill(room, attack or "answered 404")
        while not room.follower.follow(1_000, NOW).is_current:
            continue
        watcher = watcher_from(Settings(), store, lambda: NOW)
        while watcher.step():
            continue
        channels = SqlChannelBook(room.engine)
        url = "mailto:desk@example.org"
        channel = channels.add(kind=ChannelKind.EMAIL, name="desk", url=url, secret="s" * 9, now=NOW, alerts=True)
        broken = channels.add(kind=ChannelKind.WEBHOOK, name="hook", url="https://h.example", secret="s", now=NOW)
        failed = {"now": NOW, "next_try_at": NOW + timedelta(hours=1), "status": 503, "error": "answered 503"}
        channels.failed(broken.id, broken.cursor, **failed, pause_reason="it fails since yesterday and is paused")
        access = access_of(room, lambda: NOW)
        access.audit.begin(who=f"desk {attack}", address=attack or None, what="POST /x", about=f"/x{attack}", now=NOW)
        feeds = SqlReaderFeedBook(room.engine)
        feeds.add(name="ledger", token=FEED_TOKEN, now=NOW, outlet_key="ledger", is_summary=True)
        desk = StoreChannelDesk(Settings(), store, lambda: NOW)
        given = {
            "access": access,
            "channels": channels,
            "channel_desk": desk,
            "saved_feeds": feeds,
            "replayer": replayer_of(room),
        }
        with serving(room, explainer=explainer_from(Settings(), store), **given) as site:
            yield ReadingRoom(room, site, ids, channel)


def _trouble(room: Pressroom, detail: str) -> None:
    """Addresses that came to nothing, a robots.txt that cannot be read, and a visit under way."""
    (source,) = room.crawl.sources_of(["ledger"])
    urls = [canonical_url(f"https://ledger.example/lost/{number}") for number in (1, 2)]
    report = VisitReport(
        source_id=source.id,
        started_at=NOW,
        finished_at=NOW,
        outcome=VisitOutcome.READ,
        next_due_at=NOW,
        candidates=tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in urls),
    )
    _, pending = room.crawl.record_visit(report)
    room.crawl.record_verdicts([Verdict(pending=each, at=NOW, reason=Reason.FAILED, detail=detail) for each in pending])
    began_at = (NOW - timedelta(seconds=40)).timestamp()
    worker = ProcessInfo(
        name=f"w {detail}"[:80],
        role="worker",
        pid=7,
        started_at=NOW,
        seen_at=NOW,
        figures={VISITING: {str(source.id): began_at}},
    )
    SqlProcessBook(room.engine).beat(worker)
    for origin in ("https://gazette.example", "https://ledger.example"):
        copy = RobotsCopy(
            origin=origin, fetched_at=NOW, status=200, body=detail.encode(), verdict="rules", detail=detail
        )
        SqlHostBook(room.engine).save_robots(copy)


def _backfill(room: Pressroom, problem: str) -> None:
    book = room.backfills
    backfill = book.start("gazette", NOW - timedelta(days=99), NOW - timedelta(days=66), NOW - timedelta(hours=1))
    pages = [PageToRead(kind=PageKind.SITEMAP, url=f"https://gazette.example/{n}.xml", rank=n) for n in range(2)]
    book.advance(backfill, BackfillStage.SITEMAPS, pages)
    first = book.next_page(backfill.id, NOW)
    assert first is not None
    book.record(backfill.id, PageRead(page=first, at=NOW, problem=problem))
