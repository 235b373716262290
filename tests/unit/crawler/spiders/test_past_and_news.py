"""A backfill never keeps the news of its domain waiting, and takes no more than its share."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.discovery.urls import fingerprint
from crawler.fetch.clocks import HostClocks
from crawler.session import Session
from crawler.spiders.frontier import Frontier
from storage.backfills import BackfillStage, Find, PageKind, PageRead, PageToRead
from storage.records import Candidate, Extraction, Reason, Verdict
from storage.recrawls import RecrawlWish
from tests.unit.crawler.spiders.taking import list_articles, queue_all, take, with_frontier

DOMAIN = "outlet0.example"
LIST = f"https://{DOMAIN}/sitemap.xml"


def find_past(session: Session, count: int) -> None:
    """A backfill of the first outlet has found so many addresses, and they are candidates."""
    now, book = datetime.now(UTC), session.store.backfills
    backfill = book.start("outlet-0", now - timedelta(days=60), now - timedelta(days=30), now)
    book.advance(backfill, BackfillStage.SITEMAPS, [PageToRead(kind=PageKind.SITEMAP, url=LIST)])
    page = book.next_page(backfill.id, now)
    assert page is not None
    urls = [f"https://{DOMAIN}/past/{n}" for n in range(count)]
    finds = tuple(
        Find(candidate=Candidate(url=url, key=fingerprint(url), found_url=url), rank=-n) for n, url in enumerate(urls)
    )
    book.record(backfill.id, PageRead(page=page, at=now, listed=count, finds=finds))
    assert book.feed(backfill, now, 20) == count


def with_pause(session: Session, pause_s: float) -> Session:
    return replace(session, clocks=HostClocks(session.store.hosts, delay_s=pause_s))


def order_again(session: Session, count: int) -> None:
    """So many articles of the first outlet are stored, and ordered to be fetched again."""
    list_articles(session, count, 0)
    now = datetime.now(UTC)
    stored = [
        Verdict(pending=pending, at=now, extraction=Extraction(title="Talks", body=pending.candidate.url))
        for pending in session.store.crawl.pending([DOMAIN], now, 50)
    ]
    assert len(session.store.crawl.record_verdicts(stored)) == count
    session.store.recrawls.start("all", RecrawlWish(), now)
    assert session.store.revisits.look(now, is_standing=False) == count


def test_news_go_before_what_is_asked_for_again(session: Session):
    order_again(session, 2)
    list_articles(session, 3, 0)  # one more than before

    async def test(frontier: Frontier) -> None:
        news = await take(frontier)
        assert not news.pending.is_revisit
        assert await take(frontier, 0.3) is None  # news are under way
        frontier.done(news)
        again = await take(frontier)
        assert (again.pending.is_again, again.pending.is_revisit) == (True, True)
        assert await take(frontier, 0.3) is None  # one at a time

    with_frontier(session, test)


def test_the_past_and_what_is_asked_for_again_take_turns(session: Session):
    order_again(session, 2)
    find_past(session, 2)

    async def test(frontier: Frontier) -> None:
        kinds = []
        for _ in range(4):
            work = await take(frontier)
            kinds.append(work.pending.is_revisit)
            ended = Verdict(pending=work.pending, at=datetime.now(UTC), reason=Reason.FAILED)
            session.store.crawl.record_verdicts([ended])
            frontier.done(work)
        assert kinds in ([True, False, True, False], [False, True, False, True])

    with_frontier(with_pause(session, 0.0), test)


def test_news_go_first_and_the_past_has_one_turn_at_a_time(session: Session):
    find_past(session, 3)
    list_articles(session, 2, 0)

    async def test(frontier: Frontier) -> None:
        news = [await take(frontier) for _ in range(2)]
        assert [work.pending.is_past for work in news] == [False, False]
        assert await take(frontier, 0.3) is None  # news are under way
        frontier.done(news[0])
        assert await take(frontier, 0.3) is None
        frontier.done(news[1])
        past = await take(frontier)
        assert past.pending.candidate.url.endswith("/past/2")  # the least rank
        assert await take(frontier, 0.3) is None  # one at a time
        queue_all(session)
        visits = [await take(frontier) for _ in range(6)]
        assert DOMAIN in {work.domain for work in visits}  # a visit need not wait for it

    with_frontier(session, test)


def test_the_past_leaves_as_much_time_as_it_took(session: Session):
    find_past(session, 2)

    async def test(frontier: Frontier) -> None:
        first = await take(frontier)
        begun = time.monotonic()
        frontier.done(first)
        second = await take(frontier)
        assert second.pending.is_past
        assert time.monotonic() - begun >= 1.0

    with_frontier(with_pause(session, 1.0), test)


def test_a_list_of_a_backfill_waits_for_the_news_and_goes_before_its_articles(session: Session):
    find_past(session, 2)
    list_articles(session, 1, 0)

    async def test(frontier: Frontier) -> None:
        news = await take(frontier)
        assert await frontier.go_back(LIST) is None
        frontier.done(news)
        assert await take(frontier, 0.3) is None  # its turn is kept for the list
        assert await frontier.go_back(LIST) == DOMAIN
        assert await take(frontier, 0.3) is None
        frontier.come_back(DOMAIN, LIST)
        assert (await take(frontier)).pending.is_past

    with_frontier(session, test)


def test_a_domain_of_another_worker_is_left_to_it(session: Session):
    session.store.queue.hold("theirs", [DOMAIN], datetime.now(UTC), timedelta(seconds=30))

    async def test(frontier: Frontier) -> None:
        assert await frontier.go_back(LIST) is None

    with_frontier(session, test)
