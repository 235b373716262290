"""Who waits for a child of the process pool, and behind whom."""

from __future__ import annotations

from asyncio import new_event_loop
from collections.abc import Callable, Iterator

import pytest

from crawler.pipelines.tasks import Task, WaitingLine


@pytest.fixture(name="line")
def waiting_line() -> WaitingLine:
    return WaitingLine()


@pytest.fixture(name="task")
def task_maker() -> Iterator[Callable[[str], Task]]:
    loop = new_event_loop()
    yield lambda owner: Task(message=b"", future=loop.create_future(), owner=owner)
    loop.close()


def owners(line: WaitingLine) -> list[str]:
    return [each.owner for each in line]


def test_tasks_come_in_their_order(line: WaitingLine, task: Callable[[str], Task]):
    for owner in "abc":
        line.add(task(owner), 0)
    taken = [line.next([]), line.next([])]
    assert [each.owner for each in taken if each] == ["a", "b"]
    line.put_back([each for each in taken if each], 0)
    assert owners(line) == ["a", "b", "c"]


def test_of_suspects_two_are_at_work_and_nobody_waits_behind_them(line: WaitingLine, task: Callable[[str], Task]):
    line.suspect("bad", 0)
    for owner in ("bad", "bad", "bad", "good"):
        line.add(task(owner), 1)
    at_work = [first for _ in range(2) if (first := line.next([]))]
    assert [each.owner for each in at_work] == ["bad", "bad"]
    after = line.next(at_work)
    assert after is not None
    assert after.owner == "good"
    assert line.next(at_work) is None
    assert owners(line) == ["bad"]


def test_what_is_put_back_goes_where_its_owner_belongs_by_now(line: WaitingLine, task: Callable[[str], Task]):
    line.add(task("bad"), 0)
    sent = line.next([])
    assert sent is not None
    line.add(task("good"), 0)
    line.suspect("bad", 1)
    line.put_back([sent], 1)
    assert sent.is_suspect
    assert [each.owner for each in line] == ["good", "bad"]
    assert line.has_trusted


def test_a_suspicion_ends(line: WaitingLine, task: Callable[[str], Task]):
    line.suspect("once", 0)
    line.add(task("once"), 10_000)
    first = line.next([])
    assert first is not None
    assert not first.is_suspect
