"""A worker's frontier at work: six outlets, what they list, and what is handed out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.discovery.urls import fingerprint, registrable_domain
from crawler.items import Work
from crawler.session import Session
from crawler.spiders.frontier import Frontier
from storage.records import Candidate, Outlet, OutletSource, SourceKind, VisitOutcome, VisitReport

LEASE = timedelta(seconds=30)
OUTLETS = [
    Outlet(
        key=f"outlet-{n}",
        name=f"Outlet {n}",
        home_url=f"https://outlet{n}.example/",
        sources=(OutletSource(kind=SourceKind.FEED, url=f"https://outlet{n}.example/feed"),),
    )
    for n in range(6)
]


def queue_all(session: Session) -> None:
    """Makes all sources due and queues them."""
    now = datetime.now(UTC)
    sources = session.store.crawl.sources_of([outlet.key for outlet in OUTLETS])
    session.store.queue.put((source.id, registrable_domain(source.url), now) for source in sources)


def list_articles(session: Session, count: int, outlet: int) -> None:
    """Records a visit that found so many articles."""
    urls = [f"https://outlet{outlet}.example/{n}" for n in range(count)]
    candidates = tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in urls)
    visit(session, outlet, due=datetime.now(UTC) + timedelta(days=1), candidates=candidates)


def visit(session: Session, outlet: int, *, due: datetime, **found: Any) -> int:
    """Records a visit of an outlet's source, which is due then once more. Returns its id."""
    (source,) = session.store.crawl.sources_of([f"outlet-{outlet}"])
    now, read = datetime.now(UTC), VisitOutcome.READ
    session.store.crawl.record_visit(
        VisitReport(source_id=source.id, started_at=now, finished_at=now, outcome=read, next_due_at=due, **found)
    )
    return source.id


def with_frontier(session: Session, test: Callable[[Frontier], Awaitable[None]]) -> None:
    async def run() -> None:
        frontier = Frontier(session)
        await frontier.begin()
        try:
            await asyncio.wait_for(test(frontier), 30)
        finally:
            await frontier.end()

    asyncio.run(run())


async def take(frontier: Frontier, within_s: float = 3.0) -> Work | None:
    """The next work, None when there is none in time."""
    try:
        return await asyncio.wait_for(frontier.next(), within_s)
    except TimeoutError:
        return None


def jobs_of(session: Session, worker: str) -> list[int]:
    later = datetime.now(UTC) + timedelta(seconds=1)
    return [job.source_id for job in session.store.queue.take(worker, 100, later, LEASE)]
