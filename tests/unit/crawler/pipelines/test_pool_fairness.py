"""Nobody waits for long behind tasks that take long.

Tried with the rules off: with `_STARVED_S` at 60 the two tests of tasks that hang fail, with `_SUSPECTED_FOR_S` at 0
that of those who killed children. That a slow task has all its time fails with neither: it holds them in check.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.tasks import TaskDied, TaskTimedOut

TASKS = "tests.unit.crawler.pipelines.mean_tasks"


def run(test: Any, **options: Any) -> None:
    async def main() -> None:
        pool = ProcessPool(TASKS, options.get("size", 2), options.get("timeout_s", 20))
        await pool.start()
        try:
            await pool.run("double", 0)  # the children are there
            await asyncio.wait_for(test(pool), 50)
        finally:
            await pool.close()

    asyncio.run(main())


def test_eight_tasks_that_hang_do_not_hold_up_others():
    async def test(pool: ProcessPool) -> None:
        hanging = [asyncio.create_task(pool.run("nap", 600, owner=f"hostile {n}")) for n in range(8)]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        assert [await pool.run("double", n, owner="peaceful") for n in range(20)] == [2 * n for n in range(20)]
        assert time.monotonic() - began < 4
        for task in hanging:
            task.cancel()

    run(test)


def test_many_more_end_early_and_say_that_others_waited():
    async def test(pool: ProcessPool) -> None:
        hanging = [asyncio.create_task(pool.run("nap", 600, owner=f"hostile {n}")) for n in range(14)]
        await asyncio.sleep(0.05)
        assert await pool.run("double", 4, owner="peaceful") == 8
        ended, _ = await asyncio.wait(hanging, timeout=3, return_when=asyncio.FIRST_COMPLETED)
        error = ended.pop().exception()
        assert isinstance(error, TaskTimedOut)
        assert "while others waited" in str(error)
        for task in hanging:
            task.cancel()

    run(test)


def test_a_slow_task_that_nobody_waits_for_has_all_its_time():
    async def test(pool: ProcessPool) -> None:
        assert await pool.run("nap", 1.5, owner="slow") == "rested"
        assert await pool.run("double", 3, owner="slow") == 6

    run(test, size=1)


def test_those_who_killed_children_wait_for_each_other_and_for_nobody_else():
    async def test(pool: ProcessPool) -> None:
        with pytest.raises(TaskDied):
            await pool.run("abort", owner="hostile")
        naps = [asyncio.create_task(pool.run("nap", 1.0, owner="hostile")) for _ in range(6)]
        await asyncio.sleep(0.05)
        assert len(pool._waiting) == 4  # two are worked on
        assert await pool.run("double", 2, owner="peaceful") == 4
        assert await asyncio.gather(*naps) == ["rested"] * 6

    run(test)
