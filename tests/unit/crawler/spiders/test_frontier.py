"""What is handed out next: in turns, and never lost."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from crawler.discovery.urls import fingerprint
from crawler.items import ArticleWork, VisitWork, Work
from crawler.session import Session
from crawler.spiders import frontier as window
from crawler.spiders.frontier import Frontier
from storage.records import Reason, Verdict
from tests.unit.crawler.spiders.taking import LEASE, OUTLETS, jobs_of, list_articles, queue_all, take, with_frontier


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


def test_a_crawl_does_not_end_before_what_was_found_a_moment_ago(session: Session):
    list_articles(session, 1, 0)

    async def test() -> None:
        frontier = Frontier(session, ["outlet-0", "outlet-1"], visits=False)
        await frontier.begin()
        work = await take(frontier)
        later = datetime.now(UTC) + timedelta(hours=1)
        session.store.crawl.record_verdicts([Verdict(pending=work.pending, at=datetime.now(UTC), retry_at=later)])
        frontier._backlog._ask_at = time.monotonic() + 0.5  # its last answer holds for so long
        list_articles(session, 1, 1)
        frontier.done(work)
        assert await take(frontier, 10.0) is not None
        await frontier.end()

    asyncio.run(test())


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


def test_a_source_paused_meanwhile_is_not_visited(session: Session):
    queue_all(session)
    session.store.outlets.set_paused("outlet-3", True, datetime.now(UTC))

    async def test(frontier: Frontier) -> None:
        visits = [await take(frontier, 1.5) for _ in range(6)]
        assert {work.outlet.key for work in visits if work} == {f"outlet-{n}" for n in range(6) if n != 3}

    with_frontier(session, test)
    assert session.store.queue.depth() == 5


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


def test_what_a_visit_found_comes_while_its_domain_is_still_at_work(session: Session):
    list_articles(session, 2, 0)

    async def test(frontier: Frontier) -> None:
        first, second = await take(frontier), await take(frontier)
        list_articles(session, 3, 0)
        frontier.look()
        _end(session, first)
        frontier.done(first)
        third = await take(frontier)
        assert third.pending.candidate.url == "https://outlet0.example/2"
        frontier.done(second)
        frontier.done(third)

    with_frontier(session, test)


def test_a_domain_that_had_no_more_is_not_asked_for_again_while_it_is_at_work(session: Session):
    list_articles(session, 2, 0)
    asked = _counting(session)

    async def test(frontier: Frontier) -> None:
        first, second = await take(frontier), await take(frontier)
        before = asked()
        for _ in range(5):
            frontier._look.set()
            await asyncio.sleep(0.05)
        assert asked() == before
        for work in (first, second):
            frontier.done(work)

    with_frontier(session, test)


def _counting(session: Session) -> Callable[[], int]:
    """How often candidates were looked up."""
    statements: list[str] = []

    @event.listens_for(session.store.crawl._engine, "before_cursor_execute")
    def note(_conn, _cursor, statement: str, *_: object) -> None:
        statements.append(statement)

    return lambda: sum("candidates.domain = " in statement and "LIMIT" in statement for statement in statements)
