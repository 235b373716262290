"""A pool of killable child processes for work on input that is not trusted.

Fetching never waits for extraction, and a page that hangs, eats memory or kills its process costs that page
only: the child is killed, a new one takes its place, and the page gets a recorded reason.

Children come from a fork server that has imported everything once, so a new one is there in milliseconds. A
child gets its next task while it still works on the one before, so it never waits for the loop.

A child whose task takes long is set aside: it works on at a low priority, what waited behind it goes elsewhere,
and another child takes its place, so that nobody is late because of a page that takes its whole ten seconds. Whose
tasks killed a child before wait in a queue of their own, of which two are worked on at a time.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import pickle
import signal
import socket
import time
from collections.abc import Coroutine, Iterator
from multiprocessing.context import ForkServerContext
from typing import Any

import structlog

from crawler.pipelines.forked import Child, start
from crawler.pipelines.serving import LENGTH, MAX_ANSWER_BYTES, WARM, serve
from crawler.pipelines.tasks import ChildLost, PoolClosed, Task, TaskDied, TaskFailed, TaskTimedOut, WaitingLine

log = structlog.get_logger(__name__)

#: Tasks a child has at a time: one at work, one waiting in its socket.
_AHEAD = 2
#: A child has this long to be ready for its first task.
_WARM_WITHIN_S = 120.0
#: Waits before another child is started when starting fails, or when children die before they are ready.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 10.0
#: A task whose process died runs once more: it may have been another's fault (the kernel's, out of memory). Not one
#: that died late, for its reason would come late as well.
_MOST_DEATHS = 2
_RUNS_AGAIN_BEFORE_S = 3.0
#: A task that takes longer is set aside with its child, at most so many at a time. Of real pages few do. It is the
#: child's own work that counts, up to so long by the clock: on a busy machine every page takes its time.
_SLOW_S = 0.25
_STARVED_S = 0.5
_MOST_SET_ASIDE = 8
#: While others wait and no more can be set aside, a task has only so long; looked at so often.
_SHORTENED_S = 1.0
_LOOK_AGAIN_S = 0.1


class ProcessPool:
    """Runs functions of one module in child processes.

    `module` names an importable module; `run("name", ...)` calls its function `name`. The fork server imports
    `preload` once; children start with what that loaded. Where that is not all that a task needs, each child is slow
    at its first one, is set aside for it, and its successor is as cold.
    """

    def __init__(self, module: str, size: int, timeout_s: float, preload: str | None = None) -> None:
        self._module = module
        self._size = size
        self._timeout_s = timeout_s
        self._waiting = WaitingLine()
        self._children: list[Child] = []
        self._minders: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._names = itertools.count(1)
        self._cold_deaths = 0  # children in a row that died before they were ready
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([preload or module])

    async def start(self) -> None:
        """Starts the children; they warm up while the first tasks are fetched."""
        for _ in range(self._size):
            await self._replace()

    async def run(self, name: str, *args: Any, owner: str = "") -> Any:
        """Runs a function of the module in a child, on behalf of `owner`.

        Raises TaskTimedOut, TaskDied, TaskFailed, or PoolClosed.
        """
        if self._is_closed:
            raise PoolClosed("the process pool is closed")
        message = pickle.dumps((name, args), pickle.HIGHEST_PROTOCOL)
        task = Task(message=message, future=asyncio.get_running_loop().create_future(), owner=owner)
        self._waiting.add(task, time.monotonic())
        self._hand_out()
        return await task.future

    @property
    def load(self) -> int:
        """How many tasks wait or are at work."""
        return len(self._waiting) + sum(len(child.tasks) for child in self._children)

    async def close(self) -> None:
        """Kills the children; what is under way raises PoolClosed."""
        self._is_closed = True
        for child in self._children:
            child.process.kill()
        for task in [*self._waiting, *self._at_work()]:
            if not task.future.done():
                task.future.set_exception(PoolClosed("the process pool was closed"))
        await asyncio.gather(*self._minders, return_exceptions=True)

    # ---------------------------------------------------------------------------------- parts

    def _hand_out(self) -> None:
        """Gives waiting tasks to the children with the fewest."""
        while self._waiting:
            at_hand = [child for child in self._children if not child.is_aside]
            child = min(at_hand, key=lambda c: len(c.tasks), default=None)
            if child is None or len(child.tasks) >= _AHEAD:
                return
            task = self._waiting.next(self._at_work())
            if task is None:
                return
            if task.future.done():  # its caller was cancelled
                continue
            child.send(task)
            if len(child.tasks) == 1:
                self._begin(child)

    def _at_work(self) -> Iterator[Task]:
        return (task for child in self._children for task in child.tasks)

    def _begin(self, child: Child) -> None:
        """Starts the clocks of the task that is now at work; loading libraries is not held against it."""
        if child.is_warm:
            loop = asyncio.get_running_loop()
            child.note_beginning()
            child.deadline = loop.call_later(self._timeout_s, self._kill_late, child)
            child.slow = loop.call_later(_SLOW_S, self._set_aside, child)

    def _set_aside(self, child: Child) -> None:
        """Lets a child go on with its task in the background, for which another takes its place."""
        if self._is_closed:
            return
        if child.has_worked_s() < _SLOW_S and child.age_s < _STARVED_S:
            child.slow = asyncio.get_running_loop().call_later(_LOOK_AGAIN_S, self._set_aside, child)
            return
        if sum(other.is_aside for other in self._children) >= _MOST_SET_ASIDE:
            if self._waiting.has_trusted or len(child.tasks) > 1:
                self._end_the_longest()
            child.slow = asyncio.get_running_loop().call_later(_LOOK_AGAIN_S, self._set_aside, child)
            return
        child.set_aside()
        self._waiting.put_back(child.recall(), time.monotonic())  # it is done elsewhere, and this child then ended
        self._keep(self._replace())

    def _end_the_longest(self) -> None:
        """Kills the child that was set aside first: its task has had its time, and others have had none."""
        aside = [child for child in self._children if child.is_aside and not child.ended_for]
        oldest = min(aside, key=lambda child: child.began, default=None)
        if oldest is not None and oldest.age_s > _SHORTENED_S:
            oldest.kill(f"not done after {oldest.age_s:.1f} s, while others waited")

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._minders.add(task)
        task.add_done_callback(self._minders.discard)

    def _kill_late(self, child: Child) -> None:
        child.kill(f"not done after {self._timeout_s:g} s")

    async def _add_child(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            process = self._context.Process(
                target=serve,
                args=(self._module, theirs, self._timeout_s),
                name=f"presswatch-extract-{next(self._names)}",
                daemon=True,
            )
            await asyncio.to_thread(start, process)
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        if self._is_closed:  # meanwhile
            process.kill()
            writer.close()
            return
        child = Child(process, writer)
        child.deadline = asyncio.get_running_loop().call_later(_WARM_WITHIN_S, self._kill_late, child)
        self._children.append(child)
        self._keep(self._mind(child, reader))
        self._hand_out()

    async def _mind(self, child: Child, reader: asyncio.StreamReader) -> None:
        """Takes a child's answers until it ends; then sees to its tasks and to a successor."""
        try:
            await self._take_answers(child, reader)
        except (asyncio.IncompleteReadError, ConnectionError):  # it has ended
            pass
        except Exception:  # what it sent is no answer: whatever went wrong in it, it is of no more use
            log.exception("extraction_process_unsound", pid=child.process.pid)
        self._children.remove(child)
        child.stop_clocks()
        child.writer.close()
        child.process.kill()
        await asyncio.to_thread(child.process.join)
        if not self._is_closed:
            self._bury(child)
            if not child.is_aside:  # else another one has its place already
                await self._replace()
            self._hand_out()

    async def _take_answers(self, child: Child, reader: asyncio.StreamReader) -> None:
        await reader.readexactly(len(WARM))
        child.is_warm = True
        self._cold_deaths = 0
        child.stop_clocks()
        if child.tasks:
            self._begin(child)
        while not (child.is_aside and not child.tasks):
            (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            if length > MAX_ANSWER_BYTES:
                raise ValueError(f"an answer of {length} bytes")
            answer = pickle.loads(await reader.readexactly(length))  # noqa: S301 (our own child)
            self._take(child, *answer)

    async def _replace(self) -> None:
        """Starts a child, with waits between tries: a machine short of memory may have none to give now."""
        wait = min(_FIRST_WAIT_S * 2**self._cold_deaths, _LONGEST_WAIT_S) if self._cold_deaths else 0.0
        while not self._is_closed:
            await asyncio.sleep(wait)
            try:
                await self._add_child()
            except Exception as error:  # noqa: BLE001 (a pool that shrinks to nothing would answer nobody)
                log.warning("extraction_process_not_started", error=str(error))
                wait = min(max(wait * 2, _FIRST_WAIT_S), _LONGEST_WAIT_S)
            else:
                return

    def _take(self, child: Child, succeeded: bool, value: Any) -> None:
        task = child.tasks.popleft()
        child.stop_clocks()
        if child.tasks:
            self._begin(child)
        if not task.future.done():
            if succeeded:
                task.future.set_result(value)
            else:
                task.future.set_exception(TaskFailed(value))
        self._hand_out()

    def _bury(self, child: Child) -> None:
        """The task at work died with the child; the one that waited in its socket runs elsewhere."""
        if not child.is_warm:
            self._cold_deaths += 1
            log.warning("extraction_process_lost", pid=child.process.pid, why="it died before it was ready")
        elif child.tasks:
            self._judge(child, child.tasks.popleft())
        self._waiting.put_back(child.tasks, time.monotonic())

    def _judge(self, child: Child, culprit: Task) -> None:
        """What becomes of the task that a child died of."""
        culprit.deaths += 1
        code = child.process.exitcode
        error: ChildLost
        if child.ended_for:
            error = TaskTimedOut(child.ended_for, culprit.deaths)
        else:
            died_of = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
            error = TaskDied(f"its process died ({died_of})", culprit.deaths)
        log.warning("extraction_process_lost", pid=child.process.pid, why=str(error), owner=culprit.owner)
        self._waiting.suspect(culprit.owner, time.monotonic())
        if culprit.deaths < _MOST_DEATHS and child.age_s < _RUNS_AGAIN_BEFORE_S and not child.ended_for:
            self._waiting.add(culprit, time.monotonic())
        elif not culprit.future.done():
            culprit.future.set_exception(error)
