"""Re-visits and re-crawls, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from storage.errors import UnknownRecrawl
from storage.records import PendingCandidate, Reason, RevisitPolicy, RevisitWish
from storage.recrawls import RecrawlState, RecrawlWish
from storage.sql.crawl import SqlCrawlStore
from storage.sql.engine import open_engine, reading
from storage.sql.outlets import SqlOutletBook
from storage.sql.recrawls import SqlRecrawlBook
from storage.sql.revisit_opening import due_lanes
from storage.sql.revisits import SqlRevisitBook
from storage.sql.schema import candidates
from tests.contract.conftest import domain_of
from tests.contract.sample_records import HOUR, NOW, captured, extraction, listed, outlet, verdict

DAY = 24 * HOUR
URLS = tuple(f"https://jpost.example/2026/article-{number}" for number in range(30))
POLICY = RevisitPolicy(ages_s=(3600, 86_400), a_day=8)


@pytest.fixture
def revisits(engine: Engine) -> SqlRevisitBook:
    return SqlRevisitBook(engine=engine, domain_of=domain_of, policy=POLICY)


@pytest.fixture
def recrawls(engine: Engine) -> SqlRecrawlBook:
    return SqlRecrawlBook(engine=engine)


def _stored(crawl: SqlCrawlStore, book: SqlOutletBook, bodies, *urls: str) -> list[int]:
    pending = listed(crawl, book, *urls)
    verdicts = [
        captured(verdict(each, extraction(f"Words of {each.candidate.url}.", published=None)), bodies)
        for each in pending
    ]
    return [stored.article_id or 0 for stored in crawl.record_verdicts(verdicts)]


def _pending(crawl: SqlCrawlStore, at) -> list[PendingCandidate]:
    return crawl.pending(["jpost.example"], at, 1_000)


def _end(crawl: SqlCrawlStore, at, reason: Reason = Reason.UNCHANGED) -> list[PendingCandidate]:
    found = _pending(crawl, at)
    crawl.record_verdicts([verdict(each, at=at, reason=reason, detail="answered") for each in found])
    return found


def test_an_article_is_asked_for_again_at_each_age_and_each_answer_is_noted(revisits, crawl, book, bodies):
    (article,) = _stored(crawl, book, bodies, URLS[0])
    assert revisits.look(NOW) == 0
    assert revisits.look(NOW + HOUR / 2) == 0
    assert revisits.look(NOW + HOUR) == 1
    assert revisits.look(NOW + HOUR) == 0  # it is being asked for
    (pending,) = _end(crawl, NOW + HOUR)
    assert (pending.is_again, pending.is_revisit, pending.a_day, pending.article_id) == (True, True, 8, article)
    assert revisits.look(NOW + 2 * HOUR) == 0
    assert revisits.look(NOW + DAY) == 1
    (pending,) = _pending(crawl, NOW + DAY)
    crawl.record_verdicts([captured(verdict(pending, extraction("Other words."), at=NOW + DAY), bodies)])
    assert revisits.look(NOW + 400 * DAY) == 0  # those were all ages
    made = revisits.revisits_of(article)
    assert [(each.at, each.reason, each.recrawl_id) for each in made] == [
        (NOW + DAY, Reason.REVISED, None),
        (NOW + HOUR, Reason.UNCHANGED, None),
    ]


def test_an_article_that_was_not_there_is_looked_for_again_after_a_day_and_ever_later(revisits, crawl, book, bodies):
    _stored(crawl, book, bodies, URLS[0])
    revisits.look(NOW)
    at = NOW + HOUR
    for days in (1, 7, 30, 180):
        assert revisits.look(at) == 1
        _end(crawl, at, Reason.REDIRECT_LOOP)
        revisits.look(at)
        assert revisits.look(at + (days - 0.1) * DAY) == 0
        at += days * DAY
    assert revisits.look(at) == 1
    _end(crawl, at, Reason.REDIRECT_LOOP)
    assert revisits.look(at + 4_000 * DAY) == 0


def test_no_host_is_asked_more_than_its_cap_a_day_and_nothing_is_forgotten(revisits, crawl, book, bodies):
    ids = _stored(crawl, book, bodies, *URLS)
    revisits.look(NOW)
    asked: dict[int, int] = {}
    for hour in range(1, 24 * 9):
        at = NOW + hour * HOUR
        revisits.look(at)
        for pending in _pending(crawl, at):
            if revisits.claim("jpost.example", 8, at):
                day = (at - NOW.replace(hour=0)).days
                asked[day] = asked.get(day, 0) + 1
                crawl.record_verdicts([verdict(pending, at=at, reason=Reason.UNCHANGED)])
    assert max(asked.values()) == 8
    assert all(revisits.revisits_of(article) for article in ids)


def test_a_claim_beyond_the_cap_is_refused_until_the_next_day(revisits):
    claims = [revisits.claim("jpost.example", 2, NOW) for _ in range(3)]
    assert claims == [True, True, False]
    assert revisits.claim("www.jpost.example", 2, NOW)
    assert revisits.claim("jpost.example", 2, NOW + DAY)
    assert not revisits.claim("jpost.example", 0, NOW + 2 * DAY)


def test_a_few_are_asked_for_at_a_time_so_that_new_articles_are_not_behind_old_ones(engine, crawl, book, bodies):
    revisits = SqlRevisitBook(engine=engine, domain_of=domain_of, policy=replace(POLICY, a_day=1_000))
    _stored(crawl, book, bodies, *URLS)
    revisits.look(NOW)
    assert revisits.look(NOW + HOUR) == 20
    assert revisits.look(NOW + HOUR) == 0


def test_articles_of_a_paused_outlet_are_not_asked_for(revisits, recrawls, crawl, book, bodies):
    _stored(crawl, book, bodies, URLS[0])
    revisits.look(NOW)
    book.set_paused("jpost", True, NOW)
    recrawls.start("all", RecrawlWish(), NOW)
    assert revisits.look(NOW + DAY) == 0
    book.set_paused("jpost", False, NOW)
    assert revisits.look(NOW + DAY) == 1


def test_an_order_changes_when_articles_are_due_and_its_cost_is_told_before(revisits, crawl, book, bodies, event_log):
    _stored(crawl, book, bodies, *URLS[:10])
    revisits.look(NOW)
    wish = RevisitWish(ages_s=(7200, 30 * 86_400), a_day=100)
    cost = revisits.cost("jpost", wish, NOW + DAY)
    assert (cost.articles_a_day, cost.mean_a_day, cost.a_day) == (
        pytest.approx(1 / 3),
        pytest.approx((30 * 1 / 3 + 10) / 30),
        100,
    )
    assert revisits.standing("jpost", NOW).ordered == RevisitWish()
    policy = revisits.order("jpost", wish, NOW, "command")
    assert policy == RevisitPolicy(ages_s=(7200, 30 * 86_400), a_day=100)
    assert event_log.since(0, 1_000)[-1].payload["what"] == "revisits"
    revisits.look(NOW)  # plans anew
    assert revisits.look(NOW + HOUR) == 0
    assert revisits.look(NOW + 2 * HOUR) == 10
    assert revisits.order("jpost", RevisitWish(a_day=0), NOW, "command").is_on is False


def test_an_outlets_file_tells_when_its_articles_are_asked_for(revisits, crawl, book, bodies):
    book.load([outlet("jpost", revisit_ages_s=(600,), revisits_a_day=3)], "added", NOW)
    _stored(crawl, book, bodies, *URLS[:5])
    revisits.look(NOW)
    assert revisits.standing("jpost", NOW).policy == RevisitPolicy(ages_s=(600,), a_day=3)
    assert revisits.look(NOW + timedelta(minutes=10)) == 3


def test_a_recrawl_fetches_what_was_chosen_and_tells_how_far_it_is(revisits, recrawls, crawl, book, bodies):
    _stored(crawl, book, bodies, *URLS[:3])
    wish = RecrawlWish(outlet_keys=("jpost",), published_from=NOW - HOUR, published_before=NOW + HOUR)
    assert [(share.host, share.articles) for share in recrawls.hosts(wish, NOW)] == [("jpost.example", 3)]
    order = recrawls.start("--outlet jpost", wish, NOW)
    assert (order.articles, order.outlet_keys, order.state) == (3, ("jpost",), RecrawlState.RUNNING)
    assert recrawls.start("--outlet jpost", wish, NOW).id == order.id  # it goes on
    assert revisits.look(NOW, is_standing=False) == 3
    assert [(each.is_revisit, each.a_day) for each in _end(crawl, NOW + HOUR)] == [(True, None)] * 3
    revisits.look(NOW + HOUR, is_standing=False)
    progress = recrawls.progress(order.id, NOW + HOUR)
    assert (progress.ended, progress.waiting) == ((("unchanged", 3),), 0)
    assert (progress.recrawl.state, progress.recrawl.ended_at) == (RecrawlState.DONE, NOW + HOUR)
    assert not recrawls.is_left(["jpost"])


def test_a_recrawl_under_the_cap_takes_half_of_a_hosts_day_and_goes_on_the_next(
    revisits, recrawls, crawl, book, bodies
):
    _stored(crawl, book, bodies, *URLS)
    order = recrawls.start("all", RecrawlWish(), NOW, is_capped=True)
    assert recrawls.recrawls(1)[0].is_capped
    asked: dict[int, int] = {}
    for hour in range(24 * 9):
        at = NOW + hour * HOUR
        revisits.look(at, is_standing=False)
        for pending in _pending(crawl, at):
            assert pending.a_day == 4
            assert revisits.claim("jpost.example", 4, at)  # what is opened may be sent
            asked[(at - NOW.replace(hour=0)).days] = asked.get((at - NOW.replace(hour=0)).days, 0) + 1
            crawl.record_verdicts([verdict(pending, at=at, reason=Reason.UNCHANGED)])
    assert list(asked.values()) == [4] * 7 + [2]
    assert recrawls.progress(order.id, NOW + 9 * DAY).recrawl.state is RecrawlState.DONE


def test_two_who_order_the_same_at_once_give_one_order(recrawls, crawl, book, bodies):
    _stored(crawl, book, bodies, *URLS[:3])
    at_once = threading.Barrier(4)

    def order(_: int) -> int:
        at_once.wait()
        return recrawls.start("--outlet jpost", RecrawlWish(outlet_keys=("jpost",)), NOW).id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(order, range(4)))) == 1
    (only,) = recrawls.recrawls(9)
    assert only.articles == 3


def test_network_failures_never_end_the_revisits_of_an_article(revisits, crawl, book, bodies):
    _stored(crawl, book, bodies, URLS[0])
    revisits.look(NOW)
    at = NOW + HOUR
    for days in (1, 7, 30, 30, 30, 30):
        assert revisits.look(at) == 1
        _end(crawl, at, Reason.FAILED)
        revisits.look(at)
        assert revisits.look(at + (days - 0.1) * DAY) == 0
        at += days * DAY
    assert revisits.look(at) == 1
    _end(crawl, at)
    revisits.look(at)
    assert revisits.look(at + 400 * DAY) == 0  # it was there, and past its last age


def test_a_recrawl_is_stopped_and_goes_on(revisits, recrawls, crawl, book, bodies):
    _stored(crawl, book, bodies, *URLS[:25])
    order = recrawls.start("all", RecrawlWish(), NOW)
    assert revisits.look(NOW, is_standing=False) == 20
    assert [each.id for each in recrawls.stop(None, NOW)] == [order.id]
    _end(crawl, NOW)
    assert revisits.look(NOW, is_standing=False) == 0
    progress = recrawls.progress(order.id, NOW)
    assert (progress.done, progress.waiting, progress.recrawl.state) == (20, 5, RecrawlState.STOPPED)
    recrawls.resume(order.id)
    assert revisits.look(NOW, is_standing=False) == 5
    with pytest.raises(UnknownRecrawl, match="recrawl --status"):
        recrawls.resume(order.id + 1)


def test_what_waits_for_a_second_look_keeps_nothing_else_from_its_turn(revisits, recrawls, crawl, book, bodies):
    _stored(crawl, book, bodies, *URLS)
    order = recrawls.start("all", RecrawlWish(), NOW)
    assert revisits.look(NOW, is_standing=False) == 20
    assert len(_end(crawl, NOW, Reason.GONE)) == 20
    assert revisits.look(NOW, is_standing=False) == 10
    progress = recrawls.progress(order.id, NOW)
    assert (progress.done, progress.under_way) == (0, 30)
    assert not recrawls.is_left(["jpost"])
    recrawls.start("again", RecrawlWish(), NOW)  # a person does not wait for the second look
    revisits.look(NOW, is_standing=False)
    assert len(_pending(crawl, NOW)) == 20


def test_one_fetch_serves_the_policy_and_every_order(revisits, recrawls, crawl, book, bodies):
    (article,) = _stored(crawl, book, bodies, URLS[0])
    revisits.look(NOW)
    first, second = (recrawls.start(words, RecrawlWish(article_ids=(article,)), NOW).id for words in ("a", "b"))
    assert revisits.look(NOW + HOUR) == 1
    _end(crawl, NOW + HOUR)
    assert revisits.look(NOW + HOUR) == 0
    states = {recrawls.progress(number, NOW).recrawl.state for number in (first, second)}
    assert states == {RecrawlState.DONE}
    assert revisits.look(NOW + 2 * HOUR) == 0


def test_what_is_due_is_found_by_an_index(sqlite_url: str):
    engine = open_engine(sqlite_url)
    query = due_lanes(NOW).compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    engine.dispose()
    of_plans = [step for step in plan if "revisit_plans" in step]
    assert of_plans == ["SEARCH revisit_plans USING INDEX ix_revisit_plans_due (outlet_key=? AND host=? AND due_at<?)"]


def test_an_article_whose_own_address_was_never_a_candidate_is_asked_for_there(engine, recrawls, crawl, book, bodies):
    revisits = SqlRevisitBook(engine=engine, domain_of=domain_of, policy=POLICY)
    (pending,) = listed(crawl, book, "https://jpost.example/amp/article")
    own = "https://jpost.example/2026/article"
    read = captured(verdict(pending, extraction(), article_url=own, article_key=77, is_variant=True), bodies)
    crawl.record_verdicts([read])
    recrawls.start("all", RecrawlWish(), NOW)
    revisits.look(NOW, is_standing=False)
    (again,) = _pending(crawl, NOW)
    assert (again.candidate.url, again.candidate.key, again.is_again) == (own, 77, True)
    with reading(engine) as connection:
        assert connection.execute(select(candidates.c.state).order_by(candidates.c.id)).scalars().all() == [
            "done",
            "pending",
        ]
