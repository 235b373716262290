"""What is to be stored waits for company, but not in vain and not for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from crawler.pipelines.batches import Batches


def sizes_of(arrivals: list[float], more_may_come: Callable[[int], bool]) -> list[int]:
    """How many were stored at a time, of things that came at these seconds; `more_may_come` is told how many came."""
    sizes: list[int] = []
    came = 0

    def commit(batch: list[int]) -> list[int]:
        sizes.append(len(batch))
        return batch

    async def come(batches: Batches[int, int], at: float) -> None:
        nonlocal came
        await asyncio.sleep(at)
        came += 1
        await batches.store(came)

    async def run() -> None:
        batches: Batches[int, int] = Batches(commit, more_may_come=lambda: more_may_come(came))
        batches.begin()
        await asyncio.gather(*(come(batches, at) for at in arrivals))
        await batches.end()

    asyncio.run(asyncio.wait_for(run(), 30))
    return sizes


def test_a_few_wait_for_those_that_are_still_to_come():
    assert sizes_of([0.0, 0.08, 0.12], lambda came: came < 3) == [3]


def test_nobody_waits_where_no_more_can_come():
    assert sizes_of([0.0, 1.5], lambda _: False) == [1, 1]


def test_what_comes_late_is_not_waited_for():
    assert sizes_of([0.0, 1.5], lambda _: True) == [1, 1]


def test_enough_is_enough_and_a_batch_has_a_hundred_at_most():
    assert sizes_of([0.0] * 150, lambda _: True) == [100, 50]
