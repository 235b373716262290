"""Host clocks: a delay between requests, one at a time, and rest when a host asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.fetch.clocks import PAUSE, HostClocks
from crawler.fetch.errors import HostResting, Stopping
from crawler.fetch.retryafter import parse_retry_after
from storage.sql.engine import open_engine
from storage.sql.hosts import SqlHostBook
from storage.sql.schema import metadata

HOST = "news.example.org"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Calendar:
    """A clock on the wall that a test turns."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SqlHostBook]:
    engine = open_engine(f"sqlite:///{tmp_path}/hosts.sqlite3")
    metadata.create_all(engine)
    yield SqlHostBook(engine)
    engine.dispose()


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def clocks(book: SqlHostBook, calendar: Calendar) -> HostClocks:
    return HostClocks(book, delay_s=0, now=calendar)


async def visit(clocks: HostClocks, host: str = HOST) -> float:
    """Takes and ends a turn; returns when it began."""
    await clocks.enter(host)
    began = time.monotonic()
    clocks.leave(host)
    return began


RETRY_AFTER = {
    "seconds": ("120", NOW + timedelta(seconds=120)),
    "seconds with blanks around": ("  120 ", NOW + timedelta(seconds=120)),
    "a long time is kept": ("604800", NOW + timedelta(days=7)),
    "0 counts as absent": ("0", None),
    "a negative number counts as absent": ("-5", None),
    "a fraction counts as absent": ("1.5", None),
    "a number past all sense counts as absent": ("9" * 40, None),
    "an HTTP-date": ("Sun, 22 Nov 2026 12:05:00 GMT", NOW + timedelta(minutes=5)),
    "an old RFC 850 date": ("Sunday, 22-Nov-26 12:05:00 GMT", NOW + timedelta(minutes=5)),
    "an asctime date": ("Sun Nov 22 12:05:00 2026", NOW + timedelta(minutes=5)),
    "a date with an offset": ("Sun, 22 Nov 2026 14:05:00 +0200", NOW + timedelta(minutes=5)),
    "a date in the past counts as absent": ("Sun, 22 Nov 2026 11:59:59 GMT", None),
    "now counts as absent": ("Sun, 22 Nov 2026 12:00:00 GMT", None),
    "the last date that there is, in a zone where it is no more": ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    "a day that does not exist": ("Sun, 32 Nov 2026 12:05:00 GMT", None),
    "words": ("soon", None),
    "nothing": ("", None),
    "blanks": ("   ", None),
    "no header": (None, None),
    "digits of another script": ("\u0661\u0662", NOW + timedelta(seconds=12)),
    "bytes that are no text": ("\xff\xfe\x00", None),
}


@pytest.mark.parametrize(("value", "expected"), RETRY_AFTER.values(), ids=RETRY_AFTER.keys())
def test_retry_after_is_read(value: str | None, expected: datetime | None):
    assert parse_retry_after(value, NOW) == expected


def test_every_moment_read_can_be_stored(book: SqlHostBook):
    for value in ("Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 +1200", "999999999"):
        until = parse_retry_after(value, NOW)
        book.keep_pauses([(value, until)], "test")
        assert book.wait(value).not_before == until


async def starts_of(clocks: HostClocks, hosts: list[str]) -> list[float]:
    return list(await asyncio.gather(*(visit(clocks, host) for host in hosts)))


def test_the_delay_is_kept_between_starts(book: SqlHostBook):
    starts = asyncio.run(starts_of(HostClocks(book, delay_s=0.1), [HOST] * 4))
    assert all(later - earlier > 0.095 for earlier, later in itertools.pairwise(starts))


def test_the_longest_wish_for_a_delay_counts(book: SqlHostBook):
    clocks = HostClocks(book, delay_s=0.01, jitter=0)
    clocks.ask_delay(HOST, "outlet", 0.15)
    clocks.ask_delay(HOST, "robots", 0.05)
    first, second = asyncio.run(starts_of(clocks, [HOST] * 2))
    assert second - first > 0.145


def test_hosts_of_different_domains_do_not_wait_for_each_other(book: SqlHostBook):
    starts = asyncio.run(starts_of(HostClocks(book, delay_s=5), [f"news.outlet-{n}.example" for n in range(20)]))
    assert max(starts) - min(starts) < 2


def test_hosts_of_one_domain_keep_the_delay_between_them(book: SqlHostBook):
    starts = asyncio.run(starts_of(HostClocks(book, delay_s=0.1), ["www.example.org", "feeds.example.org", HOST]))
    starts.sort()
    assert all(later - earlier > 0.095 for earlier, later in itertools.pairwise(starts))


def test_one_host_s_crawl_delay_is_not_its_sister_s(book: SqlHostBook):
    async def run() -> None:
        clocks = HostClocks(book, delay_s=0)
        clocks.ask_delay("slow.example.org", "robots", 60)
        await visit(clocks, "slow.example.org")
        await asyncio.wait_for(visit(clocks, "www.example.org"), 1)

    asyncio.run(run())


def test_of_all_hosts_of_a_domain_one_is_asked_at_a_time(clocks: HostClocks):
    async def run() -> None:
        await clocks.enter("www.example.org")
        second = asyncio.create_task(clocks.enter("feeds.example.org"))
        await asyncio.sleep(0.05)
        assert not second.done()
        clocks.leave("www.example.org")
        await asyncio.wait_for(second, 1)

    asyncio.run(run())


def test_one_request_at_a_time(clocks: HostClocks):
    async def run() -> None:
        await clocks.enter(HOST)
        second = asyncio.create_task(clocks.enter(HOST))
        await asyncio.sleep(0.05)
        assert not second.done()
        clocks.leave(HOST)
        await asyncio.wait_for(second, 1)

    asyncio.run(run())


def test_a_caller_that_is_cancelled_leaves_the_turn_to_the_next(clocks: HostClocks):
    async def run() -> None:
        await clocks.enter(HOST)
        waiting = [asyncio.create_task(clocks.enter(HOST)) for _ in range(5)]
        await asyncio.sleep(0.05)
        for task in waiting[:2]:
            task.cancel()
        clocks.leave(HOST)
        waiting[2].cancel()  # at the moment when its turn has come
        await asyncio.wait_for(waiting[3], 1)
        clocks.leave(HOST)
        await asyncio.wait_for(waiting[4], 1)
        clocks.leave(HOST)
        await asyncio.wait_for(visit(clocks), 1)
        for task in waiting[:3]:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    asyncio.run(run())


def test_a_caller_that_is_cancelled_in_its_delay_leaves_the_turn_to_the_next(book: SqlHostBook):
    async def run() -> None:
        clocks = HostClocks(book, delay_s=0.3, jitter=0)
        await visit(clocks)
        waiting = asyncio.create_task(clocks.enter(HOST))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(visit(clocks), 2)

    asyncio.run(run())


def test_stop_releases_all_that_wait_at_once(book: SqlHostBook):
    async def run() -> list[object]:
        clocks = HostClocks(book, delay_s=60)
        await visit(clocks)
        waiting = [asyncio.create_task(clocks.enter(HOST)) for _ in range(50)]
        await asyncio.sleep(0.1)
        clocks.stop()
        ended = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 2)
        with pytest.raises(Stopping):
            await clocks.enter("another.example.org")
        return ended

    assert {type(error) for error in asyncio.run(run())} == {Stopping}


RESTS = {
    "429 without a time rests a minute": (429, None, timedelta(minutes=1)),
    "503 without a time rests a minute": (503, None, timedelta(minutes=1)),
    "503 with seconds": (503, "300", timedelta(seconds=300)),
    "429 with a date": (429, "Sun, 22 Nov 2026 13:00:00 GMT", timedelta(hours=1)),
    "503 with 0 rests as without": (503, "0", timedelta(minutes=1)),
    "503 with words rests as without": (503, "later", timedelta(minutes=1)),
    "a week is kept": (503, "604800", timedelta(days=7)),
    "500 is no wish for rest": (500, "300", None),
    "200 is no wish for rest": (200, "300", None),
    "403 is no wish for rest": (403, "300", None),
}


@pytest.mark.parametrize(("status", "retry_after", "rest"), RESTS.values(), ids=RESTS.keys())
def test_a_host_rests(status: int, retry_after: str | None, rest: timedelta | None, clocks: HostClocks, book):
    async def run() -> None:
        until = await clocks.heed(HOST, status, retry_after)
        assert until == (rest and NOW + rest)
        assert clocks.resting_until(HOST) == until
        stored = book.wait(HOST)
        assert (stored and stored.not_before) == until
        if until:
            with pytest.raises(HostResting) as resting:
                await clocks.enter(HOST)
            assert resting.value.until == until
        await asyncio.wait_for(visit(clocks, "another.example.org"), 1)

    asyncio.run(run())


async def refused(clocks: HostClocks, calendar: Calendar, times: int, retry_after: str | None = None) -> list[float]:
    """Refusals one after another, each as soon as the last one's rest is over; the rests, in minutes."""
    rests = []
    for _ in range(times):
        until = await clocks.heed(HOST, 503, retry_after)
        assert until
        rests.append((until - calendar.now).total_seconds() / 60)
        calendar.now = until
    return rests


def test_rest_doubles_with_each_in_a_row_up_to_two_hours(clocks: HostClocks, calendar: Calendar):
    async def run() -> list[float]:
        rests = await refused(clocks, calendar, 9)
        assert await clocks.heed(HOST, 200, None) is None
        return rests + await refused(clocks, calendar, 1)

    assert asyncio.run(run()) == [1, 2, 4, 8, 16, 32, 64, 120, 120, 1]


def test_a_host_that_always_asks_for_a_minute_is_taken_at_its_word_once(clocks: HostClocks, calendar: Calendar):
    assert asyncio.run(refused(clocks, calendar, 4, "60")) == [1, 2, 4, 8]


def test_how_often_a_host_refused_holds_over_a_restart_until_it_answers_well(book: SqlHostBook, calendar: Calendar):
    async def run() -> list[float]:
        rests = []
        for _ in range(3):  # each time as a new process
            clocks = HostClocks(book, delay_s=0, now=calendar)
            await visit(clocks)
            rests += await refused(clocks, calendar, 1)
        clocks = HostClocks(book, delay_s=0, now=calendar)
        await visit(clocks)
        assert await clocks.heed(HOST, 200, None) is None
        again = HostClocks(book, delay_s=0, now=calendar)
        await visit(again)
        return rests + await refused(again, calendar, 1)

    assert asyncio.run(run()) == [1, 2, 4, 1]


@pytest.mark.parametrize("retry_after", [None, "1", "60", "0"])
def test_a_host_that_answers_503_for_a_day_is_asked_at_most_24_times(
    retry_after: str | None, clocks: HostClocks, calendar: Calendar
):
    async def run() -> int:
        asked = 0
        while calendar.now < NOW + timedelta(days=1):
            await visit(clocks)
            asked += 1
            until = await clocks.heed(HOST, 503, retry_after)
            assert until
            calendar.now = until
        return asked

    assert asyncio.run(run()) <= 24


def test_where_all_hosts_of_a_domain_refuse_they_are_asked_at_most_24_times_together(
    clocks: HostClocks, calendar: Calendar
):
    async def run() -> int:
        asked = 0
        hosts = ["www.example.org", "feeds.example.org", "img.example.org"]
        while calendar.now < NOW + timedelta(days=1):
            for host in hosts:
                with contextlib.suppress(HostResting):
                    await visit(clocks, host)
                    asked += 1
                    await clocks.heed(host, 503, None)
            calendar.now += timedelta(minutes=1)
        return asked

    assert asyncio.run(run()) <= 24


def test_one_host_that_refuses_does_not_silence_its_sisters(clocks: HostClocks):
    async def run() -> None:
        await clocks.heed("img.example.org", 429, "7200")
        await asyncio.wait_for(visit(clocks, "www.example.org"), 1)

    asyncio.run(run())


SLOW = {
    "an answer within a second slows nothing": ([0.9], 0),
    "a slow answer slows at once": ([3.0], 3.0),
    "a quick one quickens by half": ([8.0, 0.1], 4.0),
    "quick ones quicken to none in the end": ([8.0] + [0.1] * 5, 0),
    "a slower one slows again at once": ([8.0, 0.1, 6.0], 6.0),
    "a minute is the most": ([300.0], 60.0),
}


@pytest.mark.parametrize(("latencies", "slow_down_s"), SLOW.values(), ids=SLOW.keys())
def test_a_slow_host_is_slowed_down_for(latencies: list[float], slow_down_s: float, clocks: HostClocks):
    for latency in latencies:
        clocks.answer_took(HOST, latency, is_well=True)
    assert clocks._clock(HOST).slow_down_s == pytest.approx(slow_down_s)
    assert clocks.resting_until(HOST) is None  # that is another matter


def test_errors_quicken_nothing(clocks: HostClocks):
    clocks.answer_took(HOST, 8.0, is_well=True)
    clocks.answer_took(HOST, 0.01, is_well=False)
    assert clocks._clock(HOST).slow_down_s == 8.0


def test_the_slow_down_is_waited_for_and_can_be_switched_off(book: SqlHostBook):
    def pause(slow_down: float) -> float:
        clocks = HostClocks(book, delay_s=0, jitter=0, slow_down=slow_down)
        clocks.answer_took(HOST, 1.0, is_well=True)
        first, second = asyncio.run(starts_of(clocks, [HOST] * 2))
        return second - first

    assert pause(0.3) > 0.29
    assert pause(0) < 0.29


def test_a_burst_of_refusals_is_one_event(clocks: HostClocks):
    async def run() -> set[datetime | None]:
        return {await clocks.heed(HOST, 429, None) for _ in range(20)}

    assert asyncio.run(run()) == {NOW + timedelta(minutes=1)}


def test_a_later_wish_never_shortens_a_rest(clocks: HostClocks, book: SqlHostBook):
    async def run() -> None:
        assert await clocks.heed(HOST, 503, "7200") == NOW + timedelta(hours=2)
        assert await clocks.heed(HOST, 503, "60") == NOW + timedelta(hours=2)

    asyncio.run(run())
    assert clocks.resting_until(HOST) == book.wait(HOST).not_before == NOW + timedelta(hours=2)


def test_after_a_restart_nobody_passes_while_the_rest_is_looked_up(book: SqlHostBook, calendar: Calendar):
    async def run() -> list[object]:
        book.keep_pauses([(HOST, NOW + timedelta(minutes=5))], "answered 503")
        restarted = HostClocks(book, delay_s=0, now=calendar)
        return await asyncio.gather(*(restarted.enter(HOST) for _ in range(10)), return_exceptions=True)

    assert {type(answer) for answer in asyncio.run(run())} == {HostResting}


def test_a_rest_holds_over_a_restart_and_ends_in_time(book: SqlHostBook, clocks: HostClocks, calendar: Calendar):
    async def run() -> None:
        await clocks.heed(HOST, 503, "600")
        restarted = HostClocks(book, delay_s=0, now=calendar)
        with pytest.raises(HostResting):
            await restarted.enter(HOST)
        calendar.now += timedelta(seconds=599)
        with pytest.raises(HostResting):
            await restarted.enter(HOST)
        calendar.now += timedelta(seconds=1)
        await asyncio.wait_for(visit(restarted), 1)

    asyncio.run(run())


def test_the_next_worker_waits_out_the_pause_of_the_one_before(book: SqlHostBook):
    async def run() -> float:
        clocks = HostClocks(book, delay_s=0.5, jitter=0)
        await visit(clocks, HOST)
        ended = time.monotonic()
        book.keep_pauses(clocks.forget(lambda _: True), PAUSE)
        await visit(HostClocks(book, delay_s=0, jitter=0), HOST)
        return time.monotonic() - ended

    assert 0.45 <= asyncio.run(run()) < 2


def test_only_pauses_that_outlast_a_restart_are_kept_ahead_of_it_and_each_once(book: SqlHostBook):
    async def run() -> None:
        clocks = HostClocks(book, delay_s=1, jitter=0, now=lambda: NOW)
        clocks.ask_delay("slow.example", "robots", 30)
        await visit(clocks, HOST)
        await visit(clocks, "slow.example")
        [(name, until)] = clocks.long_pauses()
        assert name == "slow.example"
        assert NOW + timedelta(seconds=29) < until <= NOW + timedelta(seconds=30)
        assert clocks.long_pauses() == []

    asyncio.run(run())
