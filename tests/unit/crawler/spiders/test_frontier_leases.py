"""No work without a lease, and no lease without work."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from crawler.fetch.errors import LeaseRanOut
from crawler.session import Session
from crawler.spiders.frontier import Frontier
from tests.unit.crawler.spiders.taking import jobs_of, list_articles, queue_all, take, with_frontier


def test_a_domain_lost_to_another_worker_is_worked_on_no_more(session: Session, tmp_path: Path):
    for outlet in range(2):
        list_articles(session, 10, outlet)

    async def test(frontier: Frontier) -> None:
        under_way = [await take(frontier) for _ in range(4)]
        with sqlite3.connect(tmp_path / "presswatch.sqlite3") as other:  # as after a sleep longer than the lease
            other.execute("UPDATE domain_leases SET worker = 'another' WHERE domain = 'outlet0.example'")
        await frontier._renew_leases()
        for work in under_way:
            frontier.done(work)
        following = [await take(frontier, 1.5) for _ in range(3)]
        assert {work.domain for work in following if work} == {"outlet1.example"}

    with_frontier(session, test)


def test_nothing_is_handed_out_once_the_leases_have_run_out(session: Session):
    list_articles(session, 10, 0)

    async def test(frontier: Frontier) -> None:
        assert await take(frontier) is not None
        session.clocks.leases.last_until(0.0)
        assert await take(frontier, 0.5) is None
        await frontier._renew_leases()
        frontier._change.set()
        assert await take(frontier) is not None

    with_frontier(session, test)


def test_a_request_that_waited_while_its_lease_went_is_not_sent(session: Session, tmp_path: Path):
    list_articles(session, 3, 0)
    host = "outlet0.example"

    async def test(frontier: Frontier) -> None:
        assert await take(frontier) is not None
        await session.clocks.enter(host)  # one is being answered
        waiting = asyncio.create_task(session.clocks.enter(host))
        await asyncio.sleep(0)
        with sqlite3.connect(tmp_path / "presswatch.sqlite3") as other:
            other.execute("UPDATE domain_leases SET worker = 'another'")
        await frontier._renew_leases()
        session.clocks.leave(host)
        with pytest.raises(LeaseRanOut):
            await waiting
        assert await asyncio.to_thread(jobs_of, session, "ours") == []
        with sqlite3.connect(tmp_path / "presswatch.sqlite3") as other:
            other.execute("UPDATE domain_leases SET worker = 'ours'")
        assert await take(frontier) is not None  # it was looked for again
        await session.clocks.enter(host)

    with_frontier(session, test)


def test_no_request_is_sent_once_all_leases_have_run_out(session: Session):
    async def test(frontier: Frontier) -> None:
        session.clocks.leases.last_until(0.0)
        with pytest.raises(LeaseRanOut):
            await session.clocks.enter("outlet0.example")
        await frontier._renew_leases()
        await session.clocks.enter("outlet0.example")

    with_frontier(session, test)


def test_jobs_whose_handing_out_was_not_heard_of_come_again(session: Session, tmp_path: Path):
    """As when the connection breaks after the store has committed."""

    async def test(frontier: Frontier) -> None:
        await asyncio.sleep(0.1)
        with sqlite3.connect(tmp_path / "presswatch.sqlite3") as other:
            other.execute("INSERT INTO visit_jobs SELECT id, 'd' || id, 0, 'ours', 1, 1 FROM sources")
            other.execute("ALTER TABLE visit_jobs RENAME TO away")
        assert await take(frontier, 1.5) is None
        with sqlite3.connect(tmp_path / "presswatch.sqlite3") as other:
            other.execute("ALTER TABLE away RENAME TO visit_jobs")
        assert len([await take(frontier) for _ in range(6)]) == 6

    with_frontier(session, test)


def test_domains_without_work_are_free_for_others(session: Session):
    queue_all(session)

    async def test(frontier: Frontier) -> None:
        for work in [await take(frontier) for _ in range(6)]:
            session.store.queue.drop(work.job)
            frontier.done(work)
        await frontier._renew_leases()
        queue_all(session)
        frontier._stopping = True  # else it would be as quick
        assert len(jobs_of(session, "another")) == 6

    with_frontier(session, test)


def test_at_the_end_everything_is_handed_back(session: Session):
    queue_all(session)

    async def test(frontier: Frontier) -> None:
        assert [await take(frontier) for _ in range(6)]
        assert jobs_of(session, "another") == []

    with_frontier(session, test)
    assert len(jobs_of(session, "another")) == 6


def test_a_predecessor_of_the_same_name_that_died_leaves_nothing_behind(session: Session):
    queue_all(session)
    assert len(jobs_of(session, "ours")) == 6

    async def test(frontier: Frontier) -> None:
        assert len([await take(frontier) for _ in range(6)]) == 6

    with_frontier(session, test)
