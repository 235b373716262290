"""The process pool: each task gets an answer, whatever it or others do to its process."""

from __future__ import annotations

import ast
import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from crawler.pipelines.pool import ProcessPool
from crawler.pipelines.tasks import PoolClosed, TaskDied, TaskFailed, TaskTimedOut
from tests.acceptance.harness import descendants
from tests.conftest import ROOT

TASKS = "tests.unit.crawler.pipelines.mean_tasks"


@asynccontextmanager
async def pool(size: int = 1, timeout_s: float = 20, module: str = TASKS) -> AsyncIterator[ProcessPool]:
    running = ProcessPool(module, size, timeout_s)
    await running.start()
    try:
        yield running
    finally:
        await running.close()


def on_pool(test: Callable[[ProcessPool], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        async with pool(**options) as running:
            await asyncio.wait_for(test(running), 60)

    asyncio.run(run())


HARMS = {
    "a task that raises": ("fail", TaskFailed, "LookupError: nothing there"),
    "a task that raises at great length": ("fail_at_length", TaskFailed, "ValueError: xxx"),
    "a task that recurses for ever": ("recurse", TaskFailed, "nested too deeply"),
    "a task that aborts": ("abort", TaskDied, "SIGABRT"),
    "a task that ends its process": ("exit_quietly", TaskDied, "exit code 0"),
    "a task that runs out of memory": ("run_out_of_memory", TaskDied, "exit code 137"),
    "a task that eats memory": ("eat_memory", TaskDied, "exit code 137"),
    "a result that is too large": ("huge", TaskFailed, "its result has"),
    "a result that cannot be sent": ("not_to_be_pickled", TaskFailed, "pickle"),
    "a result that is nested too deeply": ("deep", (TaskFailed, TaskDied), ""),
    "a function that is not there": ("no_such_function", TaskFailed, "AttributeError"),
}


@pytest.mark.parametrize(("name", "error", "words"), HARMS.values(), ids=HARMS.keys())
def test_it_costs_that_task_only(name: str, error: type[Exception], words: str):
    async def test(running: ProcessPool) -> None:
        before, harm, after = await asyncio.gather(
            running.run("double", 4), running.run(name), running.run("double", 5), return_exceptions=True
        )
        assert (before, after) == (8, 10)
        assert isinstance(harm, error)
        assert words in str(harm)
        assert len(str(harm)) < 2000
        assert await running.run("double", 6) == 12

    on_pool(test)


def test_a_task_that_hangs_is_killed_in_time_and_the_next_one_answered():
    async def test(running: ProcessPool) -> None:
        began = time.monotonic()
        hanging, next_one = await asyncio.gather(
            running.run("nap", 600), running.run("double", 1), return_exceptions=True
        )
        assert isinstance(hanging, TaskTimedOut)
        assert next_one == 2
        assert time.monotonic() - began < 15

    on_pool(test, timeout_s=1)


def test_waiting_for_its_turn_is_not_held_against_a_task():
    async def test(running: ProcessPool) -> None:
        assert await asyncio.gather(*(running.run("nap", 0.6) for _ in range(4))) == ["rested"] * 4

    on_pool(test, timeout_s=1.5)


def test_a_task_whose_process_was_killed_by_another_runs_again(tmp_path: Path):
    async def test(running: ProcessPool) -> None:
        assert await running.run("die_the_first_time", str(tmp_path / "mark")) == "answered"

    on_pool(test)


def test_a_task_that_kills_its_process_runs_twice_and_no_more(tmp_path: Path):
    async def test(running: ProcessPool) -> None:
        with pytest.raises(TaskDied):
            await running.run("note_and_die", str(tmp_path / "mark"))

    on_pool(test)
    assert (tmp_path / "mark").read_text() == "xx"


def test_a_child_that_is_killed_while_idle_is_replaced():
    async def test(running: ProcessPool) -> None:
        victim = await running.run("pid")
        os.kill(victim, signal.SIGKILL)
        await asyncio.sleep(0.2)
        assert await running.run("pid") != victim

    on_pool(test)


def test_large_results_come_whole():
    async def test(running: ProcessPool) -> None:
        assert {len(result) for result in await asyncio.gather(*(running.run("large") for _ in range(4)))} == {
            8 * 1024 * 1024
        }

    on_pool(test, size=2)


def test_a_caller_that_gives_up_does_not_stop_the_others():
    async def test(running: ProcessPool) -> None:
        tasks = [asyncio.create_task(running.run("nap", 0.1)) for _ in range(6)]
        await asyncio.sleep(0.05)
        for task in tasks[::2]:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert ended[1::2] == ["rested"] * 3
        assert running.load == 0

    on_pool(test)


def test_close_ends_what_is_under_way_and_what_waits():
    async def run() -> list[Any]:
        async with pool(size=2) as running:
            tasks = [asyncio.create_task(running.run("nap", 60)) for _ in range(10)]
            await asyncio.sleep(0.5)
            children = [child.process for child in running._children]
            began = time.monotonic()
            await running.close()
            assert time.monotonic() - began < 5
            assert {child.is_alive() for child in children} == {False}
            with pytest.raises(PoolClosed):
                await running.run("double", 1)
            return await asyncio.gather(*tasks, return_exceptions=True)

    assert {type(ended) for ended in asyncio.run(run())} == {PoolClosed}


def test_close_while_a_dead_child_is_being_replaced_leaves_none():
    async def run() -> None:
        async with pool(size=2) as running:
            await running.run("double", 1)
            for child in list(running._children):
                child.process.kill()
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)
        assert running._children == []

    asyncio.run(run())


def test_children_that_die_before_they_are_ready_cost_no_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mark = tmp_path / "cold"
    mark.touch()
    monkeypatch.setenv("PRESSWATCH_TEST_COLD", str(mark))
    program = """
import asyncio, sys
from pathlib import Path
from crawler.pipelines.pool import ProcessPool

async def main():
    running = ProcessPool("tests.unit.crawler.pipelines.cold_tasks", 1, 5, preload="json")
    await running.start()
    task = asyncio.create_task(running.run("double", 21))
    await asyncio.sleep(1.5)
    assert not task.done()
    Path(sys.argv[1]).unlink()
    print(await asyncio.wait_for(task, 30))
    await running.close()

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(mark)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip().splitlines()[-1:] == ["42"], done.stdout + done.stderr
    assert 2 <= (done.stdout + done.stderr).count("died before it was ready") <= 8


def test_500_tasks_are_all_answered_while_children_are_killed_at_random():
    async def test(running: ProcessPool) -> None:
        chance = random.Random(5)

        async def answer(number: int) -> Any:
            await running.run("nap", 0.004)
            if chance.random() < 0.05:  # by answers, not by the clock: a busy machine starts children slowly
                for child in chance.sample(running._children, min(1, len(running._children))):
                    with suppress(OSError):
                        os.kill(child.process.pid, signal.SIGKILL)
            return await running.run("double", number)

        answers = await asyncio.gather(*(answer(n) for n in range(500)), return_exceptions=True)
        told = Counter(type(each) for each in answers)
        assert told[int] + told[TaskDied] == 500
        assert told[int] >= 450
        assert all(each == 2 * n for n, each in enumerate(answers) if isinstance(each, int))

    on_pool(test, size=2)


@pytest.mark.parametrize("work", ["nap", "double"])
def test_children_do_not_outlive_their_parent(work: str):
    program = f"""
import asyncio
from crawler.pipelines.pool import ProcessPool

async def main():
    running = ProcessPool({TASKS!r}, 2, 1)
    await running.start()
    await running.run("double", 1)
    print("ready", flush=True)
    await asyncio.gather(*(running.run({work!r}, 600) for _ in range(4)))
    await asyncio.sleep(600)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout.readline().strip() == "ready"
            time.sleep(0.3)
            family = descendants(parent.pid)
            assert len(family) >= 3  # two children and their fork server
        finally:
            parent.kill()
    deadline = time.monotonic() + 12
    while (left := [pid for pid in family if _lives(pid)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_every_pool_that_reads_articles_starts_with_its_libraries_loaded_and_warm():
    """Else each child is slow at its first page, is set aside for that, and the next one begins as cold."""
    pools = [
        (ast.literal_eval(node.args[0]), {option.arg: option.value for option in node.keywords})
        for room in ("crawler", "control")
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ProcessPool"
    ]
    reading = [
        options for module, options in pools if module in {"crawler.pipelines.child", "crawler.pipelines.compare"}
    ]
    assert len(reading) >= 7
    assert {ast.literal_eval(options["preload"]) for options in reading} == {"crawler.pipelines.warmed"}
