"""A child process of the pool, as its parent sees it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType

from crawler.pipelines.serving import LENGTH
from crawler.pipelines.tasks import Task

#: A tenth of the others' share of a core: enough for an honest page to end in time.
_LOW_PRIORITY = 10
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")

_starting = threading.Lock()


def start_fork_server(preload: str = "crawler.pipelines.warmed") -> None:
    """Starts the fork server now, so that it loads the libraries while this process still loads its own."""
    multiprocessing.get_context("forkserver").set_forkserver_preload([preload])
    forkserver.ensure_running()


def start(process: ForkServerProcess) -> None:
    """Starts a child without the main module, which each would import anew: seconds of what none of them needs."""
    with _starting:
        main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = main


@dataclass(eq=False)
class Child:
    """One child process, the tasks that it was sent, and the clocks that run for the first of them."""

    process: ForkServerProcess
    writer: asyncio.StreamWriter
    tasks: deque[Task] = field(default_factory=deque)  # the first is at work
    is_warm: bool = False
    deadline: asyncio.TimerHandle | None = None
    slow: asyncio.TimerHandle | None = None  # when its task is held to be slow
    began: float = 0.0  # monotonic; the task at work
    ended_for: str = ""  # why it was killed, if it was by us
    is_aside: bool = False
    _cpu_before_s: float = 0.0  # of the child, when that task began

    def send(self, task: Task) -> None:
        """Puts a task into its socket."""
        self.tasks.append(task)
        self.writer.write(LENGTH.pack(len(task.message)) + task.message)  # in one: the child wakes up once

    def recall(self) -> list[Task]:
        """Takes back what waits in its socket."""
        later = list(self.tasks)[1:]
        self.tasks = deque(list(self.tasks)[:1])
        return later

    def note_beginning(self) -> None:
        """The first task begins now."""
        self.began, self._cpu_before_s = time.monotonic(), _cpu_s(self.process.pid)

    @property
    def age_s(self) -> float:
        """How long ago the task at work began."""
        return time.monotonic() - self.began

    def has_worked_s(self) -> float:
        """CPU time of the task at work."""
        return _cpu_s(self.process.pid) - self._cpu_before_s

    def set_aside(self) -> None:
        """Lets it work on at a low priority."""
        self.is_aside = True
        with suppress(OSError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, self.process.pid or 0, _LOW_PRIORITY)

    def kill(self, why: str) -> None:
        """Ends it; its task is told why."""
        self.ended_for = why
        self.process.kill()

    def stop_clocks(self) -> None:
        """Forgets the clocks of the task that was at work."""
        for clock in (self.deadline, self.slow):
            if clock is not None:
                clock.cancel()


def _cpu_s(pid: int | None) -> float:
    """CPU time that a process has used, 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND  # utime and stime, proc(5)
