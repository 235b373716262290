"""What is handed out next: in turns, under leases, and never lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.pacing import Pacing
from control.scheduler import queue_due
from control.settings import Settings
from crawler.discovery.urls import fingerprint, registrable_domain
from crawler.fetch.clocks import HostClocks
from crawler.fetch.errors import LeaseRanOut
from crawler.items import ArticleWork, VisitWork, Work
from crawler.session import Session
from crawler.spiders import frontier as window
from crawler.spiders.frontier import Frontier
from storage.records import (
    Candidate,
    HubLink,
    Outlet,
    OutletSource,
    Reason,
    SourceKind,
    Verdict,
    VisitOutcome,
    VisitReport,
)
from storage.store import open_store
from tests.stores import lay_store

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
    store.outlets.load(OUTLETS, "shipped", datetime.now(UTC))
    yield Session(
        store=store,
        clocks=HostClocks(store.hosts, delay_s=0),
        worker="ours",
        first_look_days=3,
        retry_delays_s=(1.0,),
    )
    store.close()


def queue_all(session: Session) -> None:
    """Makes all sources due and queues them."""
    now = datetime.now(UTC)
    sources = session.store.crawl.sources_of([outlet.key for outlet in OUTLETS])
    session.store.queue.put((source.id, registrable_domain(source.url), now) for source in sources)


def list_articles(session: Session, count: int, outlet: int) -> None:
    """Records a visit that found so many articles."""
    (source,) = session.store.crawl.sources_of([f"outlet-{outlet}"])
    urls = [f"https://outlet{outlet}.example/{n}" for n in range(count)]
    now = datetime.now(UTC)
    session.store.crawl.record_visit(
        VisitReport(
            source_id=source.id,
            started_at=now,
            finished_at=now,
            outcome=VisitOutcome.READ,
            next_due_at=now + timedelta(days=1),
            candidates=tuple(Candidate(url=url, key=fingerprint(url), found_url=url) for url in urls),
        )
    )


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


def test_domains_take_turns_and_have_at_most_two_under_way(session: Session):
    for outlet in range(3):
        list_articles(session, 10, outlet)

    async def test(frontier: Frontier) -> None:
        first = [await take(frontier) for _ in range(6)]
        assert Counter(work.domain for work in first) == {f"outlet{n}.example": 2 for n in range(3)}
        assert await take(frontier, 0.3) is None
        frontier.done(first[0])
        following = await take(frontier)
        assert following.domain == first[0].domain

    with_frontier(session, test)


def test_a_visit_that_a_worker_may_have_died_of_is_counted_when_it_begins(session: Session, tmp_path: Path):
    def counts() -> list[int]:
        with sqlite3.connect(tmp_path / "presswatch.sqlite3") as store:
            return [count for (count,) in store.execute("SELECT deliveries FROM visit_jobs ORDER BY deliveries")]

    queue_all(session)
    assert len(jobs_of(session, "dead")) == len(OUTLETS)
    session.store.queue.forget_worker("dead")

    async def test(frontier: Frontier) -> None:
        for begun in range(1, 4):
            work = await take(frontier)
            assert work.job.is_suspect
            assert counts() == [1] * (len(OUTLETS) - begun) + [2] * begun


def test_what_waits_to_be_stored_takes_nobodys_turn_and_its_domain_stays_ours(session: Session):
    list_articles(session, 3, 0)

    async def test(frontier: Frontier) -> None:
        first, second = await take(frontier), await take(frontier)
        frontier.hand_on(first, None)
        third = await take(frontier)
        assert {work.pending.id for work in (first, second, third)} == {1, 2, 3}
        for work in (second, third):
            frontier.hand_on(work, None)
        assert frontier.at_work == 1, "of one domain two may wait to be stored, which is what a crash costs it"
        await frontier._renew_leases()
        assert not session.store.queue.hold("another", ["outlet0.example"], datetime.now(UTC), LEASE)
        for work in (first, second, third):
            _end(session, work)
            frontier.done(work)
        await frontier._renew_leases()
        assert session.store.queue.hold("another", ["outlet0.example"], datetime.now(UTC), LEASE)

    with_frontier(session, test)


def test_another_address_of_what_waits_to_be_stored_is_not_begun_before_it_is(session: Session):
    list_articles(session, 3, 0)

    async def test(frontier: Frontier) -> None:
        first, second = await take(frontier), await take(frontier)
        frontier.hand_on(first, fingerprint("https://outlet0.example/2"))
        assert await take(frontier, 0.3) is None
        frontier.done(first)
        third = await take(frontier)
        assert third.pending.candidate.url == "https://outlet0.example/2"
        frontier.done(second)

    with_frontier(session, test)


def test_what_was_handed_on_and_could_not_be_stored_comes_again(session: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(window, "_GIVEN_BACK_FOR_S", 0.1)
    list_articles(session, 1, 0)

    async def test(frontier: Frontier) -> None:
        work = await take(frontier)
        frontier.hand_on(work, None)
        frontier.give_back(work)
        again = await take(frontier)
        assert again.pending.id == work.pending.id
        frontier.done(again)
        assert (frontier.at_work, frontier.size) == (0, 0)

    with_frontier(session, test)


def test_a_long_queue_of_one_domain_does_not_hold_the_others_up(session: Session):
    list_articles(session, 200, 0)
    list_articles(session, 1, 1)

    async def test(frontier: Frontier) -> None:
        early = {(await take(frontier)).domain for _ in range(3)}
        assert early == {"outlet0.example", "outlet1.example"}

    with_frontier(session, test)


def test_everything_is_handed_out_once(session: Session):
    queue_all(session)
    for outlet in range(6):
        list_articles(session, 30, outlet)

    async def test(frontier: Frontier) -> None:
        seen: Counter[object] = Counter()
        under_way: list[Work] = []
        while work := await take(frontier, 1.5):
            seen[work.pending.id if isinstance(work, ArticleWork) else ("job", work.job.source_id)] += 1
            under_way.append(work)
            if len(under_way) > 4:
                frontier.done(finished := under_way.pop(0))
                if isinstance(finished, ArticleWork):
                    _end(session, finished)
            if len(seen) == 186:
                break
        assert len(seen) == 186
        assert [what for what, times in seen.items() if times > 1] == []

    with_frontier(session, test)


def test_visits_under_way_are_told_until_they_are_done_or_given_back(session: Session):
    queue_all(session)

    async def test(frontier: Frontier) -> None:
        assert frontier.begun == {}
        done, given_back = await take(frontier), await take(frontier)
        ids = {work.source.id for work in (done, given_back) if isinstance(work, VisitWork)}
        assert frontier.begun.keys() == ids
        assert all(abs(at - datetime.now(UTC).timestamp()) < 60 for at in frontier.begun.values())
        frontier.done(done)
        frontier.give_back(given_back)
        assert frontier.begun == {}

    with_frontier(session, test)


def _end(session: Session, work: ArticleWork) -> None:
    verdict = Verdict(pending=work.pending, at=datetime.now(UTC), reason=Reason.GONE)
    session.store.crawl.record_verdicts([verdict])


def test_what_could_not_be_done_comes_again_but_not_at_once(session: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(window, "_GIVEN_BACK_FOR_S", 1.0)
    queue_all(session)
    list_articles(session, 1, 0)

    async def test(frontier: Frontier) -> None:
        first = [await take(frontier) for _ in range(7)]
        for work in first:
            frontier.give_back(work)
        assert await take(frontier, 0.5) is None
        again = [await take(frontier) for _ in range(7)]
        assert {_identity(work) for work in again} == {_identity(work) for work in first}

    with_frontier(session, test)


def _identity(work: Work) -> tuple[str, int]:
    return ("article", work.pending.id) if isinstance(work, ArticleWork) else ("visit", work.job.source_id)


def test_jobs_taken_while_the_store_fails_are_not_lost(session: Session, tmp_path: Path):
    queue_all(session)
    with sqlite3.connect(tmp_path / "presswatch.sqlite3") as other:
        other.execute("ALTER TABLE outlets RENAME TO outlets_away")

    async def test(frontier: Frontier) -> None:
        assert await take(frontier, 2.5) is None
        with sqlite3.connect(tmp_path / "presswatch.sqlite3") as other:
            other.execute("ALTER TABLE outlets_away RENAME TO outlets")
        visits = [await take(frontier, 5) for _ in range(6)]
        assert {type(work) for work in visits} == {VisitWork}

    with_frontier(session, test)


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


def test_a_source_paused_meanwhile_is_not_visited(session: Session):
    queue_all(session)
    session.store.outlets.set_paused("outlet-3", True, datetime.now(UTC))

    async def test(frontier: Frontier) -> None:
        visits = [await take(frontier, 1.5) for _ in range(6)]
        assert {work.outlet.key for work in visits if work} == {f"outlet-{n}" for n in range(6) if n != 3}

    with_frontier(session, test)
    assert session.store.queue.depth() == 5


def push(session: Session, outlet: int, *, due: datetime) -> int:
    """Something pushed for an outlet's source, which is due then."""
    (source,) = session.store.crawl.sources_of([f"outlet-{outlet}"])
    now, hubs = datetime.now(UTC), session.store.subscriptions
    session.store.crawl.record_visit(
        VisitReport(
            source_id=source.id,
            started_at=now,
            finished_at=now,
            outcome=VisitOutcome.READ,
            next_due_at=due,
            hub=HubLink(hub="https://hub.example/"),
        )
    )
    (held,) = hubs.subscriptions([f"outlet-{outlet}"])
    hubs.keep(held, b"<rss/>", None, None, now)
    session.store.paces.set_due({source.id: due}, "for a test", now)
    return source.id


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


def test_a_host_with_many_candidates_fills_a_small_window_and_the_rest_waits_in_the_store(session: Session):
    """Fails with _WINDOW_A_DOMAIN at 6000."""
    list_articles(session, 900, 0)
    list_articles(session, 5, 1)

    async def test(frontier: Frontier) -> None:
        taken, most = [], 0
        for _ in range(200):
            work = await take(frontier)
            assert isinstance(work, ArticleWork)
            most = max(most, frontier.size)
            taken.append(work)
            frontier.done(work)
        assert most <= 2 * 60 + 5  # the window of the one, refilled while its last are under way, and the other's
        assert len({work.pending.id for work in taken}) > 60

    with_frontier(session, test)
    assert session.store.crawl.pending_count()[0] == 905
