"""What hubs push, between visits that are due."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from control.pacing import Pacing
from control.scheduler import queue_due
from control.settings import Settings
from crawler.items import VisitWork
from crawler.session import Session
from crawler.spiders.frontier import Frontier
from storage.records import HubLink
from tests.unit.crawler.spiders.taking import OUTLETS, take, visit, with_frontier


def push(session: Session, outlet: int, *, due: datetime) -> int:
    """Something pushed for an outlet's source, which is due then. Returns its id."""
    source_id = visit(session, outlet, due=due, hub=HubLink(hub="https://hub.example/"))
    now, hubs = datetime.now(UTC), session.store.subscriptions
    (held,) = hubs.subscriptions([f"outlet-{outlet}"])
    hubs.keep(held, b"<rss/>", None, None, now)
    session.store.paces.set_due({source_id: due}, "for a test", now)
    return source_id


def test_a_push_is_read_when_it_comes_but_stops_no_visit_that_is_due(session: Session):
    now = datetime.now(UTC)
    pushed = {
        push(session, 0, due=now + timedelta(hours=1)): True,
        push(session, 1, due=now - timedelta(hours=1)): False,
    }
    others = [outlet.key for outlet in OUTLETS[2:]]
    later = {each.id: now + timedelta(hours=1) for each in session.store.crawl.sources_of(others)}
    session.store.paces.set_due(later, "for a test", now)
    queue_due(session.store, now, Pacing(session.store, Settings()))

    async def test(frontier: Frontier) -> None:
        works = [await take(frontier), await take(frontier)]
        found = {work.source.id: work.push_id is not None for work in works if isinstance(work, VisitWork)}
        assert found == pushed

    with_frontier(session, test)


def test_a_job_of_a_push_that_is_read_already_asks_no_host_that_its_lease_is_not_of(session: Session):
    (source,) = session.store.crawl.sources_of(["outlet-0"])
    session.store.queue.put([(source.id, "elsewhere.example", datetime.now(UTC))])

    async def test(frontier: Frontier) -> None:
        assert await take(frontier, 1.5) is None
        assert session.store.queue.depth_of([source.id]) == 0

    with_frontier(session, test)


def test_a_visit_asked_for_by_command_is_none_of_a_push(session: Session):
    push(session, 0, due=datetime.now(UTC) + timedelta(hours=1))

    async def run() -> None:
        frontier = Frontier(session, ["outlet-0"])
        await frontier.begin()
        work = await take(frontier)
        assert isinstance(work, VisitWork)
        assert work.push_id is None
        await frontier.end()

    asyncio.run(run())
