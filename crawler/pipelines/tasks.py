"""Tasks of the process pool that wait, and those whose owners they are.

Whose tasks killed a child lately wait in a queue of their own, of which few are worked on at a time: nobody else is
late because of them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

#: Who killed a child is suspected for so long; of all suspects' tasks so many are worked on at a time.
_SUSPECTED_FOR_S = 900.0
_SUSPECTS_AT_ONCE = 2
_MOST_SUSPECTS = 10_000


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


@dataclass(eq=False, slots=True, kw_only=True)
class Task:
    """One call, on behalf of an owner (an outlet's key; "" is never suspected)."""

    message: bytes
    future: asyncio.Future[Any]
    owner: str
    deaths: int = 0
    is_suspect: bool = False  # as of when it was put in line


class WaitingLine:
    """Tasks that no child has yet. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._trusted: deque[Task] = deque()
        self._suspected: deque[Task] = deque()
        self._suspects: OrderedDict[str, float] = OrderedDict()  # until when

    def __len__(self) -> int:
        return len(self._trusted) + len(self._suspected)

    def __iter__(self) -> Iterator[Task]:
        yield from self._trusted
        yield from self._suspected

    @property
    def has_trusted(self) -> bool:
        """Whether anybody waits who is under no suspicion."""
        return bool(self._trusted)

    def suspect(self, owner: str, now: float) -> None:
        """Remembers that a child died of a task of this owner."""
        if owner:
            self._suspects[owner] = now + _SUSPECTED_FOR_S
            self._suspects.move_to_end(owner)
            if len(self._suspects) > _MOST_SUSPECTS:
                self._suspects.popitem(last=False)

    def add(self, task: Task, now: float) -> None:
        """Puts a task at the end of its queue."""
        self._queue_of(task, now).append(task)

    def put_back(self, tasks: Iterable[Task], now: float) -> None:
        """Puts tasks before all that wait, in their order."""
        for task in reversed(list(tasks)):
            self._queue_of(task, now).appendleft(task)

    def next(self, at_work: Iterable[Task]) -> Task | None:
        """Takes the next task: a suspect's while few of those are at work."""
        if self._suspected and sum(task.is_suspect for task in at_work) < _SUSPECTS_AT_ONCE:
            return self._suspected.popleft()
        return self._trusted.popleft() if self._trusted else None

    def _queue_of(self, task: Task, now: float) -> deque[Task]:
        task.is_suspect = self._suspects.get(task.owner, 0.0) > now
        return self._suspected if task.is_suspect else self._trusted
