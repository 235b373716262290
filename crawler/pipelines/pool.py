"""A pool of killable child processes for work on input that is not trusted.

Fetching never waits for extraction, and a page that hangs, eats memory or kills its process costs that page
only: the child is killed, a new one takes its place, and the page gets a recorded reason.

Children come from a fork server that has imported everything once, so a new one is there in milliseconds. A
child gets its next task while it still works on the one before, so it never waits for the loop.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import multiprocessing
import os
import pickle
import resource
import signal
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_LENGTH = struct.Struct("!Q")
_WARM = b"w"
#: Tasks a child has at a time: one at work, one waiting in its socket.
_AHEAD = 2
#: What a child may allocate, the 0.3 GiB included that it has at the start; a sitemap at its cap takes 0.1 GiB.
_ADDRESS_SPACE_BYTES = 3 * 1024**3 // 2
#: Larger than the list of a sitemap at its cap; an answer past it would grow the worker itself.
_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_MAX_SENTENCE_CHARS = 1000
#: A child has this long to be ready for its first task.
_WARM_WITHIN_S = 120.0
#: Waits before another child is started when starting fails, or when children die before they are ready.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 10.0
#: A task whose process died runs once more: it may have been another's fault (the kernel's, out of memory).
_MOST_DEATHS = 2


class TaskDied(Exception):
    """The child process died of this task: out of memory, crashed, or killed."""


class TaskTimedOut(Exception):
    """The task did not end in time, and its process was killed."""


class TaskFailed(Exception):
    """The task raised an exception; the message names it."""


class PoolClosed(Exception):
    """The pool was closed before the task ended."""


@dataclass(eq=False)
class _Task:
    message: bytes
    future: asyncio.Future[Any]
    deaths: int = 0


@dataclass(eq=False)
class _Child:
    process: ForkServerProcess
    writer: asyncio.StreamWriter
    tasks: deque[_Task] = field(default_factory=deque)  # the first is at work
    is_warm: bool = False
    deadline: asyncio.TimerHandle | None = None
    timed_out: bool = False


def start_fork_server(preload: str = "crawler.pipelines.warmed") -> None:
    """Starts the fork server now, so that it loads the libraries while this process still loads its own."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([preload])
    forkserver.ensure_running()


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

    async def run(self, name: str, *args: Any) -> Any:
        """Runs a function of the module in a child.

        Raises TaskTimedOut, TaskDied, TaskFailed, or PoolClosed.
        """
        if self._is_closed:
            raise PoolClosed("the process pool is closed")
        task = _Task(pickle.dumps((name, args), pickle.HIGHEST_PROTOCOL), asyncio.get_running_loop().create_future())
        self._waiting.append(task)
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
        for task in [*self._waiting, *(task for child in self._children for task in child.tasks)]:
            if not task.future.done():
                task.future.set_exception(PoolClosed("the process pool was closed"))
        await asyncio.gather(*self._minders, return_exceptions=True)

    # ---------------------------------------------------------------------------------- parts

    def _hand_out(self) -> None:
        """Gives waiting tasks to the children with the fewest."""
        while self._waiting and self._children:
            child = min(self._children, key=lambda c: len(c.tasks))
            if len(child.tasks) >= _AHEAD:
                return
            task = self._waiting.popleft()
            if task.future.done():  # its caller was cancelled
                continue
            child.tasks.append(task)
            child.writer.write(_LENGTH.pack(len(task.message)) + task.message)
            if len(child.tasks) == 1:
                self._begin(child)

    def _begin(self, child: _Child) -> None:
        """Starts the clock of the task that is now at work; loading libraries is not held against it."""
        if child.is_warm:
            child.deadline = asyncio.get_running_loop().call_later(self._timeout_s, self._kill_late, child)

    def _kill_late(self, child: _Child) -> None:
        child.timed_out = True
        child.process.kill()

    async def _add_child(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            process = self._context.Process(
                target=_serve,
                args=(self._module, theirs, self._timeout_s),
                name=f"presswatch-extract-{next(self._names)}",
                daemon=True,
            )
            await asyncio.to_thread(process.start)
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
        minder = asyncio.create_task(self._mind(child, reader))
        self._minders.add(minder)
        minder.add_done_callback(self._minders.discard)
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
        if child.deadline:
            child.deadline.cancel()
        child.writer.close()
        child.process.kill()
        await asyncio.to_thread(child.process.join)
        if not self._is_closed:
            self._bury(child)
            await self._replace()

    async def _take_answers(self, child: _Child, reader: asyncio.StreamReader) -> None:
        await reader.readexactly(len(_WARM))
        child.is_warm = True
        self._cold_deaths = 0
        if child.deadline:
            child.deadline.cancel()
        if child.tasks:
            self._begin(child)
        while True:
            (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
            if length > _MAX_ANSWER_BYTES:
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
        if child.deadline:
            child.deadline.cancel()
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
            culprit = child.tasks.popleft()
            culprit.deaths += 1
            code = child.process.exitcode
            error: Exception
            if child.timed_out:
                error = TaskTimedOut(f"not done after {self._timeout_s:g} s")
            else:
                died_of = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
                error = TaskDied(f"its process died ({died_of})")
            log.warning("extraction_process_lost", pid=child.process.pid, why=str(error))
            if culprit.deaths < _MOST_DEATHS and not child.timed_out:
                self._waiting.append(culprit)
            elif not culprit.future.done():
                culprit.future.set_exception(error)
        self._waiting.extendleft(reversed(child.tasks))


def _serve(module_name: str, connection: socket.socket, timeout_s: float) -> None:
    """The child: answers tasks until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection.setblocking(True)
    module = importlib.import_module(module_name)
    stream = connection.makefile("rwb")
    stream.write(_WARM)
    stream.flush()
    while True:
        header = stream.read(_LENGTH.size)
        if len(header) < _LENGTH.size:
            os._exit(0)
        name, args = pickle.loads(stream.read(_LENGTH.unpack(header)[0]))  # noqa: S301 (our own parent)
        # Should the parent die while this page hangs, the alarm ends the process all the same.
        signal.alarm(int(timeout_s) + 5)
        message = _call(module, name, args)
        signal.alarm(0)
        stream.write(_LENGTH.pack(len(message)) + message)
        stream.flush()


def _call(module: ModuleType, name: str, args: tuple[Any, ...]) -> bytes:
    """The answer as it is sent: whether the function succeeded, and its value or the error's sentence."""
    try:
        message = pickle.dumps((True, getattr(module, name)(*args)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        os._exit(137)  # its heap is of no more use
    except RecursionError as error:
        return _failure(f"nested too deeply: {error}")
    except Exception as error:  # noqa: BLE001 (here a job begins: whatever it raises becomes its recorded reason)
        return _failure(f"{type(error).__name__}: {error}")
    if len(message) > _MAX_ANSWER_BYTES:
        return _failure(f"its result has {len(message)} bytes; the cap is {_MAX_ANSWER_BYTES}")
    return message


def _failure(sentence: str) -> bytes:
    return pickle.dumps((False, sentence[:_MAX_SENTENCE_CHARS]), pickle.HIGHEST_PROTOCOL)
