"""The crawl of `tests.integration.hostile_crawl`, which kills itself at a chosen point: `DIES=POINT python -m ... OUTLET,...`.

The product knows nothing of it: here, in the test's own process, what stands before or behind the point is wrapped.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage.archive.archive import Archive
from storage.dedup.redis import RedisSeenSet
from storage.jobs.redis import RedisVisitQueue
from storage.sql.crawl import SqlCrawlStore
from tests.integration import hostile_crawl


def die() -> None:
    """As the kernel would have it."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner: type, name: str, when: Callable[[Any], bool] = lambda _: True) -> None:
    """Dies when a method has returned what it is to return."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def dying(*args: Any, **kwargs: Any) -> Any:
        answer = original(*args, **kwargs)
        if when(answer):
            die()
        return answer

    setattr(owner, name, dying)


def once_visited(owner: type, name: str) -> None:
    """Dies so once the source's visit is stored: else the death would count against the source."""
    visited = note_visits()
    after(owner, name, lambda _: bool(visited))


def note_visits() -> list[Any]:
    """Visits that are stored from now on."""
    visited: list[Any] = []
    after(SqlCrawlStore, "record_visit", lambda answer: visited.append(answer) or False)
    return visited


def in_the_middle_of_a_page() -> None:
    """Dies when half of a page is in the archive, the first once the source's visit is stored."""
    real, visited = os.write, note_visits()

    def write(file: int, content: Any) -> int:
        if visited and Path(f"/proc/self/fd/{file}").readlink().suffix == ".gz":
            real(file, content[: len(content) // 2])
            die()
        return real(file, content)

    os.write = write


POINTS: dict[str, Callable[[], None]] = {
    "a job was taken": lambda: after(RedisVisitQueue, "take", bool),
    "a visit is stored": lambda: after(SqlCrawlStore, "record_visit"),
    "new URLs were claimed": lambda: after(RedisSeenSet, "claim", bool),
    "half of a page is in the archive": in_the_middle_of_a_page,
    "a page is in the archive": lambda: once_visited(Archive, "put"),
    "articles are stored, not acknowledged": lambda: once_visited(SqlCrawlStore, "record_verdicts"),
}

if __name__ == "__main__":
    if os.environ.get("DIES"):
        POINTS[os.environ["DIES"]]()
    hostile_crawl.main()
