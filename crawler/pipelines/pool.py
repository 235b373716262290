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
import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from types import ModuleType
from typing import Any

import structlog

from crawler.pipelines.serving import LENGTH, MAX_ANSWER_BYTES, WARM, serve

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
#: A tenth of the others' share of a core: enough for an honest page to end in time.
_LOW_PRIORITY = 10
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
#: Who killed a child is suspected for so long; of all suspects' tasks so many are worked on at a time.
_SUSPECTED_FOR_S = 900.0
_SUSPECTS_AT_ONCE = 2
_MOST_SUSPECTS = 10_000


_starting = threading.Lock()


class ChildLost(Exception):
    """The task cost `deaths` child processes their life."""

    def __init__(self, message: str, deaths: int = 1) -> None:
        super().__init__(message)
        self.deaths = deaths


class TaskDied(ChildLost):
    """The child process died of this task: out of memory, crashed, or killed."""


class TaskTimedOut(ChildLost):
    """The task did not end in time, and its process was killed."""


class TaskFailed(Exception):
    """The task raised an exception; the message names it."""


class PoolClosed(Exception):
    """The pool was closed before the task ended."""


@dataclass(eq=False)
class _Task:
    message: bytes
    future: asyncio.Future[Any]
    owner: str
    deaths: int = 0
    is_suspect: bool = False


@dataclass(eq=False)
class _Child:
    process: ForkServerProcess
    writer: asyncio.StreamWriter
    tasks: deque[_Task] = field(default_factory=deque)  # the first is at work
    is_warm: bool = False
    deadline: asyncio.TimerHandle | None = None
    slow: asyncio.TimerHandle | None = None  # when its task is held to be slow
    began: float = 0.0  # monotonic; the task at work
    cpu_before_s: float = 0.0  # of the child, when that task began
    ended_for: str = ""  # why it was killed, if it was by us
    is_aside: bool = False

    def has_worked_s(self) -> float:
        """CPU time of the task at work."""
        return _cpu_s(self.process.pid) - self.cpu_before_s

    def stop_clocks(self) -> None:
        for clock in (self.deadline, self.slow):
            if clock is not None:
                clock.cancel()


def start_fork_server(preload: str = "crawler.pipelines.warmed") -> None:
    """Starts the fork server now, so that it loads the libraries while this process still loads its own."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([preload])
    forkserver.ensure_running()


def _start(process: ForkServerProcess) -> None:
    """Starts a child without the main module, which each would import anew: seconds of what none of them needs."""
    with _starting:
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = main


class ProcessPool:
    """Runs functions of one module in child processes.

    `module` names an importable module; `run("name", ...)` calls its function `name`. The fork server imports
    `preload` once; children start with what that loaded.
    """

    def __init__(self, module: str, size: int, timeout_s: float, preload: str | None = None) -> None:
        self._module = module
        self._size = size
        self._timeout_s = timeout_s
        self._waiting: deque[_Task] = deque()
        self._suspected: deque[_Task] = deque()  # those of owners that killed a child lately
        self._suspects: OrderedDict[str, float] = OrderedDict()  # until when (monotonic)
        self._children: list[_Child] = []
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
        task = _Task(message, asyncio.get_running_loop().create_future(), owner)
        task.is_suspect = self._suspects.get(owner, 0.0) > time.monotonic()
        (self._suspected if task.is_suspect else self._waiting).append(task)
        self._hand_out()
        return await task.future

    @property
    def load(self) -> int:
        """How many tasks wait or are at work."""
        waiting = len(self._waiting) + len(self._suspected)
        return waiting + sum(len(child.tasks) for child in self._children)

    async def close(self) -> None:
        """Kills the children; what is under way raises PoolClosed."""
        self._is_closed = True
        for child in self._children:
            child.process.kill()
        for task in [*self._waiting, *self._suspected, *(task for child in self._children for task in child.tasks)]:
            if not task.future.done():
                task.future.set_exception(PoolClosed("the process pool was closed"))
        await asyncio.gather(*self._minders, return_exceptions=True)

    # ---------------------------------------------------------------------------------- parts

    def _hand_out(self) -> None:
        """Gives waiting tasks to the children with the fewest."""
        while queue := self._next_queue():
            at_hand = [child for child in self._children if not child.is_aside]
            child = min(at_hand, key=lambda c: len(c.tasks), default=None)
            if child is None or len(child.tasks) >= _AHEAD:
                return
            task = queue.popleft()
            if task.future.done():  # its caller was cancelled
                continue
            child.tasks.append(task)
            child.writer.write(LENGTH.pack(len(task.message)))
            child.writer.write(task.message)
            if len(child.tasks) == 1:
                self._begin(child)

    def _next_queue(self) -> deque[_Task] | None:
        """Where the next task is to be taken from: the suspects' queue while few of them are at work."""
        if self._suspected:
            at_work = sum(task.is_suspect for child in self._children for task in child.tasks)
            if at_work < _SUSPECTS_AT_ONCE:
                return self._suspected
        return self._waiting or None

    def _begin(self, child: _Child) -> None:
        """Starts the clocks of the task that is now at work; loading libraries is not held against it."""
        if child.is_warm:
            loop = asyncio.get_running_loop()
            child.began, child.cpu_before_s = time.monotonic(), _cpu_s(child.process.pid)
            child.deadline = loop.call_later(self._timeout_s, self._kill_late, child)
            child.slow = loop.call_later(_SLOW_S, self._set_aside, child)

    def _set_aside(self, child: _Child) -> None:
        """Lets a child go on with its task in the background, for which another takes its place."""
        if self._is_closed:
            return
        if child.has_worked_s() < _SLOW_S and time.monotonic() - child.began < _STARVED_S:
            child.slow = asyncio.get_running_loop().call_later(_LOOK_AGAIN_S, self._set_aside, child)
            return
        if sum(other.is_aside for other in self._children) >= _MOST_SET_ASIDE:
            if self._waiting or len(child.tasks) > 1:
                self._end_the_longest()
            child.slow = asyncio.get_running_loop().call_later(_LOOK_AGAIN_S, self._set_aside, child)
            return
        child.is_aside = True
        with suppress(OSError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, child.process.pid or 0, _LOW_PRIORITY)
        while len(child.tasks) > 1:  # what waits in its socket is done elsewhere, and this child then ended
            task = child.tasks.pop()
            (self._suspected if task.is_suspect else self._waiting).appendleft(task)
        self._keep(self._replace())

    def _end_the_longest(self) -> None:
        """Kills the child that was set aside first: its task has had its time, and others have had none."""
        aside = [child for child in self._children if child.is_aside and not child.ended_for]
        oldest = min(aside, key=lambda child: child.began, default=None)
        if oldest is not None and (took_s := time.monotonic() - oldest.began) > _SHORTENED_S:
            oldest.ended_for = f"not done after {took_s:.1f} s, while others waited"
            oldest.process.kill()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._minders.add(task)
        task.add_done_callback(self._minders.discard)

    def _kill_late(self, child: _Child) -> None:
        child.ended_for = f"not done after {self._timeout_s:g} s"
        child.process.kill()

    async def _add_child(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            process = self._context.Process(
                target=serve,
                args=(self._module, theirs, self._timeout_s),
                name=f"presswatch-extract-{next(self._names)}",
                daemon=True,
            )
            await asyncio.to_thread(_start, process)
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
        child = _Child(process, writer)
        child.deadline = asyncio.get_running_loop().call_later(_WARM_WITHIN_S, self._kill_late, child)
        self._children.append(child)
        self._keep(self._mind(child, reader))
        self._hand_out()

    async def _mind(self, child: _Child, reader: asyncio.StreamReader) -> None:
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

    async def _take_answers(self, child: _Child, reader: asyncio.StreamReader) -> None:
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

    def _take(self, child: _Child, succeeded: bool, value: Any) -> None:
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

    def _bury(self, child: _Child) -> None:
        """The task at work died with the child; the one that waited in its socket runs elsewhere."""
        if not child.is_warm:
            self._cold_deaths += 1
            log.warning("extraction_process_lost", pid=child.process.pid, why="it died before it was ready")
        elif child.tasks:
            self._judge(child, child.tasks.popleft())
        self._waiting.extendleft(reversed(child.tasks))

    def _judge(self, child: _Child, culprit: _Task) -> None:
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
        self._suspect(culprit)
        is_early = time.monotonic() - child.began < _RUNS_AGAIN_BEFORE_S
        if culprit.deaths < _MOST_DEATHS and is_early and not child.ended_for:
            self._waiting.append(culprit)
        elif not culprit.future.done():
            culprit.future.set_exception(error)

    def _suspect(self, culprit: _Task) -> None:
        if culprit.owner:
            self._suspects[culprit.owner] = time.monotonic() + _SUSPECTED_FOR_S
            self._suspects.move_to_end(culprit.owner)
            if len(self._suspects) > _MOST_SUSPECTS:
                self._suspects.popitem(last=False)


def _cpu_s(pid: int | None) -> float:
    """CPU time that a process has used, 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND  # utime and stime, proc(5)
